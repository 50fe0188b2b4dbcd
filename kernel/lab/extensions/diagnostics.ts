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
import type { Notebook } from "@jupyterlab/notebook";
import type { Kernel } from "@jupyterlab/services";
import { askKernel, placeOf } from "./kernel-requests.js";

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
  return (await askKernel<{ diagnostics: readonly Found[] }>(kernel, "check", { code }))?.diagnostics ?? [];
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
    if (!place || !kernel || text.trim() === "") return [];
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
