/**
 * TypeScript, as the kernel sees it: TypeScript 6.0, or tslab's build of 5.0 where CHAINRULE_TYPESCRIPT says "tslab".
 * The functions that both have and do not publish are named here, and loading fails with a sentence when one is missing.
 */
import { typescript } from "#host/typescript";
import type { Adapter, TypeScript } from "./adapter.js";
import { adapterOf } from "./typescript-6.js";
import { adapterOf as tslabAdapterOf } from "./typescript-tslab.js";

export type * from "./adapter.js";

interface Internals {
  bindSourceFile(file: TypeScript.SourceFile, options: TypeScript.CompilerOptions): void;
  getJSDocCommentsAndTags(node: TypeScript.Node): readonly (TypeScript.JSDoc | TypeScript.JSDocTag)[];
  isInComment(file: TypeScript.SourceFile, position: number): object | undefined;
  findPrecedingToken(position: number, file: TypeScript.SourceFile): TypeScript.Node | undefined;
  getTouchingPropertyName(file: TypeScript.SourceFile, position: number): TypeScript.Node;
  getJSXImplicitImportBase(
    options: TypeScript.CompilerOptions,
    file: TypeScript.SourceFile,
  ): string | undefined;
  getJSXRuntimeImport(base: string | undefined, options: TypeScript.CompilerOptions): string | undefined;
  getContainerNode(node: TypeScript.Node): TypeScript.Node | undefined;
  getSpellingSuggestion(
    name: string,
    candidates: Iterable<string>,
    getName: (one: string) => string,
  ): string | undefined;
  SignatureHelp: {
    getSignatureHelpItems(
      program: TypeScript.Program,
      file: TypeScript.SourceFile,
      position: number,
      trigger: undefined,
      token: TypeScript.CancellationToken,
    ): TypeScript.SignatureHelpItems | undefined;
  };
  formatting: {
    getFormatContext(settings: TypeScript.FormatCodeSettings, host: object): object;
    formatDocument(file: TypeScript.SourceFile, context: object): TypeScript.TextChange[];
  };
  SymbolDisplay: {
    getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker: TypeScript.TypeChecker,
      symbol: TypeScript.Symbol,
      file: TypeScript.SourceFile,
      container: TypeScript.Node | undefined,
      node: TypeScript.Node,
    ): Pick<TypeScript.QuickInfo, "displayParts" | "documentation" | "tags">;
  };
  Completions: {
    getCompletionsAtPosition(
      host: object,
      program: TypeScript.Program,
      log: (message: string) => void,
      file: TypeScript.SourceFile,
      position: number,
      preferences: object,
      trigger: undefined,
      kind: TypeScript.CompletionTriggerKind,
      token: TypeScript.CancellationToken,
    ): TypeScript.CompletionInfo | undefined;
  };
}

/** The compiler. */
export const ts = typescript as typeof TypeScript;

/** The functions that it has and does not publish. */
export const internals = ts as unknown as Internals;

/** Whether it is tslab's. */
export const isTslab: boolean = ts.version.startsWith("5.0.");

/** What it does in its own way. */
export const adapter: Adapter = isTslab
  ? tslabAdapterOf(ts as Parameters<typeof tslabAdapterOf>[0])
  : adapterOf(ts);

for (const [name, value] of [
  ["bindSourceFile", internals.bindSourceFile],
  ["getJSDocCommentsAndTags", internals.getJSDocCommentsAndTags],
  ["isInComment", internals.isInComment],
  ["findPrecedingToken", internals.findPrecedingToken],
  ["getTouchingPropertyName", internals.getTouchingPropertyName],
  ["getJSXImplicitImportBase", internals.getJSXImplicitImportBase],
  ["getJSXRuntimeImport", internals.getJSXRuntimeImport],
  ["getContainerNode", internals.getContainerNode],
  ["getSpellingSuggestion", internals.getSpellingSuggestion],
  ["SymbolDisplay", internals.SymbolDisplay?.getSymbolDisplayPartsDocumentationAndSymbolKind],
  ["SignatureHelp.getSignatureHelpItems", internals.SignatureHelp?.getSignatureHelpItems],
  ["formatting.getFormatContext", internals.formatting?.getFormatContext],
  ["formatting.formatDocument", internals.formatting?.formatDocument],
  ["Completions.getCompletionsAtPosition", internals.Completions?.getCompletionsAtPosition],
] as const) {
  if (typeof value !== "function")
    throw new Error(
      `The kernel needs "${name}" of ${adapter.name}, and version ${ts.version} has none: install the version that chainrule's package.json names.`,
    );
}

export const never: TypeScript.CancellationToken = {
  isCancellationRequested: () => false,
  throwIfCancellationRequested: () => {},
};
