/**
 * The language as the kernel sees it: TypeScript cells in, JavaScript, completions and types out. One interface,
 * so that the compiler may live in another thread (client.ts) or be another compiler.
 *
 * Positions are UTF-16 offsets into the cell's text.
 */
import type { AllowedNames } from "./exercise.js";
import type { HintPlace } from "./hints.js";

/**
 * How a module is imported, when that makes a difference. A `require`, as in `import x = require("…")`, gets a CommonJS
 * module whole. Where a `default` is imported and the module has none, the checker takes the module itself for it.
 */
export type ImportForm = "require" | "default";

/** One module that a cell or a local module imports. */
export interface ImportRequest {
  /** As written. */
  specifier: string;
  /** The file of the user's own that it names; absent: the place finds the module. */
  file?: string | undefined;
  form?: ImportForm | undefined;
}

/** A local TypeScript module in JavaScript: the body of a function of `exports, require, $cell`. */
export interface LocalModule {
  path: string;
  /** The user's own text, which error messages show. */
  text: string;
  javascript: string;
  /** Source map, JSON. */
  map: string;
  /** True when it awaits at its top level. */
  isAsync: boolean;
  /** What must have been loaded before it runs. */
  imports: ImportRequest[];
  /** Where the specifiers of `import("…")` and `require("…")` lead that name the user's own files. */
  found: ImportRequest[];
}

/** What a cell declared, as later cells see it. */
export interface DeclaredName {
  readonly name: string;
  /** As the checker writes it; a long one is cut. */
  readonly type: string;
  readonly isImported: boolean;
}

/** A cell in JavaScript: the body of a function of `$cells, $cell, $import0, $import1 …`. */
export interface CompiledCell {
  ok: true;
  /** What is to be told of the notebook's project, which has changed. */
  note?: string | undefined;
  /** Names this compilation when it is committed. */
  id: number;
  javascript: string;
  /** Source map, JSON, one stage: positions are the cell's own. */
  map: string;
  /** True when the cell awaits at its top level. */
  isAsync: boolean;
  /** Whether only cells that belong to an exercise's tests see what it declares; see exercise.ts. */
  isForTests?: boolean | undefined;
  /** What it lets the other cells use of a package. */
  allowed?: AllowedNames | undefined;
  imports: ImportRequest[];
  /** Where the specifiers of `import("…")` and `require("…")` lead that name the user's own files. */
  found: ImportRequest[];
  /** Local modules that are new or have changed since they were last delivered. */
  modules: LocalModule[];
}

export interface CellDiagnostic {
  /** TypeScript's number, as in TS2322. */
  code: number;
  message: string;
  start: number;
  end: number;
  /** Zero-based. */
  line: number;
  /** Zero-based. */
  character: number;
  /** The local file it is in, relative to the notebook's folder; absent: the cell. */
  file?: string;
  /** The text of the line it starts on. */
  text: string;
}

export interface RejectedCell {
  ok: false;
  /** As in `CompiledCell`. */
  note?: string | undefined;
  diagnostics: CellDiagnostic[];
}

export type Conversion = CompiledCell | RejectedCell;

export interface Completion {
  text: string;
  type: string;
  /** The package that an import would take it from: the cell does not know the name yet. */
  from?: string;
  /** What it is for, in a line; of members alone. */
  documentation?: string;
}

/** A value of the cells: a variable, and the properties that lead from it to the value. */
export interface ValuePath {
  readonly root: string;
  readonly steps: readonly string[];
  /** Which names of it are wanted: those of its properties, or the keys of a Map or a Set that are texts. */
  readonly of: "members" | "keys";
}

export interface Completions {
  start: number;
  end: number;
  items: Completion[];
  /** Whose names belong to `start…end` too; absent where the type says it all. */
  value?: ValuePath | undefined;
}

/** A change of a cell's text: what stands at `start…end` becomes `text`. */
export interface TextChange {
  start: number;
  end: number;
  text: string;
}

/** A line and a character of it, both counted from zero, in UTF-16 units. */
export interface Position {
  line: number;
  character: number;
}

/** Where something is declared: in the cell itself, unless a file or another cell is named. */
export interface Definition {
  start: number;
  end: number;
  /** The same as lines. */
  range: { start: Position; end: Position };
  /** The absolute path of the file. */
  file?: string;
  /** The same from the notebook's folder. */
  path?: string;
  /** The name that the cell was run by, as in `cell[3]`. */
  cell?: string;
}

/** What a call may be given. */
export interface Signatures {
  /** The overload that fits what is written so far. */
  active: number;
  /** The parameter that is being written. */
  parameter: number;
  items: {
    label: string;
    documentation: string;
    /** Where each stands in the label. */
    parameters: { start: number; end: number; documentation: string }[];
  }[];
}

export interface FormatOptions {
  /** Spaces of one step of indentation. */
  tabSize: number;
  /** Spaces in place of tabs. */
  insertSpaces: boolean;
}

export interface RenameRequest {
  code: string;
  position: number;
  newName: string;
  /** The notebook's other cells. */
  others: readonly string[];
}

/** The changes of the cell and then those of each of the others, or why there are none, as a sentence. */
export type Renamed = { changes: TextChange[][] } | { refusal: string };

export interface Inspection {
  /** The type, as TypeScript writes it. */
  signature: string;
  /** The documentation, Markdown. */
  documentation: string;
}

export type Completeness =
  { status: "complete" } | { status: "incomplete"; indent: string } | { status: "invalid" };

export interface Language {
  /** @param name what the cell's file is called in stack traces */
  convert(code: string, name: string): Promise<Conversion>;
  /** Lets later cells see what a cell declared: its types, and those of its variables that were `bound`. */
  commit(id: number, bound: readonly string[]): Promise<void>;
  complete(code: string, position: number): Promise<Completions>;
  inspect(code: string, position: number): Promise<Inspection | undefined>;
  /** The import that the name before a position lacks; undefined where it is known, or no loaded package exports it. */
  missingImport(code: string, position: number): Promise<TextChange | undefined>;
  definition(code: string, position: number): Promise<Definition[]>;
  /** What the call around a position may be given; undefined where there is none. */
  signatures(code: string, position: number): Promise<Signatures | undefined>;
  /** A new name for what stands at a position. */
  rename(request: RenameRequest): Promise<Renamed>;
  format(code: string, options: FormatOptions): Promise<TextChange[]>;
  isComplete(code: string): Promise<Completeness>;
  /** What is wrong with a cell that is still being written; nothing of it is kept. */
  check(code: string): Promise<CellDiagnostic[]>;
  /** The variables, functions, classes and imports of the cells so far. */
  declaredNames(): Promise<DeclaredName[]>;
  /** The lines, counted from zero, that are magics and not TypeScript. */
  magicLines(code: string): Promise<number[]>;
  /** The `npm:` specifiers of a cell. */
  npmSpecifiers(code: string): Promise<string[]>;
  /** Reads packages anew: some were installed or removed. */
  packagesChanged(): Promise<void>;
  /** Forgets what the cells declared. */
  reset(): Promise<void>;
  /** Declares globals or modules for all cells; an empty text takes them back. */
  setAmbientTypes(key: string, declarations: string): Promise<void>;
  /** Which options of the notebook's own tsconfig.json cells follow, as a sentence; undefined when none. */
  projectNote(): Promise<string | undefined>;
  /**
   * Says what to write in place of an index, an operator or a property on a type that has none; an empty text takes it back.
   * @param type  its name, as in `interface NdArray`
   */
  setHint(type: string, place: HintPlace, hint: string): Promise<void>;
  /** Reads what the next imports will need; to be called when nothing else is to be done. */
  prepare(): Promise<void>;
  /** Lets any cell import the package rooted at this folder by its name. */
  addPackage(name: string, root: string): Promise<void>;
  close(): Promise<void>;
}
