/**
 * The compiler of cells. Each cell is a TypeScript module of its own that the current program's checker checks
 * without being part of the program: no program is rebuilt for a cell that imports nothing new, and a trivial
 * cell takes about a millisecond however many came before it.
 */
import { relative } from "#host/paths";
import { VERSION } from "#host/program";
import { hintKey, type HintPlace } from "./hints.js";
import { complete, inspect, symbolOfName } from "./assist.js";
import { completeness } from "./completeness.js";
import { diagnosticsOf } from "./diagnostics.js";
import { ProgramHost } from "./host.js";
import type {
  CellDiagnostic,
  CompiledCell,
  Completeness,
  Completions,
  Conversion,
  DeclaredName,
  Inspection,
  Definition,
  FormatOptions,
  Language,
  RenameRequest,
  Renamed,
  Signatures,
  TextChange,
} from "./language.js";
import { definitionsOf } from "./definition.js";
import { allowedNames, isForTests } from "./exercise.js";
import { format } from "./format.js";
import { importEdit } from "./import-edit.js";
import { importedJsx, jsxImport, parseCell } from "./jsx.js";
import { magicLines } from "./magic-lines.js";
import { npmSpecifier } from "./npm-specifier.js";
import { asExpression, withoutAdded } from "./object-literal.js";
import type { Added } from "./object-literal.js";
import { withWayOut } from "./missing-modules.js";
import { LocalModules } from "./modules.js";
import type { ReachedModules } from "./modules.js";
import { Scope, markAsModule } from "./scope.js";
import { awaits, specifiersOf } from "./specifiers.js";
import { Refusal, rename } from "./rename.js";
import { signaturesAt } from "./signatures.js";
import { cellTransformer } from "./transform.js";
import type { TransformResult } from "./transform.js";
import type { InternalChecker, InternalSourceFile, InternalSymbol, TypeScript } from "./typescript.js";
import { adapter, internals, never, ts } from "./typescript.js";

/** TypeScript's complaints about a name that it cannot find. */
const UNKNOWN_NAME = new Set([2304, 2552, 2503, 18004]);

/** The complaint that names another name, which is declared. */
const OTHER_NAME = 2552;

/** How many letters a name has at least that may be a misspelt one: many short names are alike. */
const SURE_LENGTH = 5;

/** The place of a module: its first character. */
const BEGINNING = {
  start: 0,
  end: 0,
  range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
};

/** How many compiled cells may wait to be committed. */
const PENDING_LIMIT = 64;

export interface CompilerOptions {
  /**
   * Changes to the code of cells and of local modules, made after the kernel's own: a place that cannot end code from
   * outside has its loops ask whether they shall end.
   */
  readonly transformers?: readonly TypeScript.TransformerFactory<TypeScript.SourceFile>[];
  /** The version of Node that cells are checked for: of the one that runs, unless given. */
  readonly node?: string;
}

/** A cell that was looked at. */
interface Examination {
  readonly file: InternalSourceFile;
  readonly local: ReachedModules;
  readonly isAugmenting: boolean;
  readonly diagnostics: CellDiagnostic[];
  readonly added: Added | undefined;
}

export class Compiler implements Language {
  readonly #cwd: string;
  readonly #node: string;
  readonly #host: ProgramHost;
  readonly #scope: Scope;
  /** What cells of an exercise declare that belong to its tests; see exercise.ts. */
  readonly #tests: Scope;
  readonly #modules: LocalModules;
  readonly #transformers: readonly TypeScript.TransformerFactory<TypeScript.SourceFile>[];
  readonly #pending = new Map<number, InternalSourceFile>();
  readonly #hints = new Map<string, string>();
  /** What the cells that were compiled are called. */
  readonly #names = new WeakMap<TypeScript.SourceFile, string>();
  #count = 0;
  #compiled = false;

  /** @param cwd the folder that imports start from */
  constructor(cwd: string, { transformers = [], node = VERSION }: CompilerOptions = {}) {
    this.#node = node;
    this.#transformers = transformers;
    this.#cwd = cwd.replaceAll("\\", "/");
    this.#host = new ProgramHost(cwd, node);
    this.#scope = new Scope(this.#host.options, `${this.#cwd}/__scope__.ts`);
    this.#tests = new Scope(this.#host.options, `${this.#cwd}/__tests__.ts`, this.#scope);
    this.#modules = new LocalModules(this.#host, transformers);
  }

  /** Reads the types of the globals, which every cell needs. */
  start(): void {
    void this.#host.program;
  }

  /** Compiles a cell like many, so that the user's first one finds everything warm; not after that one. */
  async warm(): Promise<void> {
    if (this.#compiled) return;
    await this.convert(
      'const warm: string = [1].map((n) => n + 1).join(""); console.log(warm); warm',
      "warm",
    );
    this.#pending.clear();
  }

  /** Lets go of most of its memory; the next call takes about as long as the first one did. */
  rest(): void {
    this.#host.rest();
  }

  convert(code: string, name: string): Promise<Conversion> {
    this.#compiled = true;
    const { file, local, isAugmenting, diagnostics, added } = this.#examine(code);
    const note = this.#host.takeChange();
    if (diagnostics.length) {
      if (isAugmenting) this.#host.removeCell(file);
      return Promise.resolve({ ok: false, note, diagnostics });
    }
    const program = this.#host.program;
    const checker = program.getTypeChecker() as InternalChecker;
    const result: TransformResult = { imports: [] };
    let javascript = "";
    let map = "";
    program.emit(
      file,
      (fileName, text) => {
        if (fileName.endsWith(".map")) map = text;
        else javascript = text;
      },
      never,
      false,
      {
        before: [
          cellTransformer(
            checker,
            this.#scopeOf(file),
            [...file.locals.keys()].map(ts.unescapeLeadingUnderscores),
            result,
          ),
          ...this.#transformers,
        ],
        after: [importedJsx(result)],
      },
    );
    const compiled: CompiledCell = {
      ok: true,
      note,
      id: ++this.#count,
      javascript: javascript
        .replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "")
        .replace(/(^|\n)export \{\};\s*$/, "$1"),
      map: added ? sourceMap(map, name, { code, added }) : sourceMap(map, name),
      isAsync: awaits(file),
      isForTests: isForTests(code),
      allowed: allowedNames(code),
      imports: result.imports.map((one) => ({
        ...one,
        ...this.#modules.request(program, one.specifier, file.fileName),
      })),
      found: this.#modules.found(program, file),
      modules: local.deliver(),
    };
    this.#names.set(file, name);
    this.#pending.set(compiled.id, file);
    if (this.#pending.size > PENDING_LIMIT) this.#pending.delete(this.#pending.keys().next().value!);
    return Promise.resolve(compiled);
  }

  check(code: string): Promise<CellDiagnostic[]> {
    const { file, isAugmenting, diagnostics } = this.#examine(code);
    if (isAugmenting) this.#host.removeCell(file);
    return Promise.resolve(diagnostics);
  }

  /** Parses a cell and says what is wrong with it. One that augments modules or globals stays in the program. */
  #examine(code: string): Examination {
    const { text, added } = asExpression(code);
    const file = this.#parse(text);
    const isAugmenting = augments(file);
    if (isAugmenting) this.#host.addCell(file);
    const { imports, required } = specifiersOf(file);
    const imported = [...imports, ...required].flatMap(({ text }) => this.#localFile(file, text));
    const local = this.#reach(file, imported);
    const diagnostics = this.#diagnostics(this.#host.program, [file, ...local.changed], file).map((one) =>
      asWritten(withWayOut(this.#withHint(one, file.fileName), this.#cwd), added),
    );
    return { file, local, isAugmenting, diagnostics, added };
  }

  /** The local modules that a cell reaches; those that it, or one of them, requires are read into the program. */
  #reach(file: InternalSourceFile, imported: readonly string[]): ReachedModules {
    let local = this.#modules.reachable(this.#host.program, imported);
    const asked = new Set<string>();
    while (local.missing.some((one) => !asked.has(one))) {
      local.missing.forEach((one) => asked.add(one));
      this.#host.require(local.missing, file.fileName, true);
      local = this.#modules.reachable(this.#host.program, imported);
    }
    if (asked.size) {
      const resolved = file.imports.map(
        ({ text }) => [text, this.#host.resolve(text, file.fileName)] as const,
      );
      adapter.setModules(this.#host.program, file, new Map(resolved));
    }
    return local;
  }

  /** Unless the notebook's project asks for the opposite. */
  get #allowsImplicitAny(): boolean {
    return this.#host.options.noImplicitAny !== true;
  }

  #diagnostics(
    program: TypeScript.Program,
    files: readonly TypeScript.SourceFile[],
    cell: TypeScript.SourceFile,
  ): CellDiagnostic[] {
    return diagnosticsOf(program, files, {
      cell,
      cwd: this.#cwd,
      node: this.#node,
      hasPageTypes: this.#host.hasPageTypes,
      allowsImplicitAny: this.#allowsImplicitAny,
      hints: this.#hints,
    });
  }

  /** The exported name that was meant by one that nobody exports, and who exports it. */
  #exportLike(name: string): [name: string, from: string] | undefined {
    const { exported } = this.#host;
    const found = internals.getSpellingSuggestion(name, exported.keys(), (one) => one);
    // A variable that was not made, `run`, is no class, `Run`.
    if (found === undefined || found[0] !== name[0]) return undefined;
    const isSure = name.length >= SURE_LENGTH && Math.abs(found.length - name.length) <= 1;
    const isLike = isSure || found.toLowerCase() === name.toLowerCase();
    return isLike ? [found, exported.get(found)!.from] : undefined;
  }

  /** Of a name that nobody declared: the package that could be imported for it. */
  #withHint(one: CellDiagnostic, containing: string): CellDiagnostic {
    const name = UNKNOWN_NAME.has(one.code) ? /'([^']+)'/.exec(one.message)?.[1] : undefined;
    if (name === undefined) return one;
    const from = this.#host.exporterOf(name, containing);
    const meant = from === undefined && one.code !== OTHER_NAME ? this.#exportLike(name) : undefined;
    if (from === undefined && !meant) return one;
    const [wanted, exporter] = meant ?? [name, from!];
    const way = `${wanted} is exported by ${exporter}: import { ${wanted} } from ${JSON.stringify(exporter)} (a restart forgets imports).`;
    return { ...one, message: `${one.message} ${meant ? `Did you mean '${wanted}'? ` : ""}${way}` };
  }

  commit(id: number, bound: readonly string[]): Promise<void> {
    const file = this.#pending.get(id);
    this.#pending.delete(id);
    if (!file) return Promise.resolve();
    const checker = this.#host.program.getTypeChecker();
    const isBound = new Set(bound);
    for (const [name, local] of file.locals) {
      const symbol: InternalSymbol = local.exportSymbol ?? local;
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
      const meaning = isAlias ? checker.getAliasedSymbol(symbol).flags : symbol.flags;
      const isAmbient = symbol.declarations?.every(
        (one) => ts.getCombinedModifierFlags(one) & ts.ModifierFlags.Ambient,
      );
      const hasValue = (meaning & ts.SymbolFlags.Value) !== 0 && !isAmbient;
      // A variable that its cell failed to reach keeps what it was before.
      if (hasValue && !isBound.has(ts.unescapeLeadingUnderscores(name)) && !(meaning & ts.SymbolFlags.Type))
        continue;
      this.#scopeOf(file).declare(name, symbol, meaning, hasValue);
    }
    return Promise.resolve();
  }

  complete(code: string, position: number): Promise<Completions> {
    const file = this.#parse(code, true);
    const { program } = this.#host;
    const modules = (typed: string): string[] => this.#host.importable(typed);
    return Promise.resolve(complete({ program, file, position, modules, exported: this.#host.exported }));
  }

  missingImport(code: string, position: number): Promise<TextChange | undefined> {
    const name = /[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.exec(code.slice(0, position))?.[0];
    const from = name === undefined ? undefined : this.#host.exporterOf(name, `${this.#cwd}/__cell__.ts`);
    if (name === undefined || from === undefined) return Promise.resolve(undefined);
    const file = this.#parse(code, true);
    const node = internals.getTouchingPropertyName(file, position - 1);
    const isMember = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
    const checker = this.#host.program.getTypeChecker();
    const all = ts.SymbolFlags.Value | ts.SymbolFlags.Type | ts.SymbolFlags.Namespace | ts.SymbolFlags.Alias;
    const isKnown = checker.getSymbolsInScope(node, all).some((one) => one.name === name);
    if (!ts.isIdentifier(node) || isMember || isKnown) return Promise.resolve(undefined);
    return Promise.resolve(importEdit(file, name, from));
  }

  inspect(code: string, position: number): Promise<Inspection | undefined> {
    const file = this.#parse(code, true);
    return Promise.resolve(inspect(this.#host.program, file, position));
  }

  definition(code: string, position: number): Promise<Definition[]> {
    const file = this.#parse(code, true);
    const { program } = this.#host;
    const specifier = file.imports.find((one) => one.getStart(file) <= position && position <= one.end);
    const module = specifier && this.#host.resolve(specifier.text, file.fileName)?.resolvedFileName;
    if (module !== undefined) return Promise.resolve([this.#withPath({ ...BEGINNING, file: module })]);
    const symbol = symbolOfName(program.getTypeChecker(), file, position);
    const found = symbol ? definitionsOf(symbol, file, (one) => this.#names.get(one)) : [];
    // What the kernel itself declares lies in no file.
    const isThere = found.filter((one) => one.file === undefined || ts.sys.fileExists(one.file));
    return Promise.resolve(isThere.map((one) => this.#withPath(one)));
  }

  #withPath(one: Definition): Definition {
    return one.file === undefined
      ? one
      : { ...one, path: relative(this.#cwd, one.file).replaceAll("\\", "/") };
  }

  signatures(code: string, position: number): Promise<Signatures | undefined> {
    return Promise.resolve(signaturesAt(this.#host.program, this.#parse(code, true), position));
  }

  rename({ code, position, newName, others }: RenameRequest): Promise<Renamed> {
    const [file, ...rest] = [code, ...others].map((one) => this.#parse(one, true));
    const checker = this.#host.program.getTypeChecker();
    const isCell = (one: TypeScript.SourceFile): boolean => this.#names.has(one);
    try {
      const changes = rename({ checker, file: file!, position, newName, others: rest, isCell });
      return Promise.resolve({ changes });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return Promise.resolve({ refusal: error.message });
    }
  }

  format(code: string, options: FormatOptions): Promise<TextChange[]> {
    return Promise.resolve(format(this.#parse(code), options));
  }

  isComplete(code: string): Promise<Completeness> {
    return Promise.resolve(completeness(code));
  }

  declaredNames(): Promise<DeclaredName[]> {
    const checker = this.#host.program.getTypeChecker();
    const names = [...this.#scope.values()].map(([name, symbol]): DeclaredName => {
      const isImported = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
      const meant = isImported ? checker.getAliasedSymbol(symbol) : symbol;
      return { name, type: checker.typeToString(checker.getTypeOfSymbol(meant)), isImported };
    });
    return Promise.resolve(names);
  }

  magicLines(code: string): Promise<number[]> {
    return Promise.resolve(magicLines(code));
  }

  npmSpecifiers(code: string): Promise<string[]> {
    const file = ts.createSourceFile("cell.tsx", code, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TSX);
    const { imports, required } = specifiersOf(file);
    const named = [...imports, ...required].map(({ text }) => text).filter((text) => npmSpecifier(text));
    return Promise.resolve([...new Set(named)]);
  }

  packagesChanged(): Promise<void> {
    this.#host.forgetPackages();
    return Promise.resolve();
  }

  reset(): Promise<void> {
    this.#scope.clear();
    this.#tests.clear();
    this.#pending.clear();
    this.#host.clearCells();
    return Promise.resolve();
  }

  setAmbientTypes(key: string, declarations: string): Promise<void> {
    this.#host.setAmbient(key, declarations);
    return Promise.resolve();
  }

  /** Reads the rest of Node's types and the plugins' packages. */
  prepare(): Promise<void> {
    const imports = this.#host.packages.map((name) => `import * as $ from ${JSON.stringify(name)};`);
    const file = this.#parse(imports.join("\n"), true);
    this.#diagnostics(this.#host.program, [file], file);
    return Promise.resolve();
  }

  projectNote(): Promise<string | undefined> {
    return Promise.resolve(this.#host.note);
  }

  setHint(type: string, place: HintPlace, hint: string): Promise<void> {
    const key = hintKey(type, place);
    if (hint) this.#hints.set(key, hint);
    else this.#hints.delete(key);
    return Promise.resolve();
  }

  addPackage(name: string, root: string): Promise<void> {
    this.#host.addPackage(name, root);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * Parses and binds a cell under the scope of the earlier ones, its imports resolved.
   * @param whole whether all of Node's types must be there, even if the code names none
   */
  #parse(code: string, whole = false): InternalSourceFile {
    const name = `${this.#cwd}/__cell_${++this.#count}__.ts`;
    const languageVersion = this.#host.options.target!;
    const options = { languageVersion, setExternalModuleIndicator: markAsModule };
    const file = parseCell(
      code,
      (kind) => ts.createSourceFile(name, code, options, true, kind) as InternalSourceFile,
    );
    file.path = file.resolvedPath = file.originalFileName = name;
    const { imports, required } = specifiersOf(file);
    file.imports = [...jsxImport(file, this.#host.options), ...imports];
    const files = required.filter(
      ({ text }) => this.#host.resolve(text, name)?.isExternalLibraryImport === false,
    );
    const specifiers = [...file.imports, ...files].map((literal) => literal.text);
    const modules = this.#host.require(specifiers, name, whole || this.#host.needsWhole(code, specifiers));
    adapter.setModules(this.#host.program, file, modules);
    internals.bindSourceFile(file, this.#host.options);
    file.parent = this.#scopeOf(file).top;
    return file;
  }

  /** Where a cell's names belong, and which it sees. */
  #scopeOf(file: InternalSourceFile): Scope {
    return isForTests(file.text) ? this.#tests : this.#scope;
  }

  #localFile(file: InternalSourceFile, specifier: string): string[] {
    const found = this.#host.resolve(specifier, file.fileName)?.resolvedFileName;
    const source = found === undefined ? undefined : this.#host.program.getSourceFile(found);
    return source && this.#host.isLocalSource(source) ? [source.fileName] : [];
  }
}

/** Whether a cell declares something outside itself: `declare global` or `declare module "…"`. */
function augments(file: TypeScript.SourceFile): boolean {
  return file.statements.some(
    (one) =>
      ts.isModuleDeclaration(one) &&
      (ts.isStringLiteral(one.name) || (one.flags & ts.NodeFlags.GlobalAugmentation) !== 0),
  );
}

/** A cell's source map, of the text that the user wrote. @param written  the text, and what was added to it */
function sourceMap(json: string, name: string, written?: { code: string; added: Added }): string {
  const map = JSON.parse(json) as { mappings: string };
  const mappings = written ? withoutAdded(map.mappings, written.code, written.added) : map.mappings;
  return JSON.stringify({ ...map, mappings, sources: [name], sourceRoot: "" });
}

/** A complaint about a cell to which something was added, where the user sees it. */
function asWritten(one: CellDiagnostic, added: Added | undefined): CellDiagnostic {
  if (one.file !== undefined || !added) return one;
  const { start, length } = added;
  const place = (at: number): number => (at > start ? Math.max(start, at - length) : at);
  const line = one.start - one.character;
  // Where the added text stands in the complaint's own line.
  const inLine = start - line;
  const isHere = inLine >= 0 && inLine + length <= one.text.length;
  return {
    ...one,
    start: place(one.start),
    end: place(one.end),
    character: isHere && one.character > inLine ? one.character - length : one.character,
    text: isHere ? one.text.slice(0, inLine) + one.text.slice(inLine + length) : one.text,
  };
}
