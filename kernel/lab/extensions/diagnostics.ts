/**
 * What is wrong with a cell while it is being written, as the kernel's type checker says it: underlined, with the message
 * when one points at it. Only in cells that were edited on this page, and only with chainrule's kernel.
 */
import { linter } from "@codemirror/lint";
import type { Diagnostic } from "@codemirror/lint";
import { StateEffect } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { EditorExtensionRegistry, IEditorExtensionRegistry } from "@jupyterlab/codemirror";
import type { CodeEditor } from "@jupyterlab/codeeditor";
import { INotebookTracker, NotebookActions } from "@jupyterlab/notebook";
import type { Notebook, NotebookPanel } from "@jupyterlab/notebook";
import type { Kernel } from "@jupyterlab/services";
import { KernelMessage } from "@jupyterlab/services";

/** Milliseconds without a keystroke, after which the kernel is asked. */
const PAUSE = 500;

/** TypeScript's numbers for a name that nobody declared. */
const UNKNOWN_NAMES: ReadonlySet<number> = new Set([2304, 2503, 2552, 18004]);

interface Found {
  readonly code: number;
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** Asks for another look: something else than the cell's text has changed. */
const lookAgain = StateEffect.define<null>();

/** A cell in a notebook: the notebook, and how many cells stand before it. */
interface Place {
  readonly panel: NotebookPanel;
  readonly index: number;
}

function placeOf(notebooks: INotebookTracker, model: CodeEditor.IModel): Place | undefined {
  let found: Place | undefined;
  notebooks.forEach((panel) => {
    const index = panel.content.widgets.findIndex((cell) => cell.model === model);
    if (index >= 0) found = { panel, index };
  });
  return found;
}

/** Whether each code cell before this one has run: until then, names that they declare are unknown to the kernel. */
function haveRun(notebook: Notebook, before: number): boolean {
  return notebook.widgets
    .slice(0, before)
    .every(({ model }) => model.type !== "code" || model.sharedModel.source.trim() === "" || hasCount(model));
}

function hasCount(model: object): boolean {
  return "executionCount" in model && model.executionCount !== null;
}

/** Asks the kernel; a kernel of somebody else has nothing to say. */
async function check(kernel: Kernel.IKernelConnection, code: string): Promise<readonly Found[]> {
  const { implementation } = await kernel.info;
  if (implementation !== "chainrule") return [];
  const message = KernelMessage.createMessage({
    channel: "shell",
    // A message of chainrule's own, which JupyterLab's types do not list.
    msgType: "chainrule_check_request" as "is_complete_request",
    session: kernel.clientId,
    username: kernel.username,
    content: { code },
  });
  const reply = await kernel.sendShellMessage(message, true).done;
  const content: unknown = reply?.content;
  const isAnswer = typeof content === "object" && content !== null && "diagnostics" in content;
  return isAnswer ? (content.diagnostics as Found[]) : [];
}

function activate(
  _app: JupyterFrontEnd,
  extensions: IEditorExtensionRegistry,
  notebooks: INotebookTracker,
): void {
  /** The cells that were edited, by their editors. */
  const edited = new Map<EditorView, CodeEditor.IModel>();

  async function diagnose(view: EditorView, model: CodeEditor.IModel): Promise<Diagnostic[]> {
    const place = edited.has(view) ? placeOf(notebooks, model) : undefined;
    const kernel = place?.panel.sessionContext.session?.kernel;
    const text = view.state.doc.toString();
    if (!place || !kernel || kernel.connectionStatus !== "connected" || text.trim() === "") return [];
    const found = await check(kernel, text).catch(() => []);
    const mayNameAll = haveRun(place.panel.content, place.index);
    return found
      .filter(({ code }) => mayNameAll || !UNKNOWN_NAMES.has(code))
      .map(({ code, message, start, end }) => ({
        from: Math.min(start, text.length),
        to: Math.min(Math.max(end, start + 1), text.length),
        severity: "error",
        source: `TS${code}`,
        message,
      }));
  }

  NotebookActions.executed.connect((_, { notebook }) => {
    for (const [view, model] of edited)
      if (!view.dom.isConnected) edited.delete(view);
      else if (notebook.widgets.some((cell) => cell.model === model))
        view.dispatch({ effects: lookAgain.of(null) });
  });

  extensions.addExtension({
    name: "chainrule:diagnostics",
    default: true,
    schema: {
      type: "boolean",
      title: "Errors while typing",
      description: "Underline what the kernel's type checker finds wrong with a cell.",
    },
    factory: ({ inline, model }) =>
      inline
        ? EditorExtensionRegistry.createConditionalExtension([
            EditorView.updateListener.of(({ view, docChanged, transactions }) => {
              const isByHand = ["input", "delete", "move", "undo", "redo"].some((event) =>
                transactions.some((transaction) => transaction.isUserEvent(event)),
              );
              if (docChanged && isByHand) edited.set(view, model);
            }),
            linter((view) => diagnose(view, model), {
              delay: PAUSE,
              needsRefresh: ({ transactions }) =>
                transactions.some(({ effects }) => effects.some((effect) => effect.is(lookAgain))),
            }),
          ])
        : null,
  });
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: "chainrule:diagnostics",
  description: "Underlines what is wrong with a cell while one types.",
  autoStart: true,
  requires: [IEditorExtensionRegistry, INotebookTracker],
  activate,
};

export default plugin;
