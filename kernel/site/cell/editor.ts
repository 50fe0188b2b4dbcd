/** The editor of a cell: CodeMirror, as in JupyterLab, with the colours of exported pages and completions from the kernel. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tagHighlighter, tags } from "@lezer/highlight";

/** Completions of a text at a place, in UTF-16 units. */
export type Complete = (
  code: string,
  at: number,
) => Promise<
  { readonly matches: readonly string[]; readonly start: number; readonly end: number } | undefined
>;

export interface EditorOptions {
  readonly parent: HTMLElement;
  readonly code: string;
  readonly isDark: boolean;
  /** Called for Shift-Enter and Control-Enter. */
  readonly run: () => void;
  readonly complete: Complete;
}

/** The classes of exported pages (kernel/notebook/style.ts). */
const colours = tagHighlighter([
  { tag: tags.comment, class: "hljs-comment" },
  { tag: [tags.keyword, tags.bool, tags.null, tags.self], class: "hljs-keyword" },
  { tag: [tags.string, tags.regexp], class: "hljs-string" },
  { tag: tags.number, class: "hljs-number" },
  { tag: [tags.typeName, tags.className, tags.standard(tags.variableName)], class: "hljs-type" },
  {
    tag: [
      tags.function(tags.variableName),
      tags.function(tags.definition(tags.variableName)),
      tags.function(tags.propertyName),
    ],
    class: "hljs-title",
  },
]);

/** @returns a function that gives the code as it stands */
export function openEditor({ parent, code, isDark, run, complete }: EditorOptions): () => string {
  const ask = async (context: CompletionContext): Promise<CompletionResult | null> => {
    const isName = context.matchBefore(/[\p{ID_Continue}$.]$/u) !== null;
    if (!isName && !context.explicit) return null;
    const found = await complete(context.state.doc.toString(), context.pos);
    if (!found || found.matches.length === 0 || context.aborted) return null;
    const { matches, start: from, end: to } = found;
    return { from, to, options: matches.map((label) => ({ label })), validFor: /^[\p{ID_Continue}$]*$/u };
  };
  const start = (): boolean => {
    run();
    return true;
  };
  const view = new EditorView({
    parent,
    doc: code,
    extensions: [
      Prec.highest(
        keymap.of([
          { key: "Shift-Enter", run: start },
          { key: "Mod-Enter", run: start },
        ]),
      ),
      history(),
      indentOnInput(),
      bracketMatching(),
      closeBrackets(),
      autocompletion({ override: [ask] }),
      javascript({ typescript: true }),
      syntaxHighlighting(colours),
      // The Tab key leaves the editor, as people without a mouse need it.
      keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
      EditorView.contentAttributes.of({ "aria-label": "Code of the cell" }),
      EditorView.theme(
        {
          "&": { background: "var(--wash)", borderRadius: "6px", fontSize: "0.875em" },
          "&.cm-focused": { outline: "2px solid var(--accent)" },
          ".cm-content": { fontFamily: "var(--mono)", padding: "0.75rem 0" },
          ".cm-line": { padding: "0 1rem" },
        },
        { dark: isDark },
      ),
    ],
  });
  return () => view.state.doc.toString();
}
