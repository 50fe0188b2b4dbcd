/**
 * The compiler: tslab's build of TypeScript, which opens completion and quick info to a notebook. This file is the only
 * one that touches its internals; each one used is named here, and loading fails with a sentence when one is missing.
 */
import { typescript } from "#host/typescript";
import type * as TypeScript from "@tslab/typescript-for-tslab";

export type { TypeScript };

/** What TypeScript's checker can do beyond its published type. */
export interface InternalChecker extends TypeScript.TypeChecker {
  getMergedSymbol(symbol: TypeScript.Symbol): TypeScript.Symbol;
}

/** A source file's fields that TypeScript's own program fills in and that the cells' program must. */
export interface InternalSourceFile extends TypeScript.SourceFile {
  parent: TypeScript.SourceFile;
  path: string;
  resolvedPath: string;
  originalFileName: string;
  imports: readonly TypeScript.StringLiteralLike[];
  resolvedModules: unknown;
  locals: Map<TypeScript.__String, InternalSymbol>;
  parseDiagnostics: readonly TypeScript.DiagnosticWithLocation[];
}

export interface InternalSymbol extends TypeScript.Symbol {
  exportSymbol?: InternalSymbol;
}

interface ModuleMap {
  set(
    name: string,
    mode: undefined,
    resolved: { resolvedModule: TypeScript.ResolvedModuleFull | undefined },
  ): void;
}

interface Internals {
  bindSourceFile(file: TypeScript.SourceFile, options: TypeScript.CompilerOptions): void;
  createModeAwareCache(): ModuleMap;
  getJSDocCommentsAndTags(node: TypeScript.Node): readonly (TypeScript.JSDoc | TypeScript.JSDocTag)[];
  isInComment(file: TypeScript.SourceFile, position: number): object | undefined;
  findPrecedingToken(position: number, file: TypeScript.SourceFile): TypeScript.Node | undefined;
  getTouchingPropertyName(file: TypeScript.SourceFile, position: number): TypeScript.Node;
  getQuickInfoAtPosition(
    file: TypeScript.SourceFile,
    checker: TypeScript.TypeChecker,
    token: TypeScript.CancellationToken,
    position: number,
  ): TypeScript.QuickInfo | undefined;
  Completions: {
    getCompletionsAtPositionForTslab(
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

/** TypeScript as tslab ships it (5.0.4). */
export const ts = typescript as typeof TypeScript;

/** The functions that TypeScript has and does not publish. */
export const internals = ts as unknown as Internals;

for (const [name, value] of [
  ["bindSourceFile", internals.bindSourceFile],
  ["createModeAwareCache", internals.createModeAwareCache],
  ["getJSDocCommentsAndTags", internals.getJSDocCommentsAndTags],
  ["isInComment", internals.isInComment],
  ["findPrecedingToken", internals.findPrecedingToken],
  ["getTouchingPropertyName", internals.getTouchingPropertyName],
  ["getQuickInfoAtPosition", internals.getQuickInfoAtPosition],
  ["Completions.getCompletionsAtPositionForTslab", internals.Completions?.getCompletionsAtPositionForTslab],
] as const) {
  if (typeof value !== "function")
    throw new Error(
      `The kernel needs "${name}" of tslab's TypeScript, and version ${ts.version} has none: install tslab 1.0.22.`,
    );
}

export const never: TypeScript.CancellationToken = {
  isCancellationRequested: () => false,
  throwIfCancellationRequested: () => {},
};
