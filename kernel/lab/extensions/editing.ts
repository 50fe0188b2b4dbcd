/**
 * What an editor of code has, asked of chainrule's kernel: the type and the documentation of what the pointer is on, F12 to
 * where it is declared, F2 for a new name in all cells, Shift Alt F for the layout, and the import of a completed name.
 */
import { EditorView, hoverTooltip } from "@codemirror/view";
import type { Tooltip } from "@codemirror/view";
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, InputDialog, Notification } from "@jupyterlab/apputils";
import type { Cell } from "@jupyterlab/cells";
import { EditorExtensionRegistry, IEditorExtensionRegistry } from "@jupyterlab/codemirror";
import type { CodeEditor } from "@jupyterlab/codeeditor";
import { ICompletionProviderManager } from "@jupyterlab/completer";
import { PathExt } from "@jupyterlab/coreutils";
import { IDocumentManager } from "@jupyterlab/docmanager";
import { INotebookTracker } from "@jupyterlab/notebook";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { askKernel, placeOf } from "./kernel-requests.js";
import type { Position, Range, TextEdit } from "./kernel-requests.js";

const RENAME = "chainrule:rename";
const DEFINITION = "chainrule:go-to-definition";
const FORMAT = "chainrule:format-cell";

/** Milliseconds that the pointer rests before the kernel is asked. */
const REST = 400;

/** The address of the cell that was asked about. */
const OWN = "cell:";

interface Hover {
  readonly hover: { readonly contents: { readonly value: string }; readonly range: Range } | null;
}
interface Definitions {
  readonly locations: readonly Location[];
}
interface Location {
  readonly uri: string;
  /** Of a file, from the notebook's folder. */
  readonly path?: string;
  readonly range: Range;
}
interface Edits {
  readonly edits: readonly TextEdit[];
}
interface Renamed {
  readonly edit: { readonly changes: Readonly<Record<string, readonly TextEdit[]>> };
}

function offsetIn(text: string, { line, character }: Position): number {
  const before = text.split("\n").slice(0, line);
  return before.reduce((total, one) => total + one.length + 1, 0) + character;
}

const sourceOf = (cell: Cell): string => cell.model.sharedModel.source;

/** Makes the edits one change of the cell's text, that one undo takes back; the cursor stays where it is in the code. */
function apply(cell: Cell, edits: readonly TextEdit[]): void {
  const text = sourceOf(cell);
  const changes = edits.map(({ range, newText }) => ({
    from: offsetIn(text, range.start),
    to: offsetIn(text, range.end),
    insert: newText,
  }));
  const shared = cell.model.sharedModel;
  shared.transact(() => {
    // From the last to the first, so that the places of the others stay; of two at one place the later goes first.
    for (const { from, to, insert } of changes.toReversed().sort((a, b) => b.from - a.from))
      shared.updateSource(from, to, insert);
  });
}

function activate(
  app: JupyterFrontEnd,
  extensions: IEditorExtensionRegistry,
  notebooks: INotebookTracker,
  rendermime: IRenderMimeRegistry,
  completer: ICompletionProviderManager | null,
  documents: IDocumentManager | null,
  palette: ICommandPalette | null,
): void {
  const { commands } = app;

  /** Asks about the active cell, at its cursor. */
  async function ask<Reply>(
    type: string,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<Reply | undefined> {
    const { currentWidget, activeCell: cell } = notebooks;
    const cursor = cell?.editor?.getCursorPosition();
    if (!currentWidget || !cell || !cursor) return undefined;
    const position = { line: cursor.line, character: cursor.column };
    const kernel = currentWidget.sessionContext.session?.kernel;
    return askKernel<Reply>(kernel, type, { code: sourceOf(cell), position, ...more });
  }

  async function format(): Promise<void> {
    const cell = notebooks.activeCell;
    const options = { tabSize: 2, insertSpaces: true };
    const reply = await ask<Edits>("format", { options });
    if (cell && reply) apply(cell, reply.edits);
  }

  async function rename(): Promise<void> {
    const { currentWidget, activeCell: cell } = notebooks;
    const editor = cell?.editor;
    if (!currentWidget || !cell || !editor) return;
    const text = sourceOf(cell);
    const at = editor.getOffsetAt(editor.getCursorPosition());
    const word =
      /[\p{ID_Continue}$]*$/u.exec(text.slice(0, at))![0] + /^[\p{ID_Continue}$]*/u.exec(text.slice(at))![0];
    const { value, button } = await InputDialog.getText({ title: `A new name for ${word}`, text: word });
    if (!button.accept || !value || value === word) return;
    const others = currentWidget.content.widgets.filter((one) => one !== cell && one.model.type === "code");
    const cells = others.map((one) => ({ uri: one.model.id, code: sourceOf(one) }));
    const reply = await ask<Renamed>("rename", { newName: value, cells });
    for (const [uri, edits] of Object.entries(reply?.edit.changes ?? {})) {
      const changed = uri === OWN ? cell : others.find((one) => one.model.id === uri);
      if (changed) apply(changed, edits);
    }
  }

  async function goToDefinition(): Promise<void> {
    const { currentWidget, activeCell } = notebooks;
    const [place] = (await ask<Definitions>("definition"))?.locations ?? [];
    if (!place || !currentWidget) return;
    const { uri, range } = place;
    if (!uri.startsWith(OWN)) return open(place, currentWidget.context.path);
    const count = Number(uri.slice(OWN.length));
    const { content } = currentWidget;
    const cell = uri === OWN ? activeCell : content.widgets.find((one) => countOf(one) === count);
    if (!cell)
      return void Notification.info(
        `It is declared by the cell that ran as [${count}], which is not here any more.`,
      );
    content.activeCellIndex = content.widgets.indexOf(cell);
    await content.scrollToCell(cell);
    content.mode = "edit";
    await cell.ready;
    cell.editor?.setCursorPosition({ line: range.start.line, column: range.start.character });
    cell.editor?.focus();
  }

  /** Opens a file that the server shows; of another one, says where it is. */
  function open({ uri, path = "", range }: Location, notebook: string): void {
    const shown = PathExt.join(PathExt.dirname(notebook), path);
    const isShown = path !== "" && !/^(?:\/|\w:|\.\.(?:\/|$))/.test(shown);
    if (documents && isShown) documents.openOrReveal(shown);
    else Notification.info(`It is declared in ${decodeURIComponent(uri)}, line ${range.start.line + 1}.`);
  }

  for (const [id, label, keys, run] of [
    [RENAME, "Rename Symbol…", "F2", rename],
    [DEFINITION, "Go to Definition", "F12", goToDefinition],
    [FORMAT, "Format Cell", "Shift Alt F", format],
  ] as const) {
    commands.addCommand(id, {
      label,
      describedBy: { args: { type: "object", properties: {} } },
      isEnabled: () => notebooks.activeCell?.model.type === "code",
      execute: () => run().catch((error: Error) => void Notification.error(error.message)),
    });
    commands.addKeyBinding({
      command: id,
      keys: [keys],
      selector: ".jp-Notebook.jp-mod-editMode .jp-mod-active",
    });
    palette?.addItem({ command: id, category: "Notebook Cell Operations" });
  }

  // The completer has put the name in by the next turn.
  completer?.selected.connect(() => {
    setTimeout(() => {
      // It may have been in another document.
      if (app.shell.currentWidget !== notebooks.currentWidget) return;
      const cell = notebooks.activeCell;
      void ask<Edits>("import").then(
        (reply) => cell && reply && apply(cell, reply.edits),
        () => {},
      );
    });
  });

  async function tooltip(view: EditorView, at: number, model: CodeEditor.IModel): Promise<Tooltip | null> {
    const kernel = placeOf(notebooks, model)?.panel.sessionContext.session?.kernel;
    const line = view.state.doc.lineAt(at);
    const position = { line: line.number - 1, character: at - line.from };
    const code = view.state.doc.toString();
    const reply = await askKernel<Hover>(kernel, "hover", { code, position }).catch(() => undefined);
    if (!reply?.hover) return null;
    const { contents, range } = reply.hover;
    const renderer = rendermime.createRenderer("text/markdown");
    await renderer.renderModel(rendermime.createModel({ data: { "text/markdown": contents.value } }));
    renderer.node.classList.add("chainrule-hover");
    return {
      pos: Math.min(offsetIn(code, range.start), code.length),
      end: Math.min(offsetIn(code, range.end), code.length),
      above: true,
      create: () => ({ dom: renderer.node, destroy: () => renderer.dispose() }),
    };
  }

  extensions.addExtension({
    name: "chainrule:hover",
    default: true,
    schema: {
      type: "boolean",
      title: "Types under the pointer",
      description:
        "Show the type and the documentation of what the pointer rests on, as the kernel knows them.",
    },
    factory: ({ inline, model }) =>
      inline
        ? EditorExtensionRegistry.createConditionalExtension([
            hoverTooltip((view, at) => tooltip(view, at, model), { hoverTime: REST }),
            EditorView.baseTheme({
              ".chainrule-hover": {
                maxWidth: "45em",
                maxHeight: "20em",
                overflow: "auto",
                padding: "0 0.7em",
              },
            }),
          ])
        : null,
  });
}

/** The number that a cell ran by. */
function countOf({ model }: Cell): unknown {
  return "executionCount" in model ? model.executionCount : undefined;
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: "chainrule:editing",
  description: "Hover, definition, renaming, layout and imports from the kernel's compiler.",
  autoStart: true,
  requires: [IEditorExtensionRegistry, INotebookTracker, IRenderMimeRegistry],
  optional: [ICompletionProviderManager, IDocumentManager, ICommandPalette],
  activate,
};

export default plugin;
