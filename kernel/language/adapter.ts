/**
 * What the kernel needs of TypeScript beyond its published types, and what the two compilers that it runs on do in
 * different ways: TypeScript 6.0 (typescript-6.ts) and tslab's build of 5.0 (typescript-tslab.ts).
 */
import type * as TypeScript from "typescript";

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
  locals: Map<TypeScript.__String, InternalSymbol>;
  parseDiagnostics: readonly TypeScript.DiagnosticWithLocation[];
}

export interface InternalSymbol extends TypeScript.Symbol {
  exportSymbol?: InternalSymbol;
}

/** Where the specifiers of a file lead; undefined: nowhere. */
export type ResolvedModules = ReadonlyMap<string, TypeScript.ResolvedModuleFull | undefined>;

/** A file's text, and how it is to be read. */
export interface FileText {
  readonly name: string;
  readonly text: string;
  readonly language: TypeScript.ScriptTarget | TypeScript.CreateSourceFileOptions;
}

export interface Adapter {
  /** The package that has it. */
  readonly name: string;
  /** Which decorators cells have, unless the notebook's project chooses. */
  readonly decorators: "standard" | "experimental";
  /** The newest language whose syntax a Node runs; what is newer (`using`, decorators) is written in that. */
  targetOf(node: string): TypeScript.ScriptTarget;
  /** Tells a program's checker where the imports of a file lead that is not part of the program. */
  setModules(program: TypeScript.Program, file: InternalSourceFile, modules: ResolvedModules): void;
  /** Parses a file without its doc comments, every character in its place. */
  parseUndocumented(file: FileText): TypeScript.SourceFile;
}
