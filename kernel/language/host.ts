/**
 * What the type checker knows beside the cells: Node's and the kernel's globals, every module that a cell has
 * imported so far, and local TypeScript files as they are on disk now. A TypeScript program over those files,
 * rebuilt only when one of them changes; parsed files are kept, so a rebuild costs milliseconds.
 */
import { isBuiltin } from "#host/modules";
import { modifiedTime } from "#host/text-files";
import { GLOBAL_TYPES, ownTypeRoot } from "#host/typescript";
import { AMBIENT_TYPES } from "./ambient.js";
import { isUndocumented } from "./documentation.js";
import { isReadLater, namesLater } from "./later.js";
import { doorsOf, moduleNames } from "./module-names.js";
import { bareSpecifier } from "./npm-specifier.js";
import { PAGE_LIBRARY, namesPage } from "./page.js";
import { projectOf } from "./project.js";
import type { Project } from "./project.js";
import type { InternalSourceFile, TypeScript } from "./typescript.js";
import { adapter, ts } from "./typescript.js";

/** Types that come with the kernel, and stay. */
const OF_NODE = /\/node_modules\/(?:typescript|@tslab\/typescript-for-tslab|@types\/node|undici-types)\//;

/** A parsed file with the modification time it had. */
interface CachedFile {
  file: TypeScript.SourceFile | undefined;
  modified: number;
}

/** A name that a package exports. */
export interface Exported {
  /** The package, as an import names it. */
  readonly from: string;
  readonly symbol: TypeScript.Symbol;
}

/** Whether a specifier names a module that Node's types declare by name: looking for its file takes long and finds none. */
const isDeclared = (specifier: string, containing: string): boolean =>
  isBuiltin(specifier) && (specifier.startsWith("node:") || containing.includes("/@types/node/"));

const slashes = (file: string): string => file.replaceAll("\\", "/");

export class ProgramHost {
  readonly options: TypeScript.CompilerOptions;
  readonly #cwd: string;
  readonly #host: TypeScript.CompilerHost;
  readonly #cache = new Map<string, CachedFile>();
  /** Those of them that may be written while the kernel runs. */
  readonly #watched = new Set<string>();
  readonly #virtual = new Map<string, string>();
  /** Cells that augment the global scope or a module: the program must contain them. */
  readonly #cells = new Map<string, TypeScript.SourceFile>();
  /** Packages that can be imported from any folder: name → root. */
  readonly #packages = new Map<string, string>();
  readonly #specifiers = new Set<string>();
  #resolutions: TypeScript.ModuleResolutionCache;
  /** Files that were asked whether they name types of pages. */
  readonly #seen = new WeakSet<TypeScript.SourceFile>();
  #isWhole = false;
  #exported:
    { readonly program: TypeScript.Program; readonly names: ReadonlyMap<string, Exported> } | undefined;
  #program: TypeScript.Program | undefined;

  /** The options where the project says nothing. */
  readonly #ownOptions: TypeScript.CompilerOptions;
  #project: Project;
  /** When the files of the project were written. */
  #projectTimes: readonly number[];
  /** What is to be told of a change of the project. */
  #change: string | undefined;

  /** @param node the version of the Node that runs, as "v20.19.0" */
  constructor(cwd: string, node: string) {
    this.#cwd = slashes(cwd);
    this.#project = projectOf(this.#cwd);
    this.#projectTimes = this.#project.files.map(modifiedTime);
    this.#ownOptions = {
      target: adapter.targetOf(node),
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      // All that there is: library.ts says what the Node that runs lacks of it.
      lib: ["lib.esnext.d.ts", ...GLOBAL_TYPES.lib],
      types: [...GLOBAL_TYPES.types],
      typeRoots: this.#typeRoots(),
      strict: true,
      useUnknownInCatchVariables: false,
      esModuleInterop: true,
      allowImportingTsExtensions: true,
      allowJs: true,
      resolveJsonModule: true,
      // What is imported for its effects alone may be JavaScript without types.
      noUncheckedSideEffectImports: false,
      experimentalDecorators: adapter.decorators === "experimental",
      jsx: ts.JsxEmit.ReactJSX,
      preserveConstEnums: true,
      skipLibCheck: true,
      sourceMap: true,
      rootDir: this.#cwd,
      outDir: "/__chainrule__",
    };
    this.options = { ...this.#ownOptions, ...this.#project.options };
    const host = ts.createCompilerHost(this.options);
    const { fileExists, readFile } = host;
    host.getCurrentDirectory = () => this.#cwd;
    host.fileExists = (file) => this.#virtual.has(file) || fileExists.call(host, file);
    host.readFile = (file) => this.#virtual.get(file) ?? readFile.call(host, file);
    host.getSourceFile = (file, language) => {
      const cell = this.#cells.get(file);
      if (cell) return cell;
      let cached = this.#cache.get(file);
      if (!cached) this.#cache.set(file, (cached = this.#parse(file, language)));
      if (this.#mayChange(file)) this.#watched.add(file);
      return cached.file;
    };
    host.resolveModuleNameLiterals = (literals, containing) =>
      literals.map(({ text }) => ({
        resolvedModule: isDeclared(text, containing) ? undefined : this.resolve(text, containing),
      }));
    // A module that was missing may have been written: local files are always looked up anew.
    host.hasInvalidatedResolutions = (file) => !file.includes("/node_modules/");
    this.#host = host;
    this.#resolutions = this.#newResolutions();
    this.#virtual.set(this.#file("__ambient__.d.ts"), AMBIENT_TYPES);
    this.#virtual.set(this.#file("__imports__.ts"), "export {};");
  }

  /** What the notebook's project says of cells. */
  get note(): string | undefined {
    return this.#project.note;
  }

  /** The same when it has changed since this was last asked; undefined when it has not. */
  takeChange(): string | undefined {
    const change = this.#change;
    this.#change = undefined;
    return change;
  }

  /** The program over everything but the cells. */
  get program(): TypeScript.Program {
    return (this.#program ??= ts.createProgram({
      rootNames: [...this.#virtual.keys(), ...this.#cells.keys()],
      options: this.options,
      host: this.#host,
    }));
  }

  /** Where a specifier leads from a file; undefined when there is no such module. */
  resolve(written: string, containing: string): TypeScript.ResolvedModuleFull | undefined {
    const specifier = pathOfUrl(bareSpecifier(written));
    const find = (from: string): TypeScript.ResolvedModuleFull | undefined =>
      ts.resolveModuleName(specifier, from, this.options, this.#host, this.#resolutions).resolvedModule;
    const found = find(containing);
    if (found) return found;
    for (const [name, root] of this.#packages)
      if (specifier === name || specifier.startsWith(`${name}/`)) return find(`${root}/__cell__.ts`);
    return undefined;
  }

  /** The file that runs where types were found: the JavaScript beside a declaration. */
  implementationOf(file: string): string | undefined {
    const bare = file.replace(/\.d\.([cm]?)ts$/, "");
    if (bare === file) return file;
    return [".js", ".mjs", ".cjs"].map((ending) => bare + ending).find((one) => ts.sys.fileExists(one));
  }

  /** The packages that can be imported from any folder. */
  get packages(): string[] {
    return [...this.#packages.keys()];
  }

  /** What an import may name that begins as what is typed. */
  importable(typed: string): string[] {
    const brought = [...this.#packages].flatMap(([name, root]) => [name, ...doorsOf(name, root)]);
    return moduleNames(typed, { cwd: this.#cwd, brought, program: this.program });
  }

  /** A package that exports a name: one that any cell can import, or that one has imported. */
  exporterOf(name: string, containing: string): string | undefined {
    this.require([...this.#packages.keys()], containing, true);
    return this.exported.get(name)?.from;
  }

  /** What the packages export that have been read so far, by name; of two with the same name, that of the first. */
  get exported(): ReadonlyMap<string, Exported> {
    const { program } = this;
    if (this.#exported?.program === program) return this.#exported.names;
    const names = new Map<string, Exported>();
    const checker = program.getTypeChecker();
    for (const from of new Set([...this.#packages.keys(), ...this.#specifiers])) {
      // A file of the user's own has a name that depends on the folder.
      const isRead = this.#specifiers.has(from) && !/^[./]/.test(from);
      const file = isRead ? this.resolve(from, `${this.#cwd}/__cell__.ts`)?.resolvedFileName : undefined;
      const source = file === undefined ? undefined : program.getSourceFile(file);
      const module = source && checker.getSymbolAtLocation(source);
      for (const symbol of module ? checker.getExportsOfModule(module) : []) {
        const { name } = symbol;
        if (name !== "default" && !names.has(name)) names.set(name, { from, symbol });
      }
    }
    this.#exported = { program, names };
    return names;
  }

  /** Whether the types of pages were read although there is no page, and nobody asked for them. */
  get hasPageTypes(): boolean {
    return (
      !this.#project.options.lib?.includes(PAGE_LIBRARY) &&
      this.program.getSourceFiles().some(({ fileName }) => fileName.endsWith(`/${PAGE_LIBRARY}`))
    );
  }

  /** Reads the types of pages once a package names them. */
  #readPage(): void {
    const lib = this.options.lib ?? [];
    if (GLOBAL_TYPES.lib.length || lib.includes(PAGE_LIBRARY)) return;
    this.program.getTypeChecker();
    const added = this.program.getSourceFiles().filter((file) => !this.#seen.has(file));
    added.forEach((file) => this.#seen.add(file));
    if (!added.some(namesPage)) return;
    this.options.lib = [...lib, PAGE_LIBRARY];
    this.#rebuild();
  }

  /** Reads what TypeScript declares only for pages although Node has it too, once a cell names it. */
  #readWebAssembly(code: string): void {
    const name = "__ambient_webassembly__.d.ts";
    if (GLOBAL_TYPES.lib.length || this.#virtual.has(this.#file(name)) || !/\bWebAssembly\b/.test(code))
      return;
    const library = ts.getDefaultLibFilePath(this.options).replace(/[^/\\]+$/, PAGE_LIBRARY);
    const [declarations] =
      /^declare namespace WebAssembly \{[^]*?^\}/m.exec(ts.sys.readFile(library) ?? "") ?? [];
    const text = declarations?.replace("{", "{\n    type BufferSource = ArrayBufferView | ArrayBuffer;");
    if (text !== undefined) this.setAmbient("webassembly", text);
  }

  /** Whether code can be checked only with all of Node's types. */
  needsWhole(code: string, specifiers: readonly string[]): boolean {
    this.#readWebAssembly(code);
    return specifiers.length > 0 || namesLater(code);
  }

  /**
   * Makes sure that the program contains the modules a cell imports, and its local files as they are on disk.
   * @param whole whether it must contain all of Node's types
   * @returns the modules by specifier; undefined for one that cannot be found
   */
  require(
    specifiers: readonly string[],
    containing: string,
    whole: boolean,
  ): Map<string, TypeScript.ResolvedModuleFull | undefined> {
    this.#followProject();
    let stale = this.#dropEdited();
    if (whole && !this.#isWhole) {
      this.#isWhole = stale = true;
      for (const file of this.#cache.keys()) if (isReadLater(file)) this.#cache.delete(file);
    }
    const resolved = new Map<string, TypeScript.ResolvedModuleFull | undefined>();
    for (const specifier of specifiers) {
      let module = this.resolve(specifier, containing);
      if (!module) {
        // It may have been installed or written since it was last looked for.
        this.#resolutions = this.#newResolutions();
        module = this.resolve(specifier, containing);
      }
      resolved.set(specifier, module);
      if (module && !this.#specifiers.has(specifier)) {
        this.#specifiers.add(specifier);
        stale = true;
      }
    }
    if (stale) {
      const lines = [...this.#specifiers].map((specifier) => `import ${JSON.stringify(specifier)};`);
      this.#setVirtual("__imports__.ts", `export {};\n${lines.join("\n")}`);
      this.#rebuild();
      this.#readPage();
    }
    return resolved;
  }

  /** Adds a cell that declares globals or augments a module. */
  addCell(file: InternalSourceFile): void {
    // A file of the program has its references collected by the program.
    delete (file as Partial<InternalSourceFile>).imports;
    this.#cells.set(file.fileName, file);
    this.#rebuild();
  }

  /** Takes such a cell back. */
  removeCell(file: TypeScript.SourceFile): void {
    this.#cells.delete(file.fileName);
    this.#rebuild();
  }

  setAmbient(key: string, declarations: string): void {
    const name = `__ambient_${key.replace(/\W/g, "_")}__.d.ts`;
    if (declarations) this.#setVirtual(name, declarations);
    else this.#virtual.delete(this.#file(name));
    if (this.#program) this.#rebuild();
  }

  addPackage(name: string, root: string): void {
    this.#packages.set(name, slashes(root));
    this.#resolutions = this.#newResolutions();
  }

  /** Forgets what it has read of installed packages: they have changed. */
  forgetPackages(): void {
    for (const file of this.#cache.keys())
      if (file.includes("/node_modules/") && !OF_NODE.test(file)) this.#cache.delete(file);
    this.#resolutions = this.#newResolutions();
    this.#program = undefined;
  }

  /** Forgets the program and the types that it has read; both are read again when they are asked for. */
  rest(): void {
    for (const file of this.#cache.keys()) if (!this.#watched.has(file)) this.#cache.delete(file);
    this.#resolutions = this.#newResolutions();
    this.#program = undefined;
    this.#exported = undefined;
  }

  /** Forgets the cells that declare globals. */
  clearCells(): void {
    if (!this.#cells.size) return;
    this.#cells.clear();
    this.#rebuild();
  }

  /** A source file of the user's own: TypeScript or JavaScript outside node_modules. */
  isLocalSource(file: TypeScript.SourceFile): boolean {
    return (
      !file.isDeclarationFile &&
      !file.fileName.includes("/node_modules/") &&
      !this.#virtual.has(file.fileName) &&
      !this.#cells.has(file.fileName)
    );
  }

  #parse(name: string, language: TypeScript.ScriptTarget | TypeScript.CreateSourceFileOptions): CachedFile {
    // What is read later is not looked at: that it exists is known.
    if (!this.#isWhole && isReadLater(name))
      return { file: ts.createSourceFile(name, "", language), modified: 0 };
    const virtual = this.#virtual.get(name);
    const modified = virtual === undefined && this.#mayChange(name) ? modifiedTime(name) : 0;
    const text = virtual ?? ts.sys.readFile(name);
    if (text === undefined) return { file: undefined, modified };
    const file = isUndocumented(name)
      ? adapter.parseUndocumented({ name, text, language })
      : ts.createSourceFile(name, text, language);
    return { file, modified };
  }

  /** What packages declare stays what it was when they were first read. */
  #mayChange(file: string): boolean {
    if (file.includes("/node_modules/") || this.#virtual.has(file)) return false;
    const isPackages = [...this.#packages.values()].some((root) => file.startsWith(`${root}/`));
    return !(isPackages && file.endsWith(".d.ts"));
  }

  #rebuild(): void {
    const rootNames = [...this.#virtual.keys(), ...this.#cells.keys()];
    const oldProgram = this.#program;
    this.#program = ts.createProgram({
      rootNames,
      options: this.options,
      host: this.#host,
      ...(oldProgram && { oldProgram }),
    });
  }

  /** Reads the project anew when its files have changed. */
  #followProject(): void {
    const { files } = this.#project;
    if (files.every((file, i) => modifiedTime(file) === this.#projectTimes[i])) return;
    const hasPage = this.hasPageTypes;
    this.#project = projectOf(this.#cwd);
    this.#projectTimes = this.#project.files.map(modifiedTime);
    for (const name of Object.keys(this.options)) delete this.options[name];
    Object.assign(this.options, this.#ownOptions, this.#project.options);
    if (hasPage) this.options.lib = [...new Set([...(this.options.lib ?? []), PAGE_LIBRARY])];
    this.#change = this.note ?? "Cells follow no tsconfig.json any more.";
    this.#resolutions = this.#newResolutions();
    this.#program = undefined;
  }

  /** Forgets local files that changed on disk. */
  #dropEdited(): boolean {
    let edited = false;
    for (const file of this.#watched) {
      if (modifiedTime(file) === this.#cache.get(file)?.modified) continue;
      this.#cache.delete(file);
      this.#watched.delete(file);
      edited = true;
    }
    if (edited) this.#resolutions = this.#newResolutions();
    return edited;
  }

  #setVirtual(name: string, text: string): void {
    this.#virtual.set(this.#file(name), text);
    this.#cache.delete(this.#file(name));
  }

  #file(name: string): string {
    return `${this.#cwd}/${name}`;
  }

  #newResolutions(): TypeScript.ModuleResolutionCache {
    return ts.createModuleResolutionCache(this.#cwd, (file) => file, this.options);
  }

  /** The folders around the notebook that hold @types, and the kernel's own when none has those of the globals. */
  #typeRoots(): string[] {
    const roots: string[] = [];
    for (let folder = this.#cwd; ; folder = above(folder)) {
      const types = `${folder === "/" ? "" : folder}/node_modules/@types`;
      if (ts.sys.directoryExists(types)) roots.push(types);
      if (folder === above(folder)) break;
    }
    const own = ownTypeRoot();
    const hasAll = GLOBAL_TYPES.types.every((name) =>
      roots.some((root) => ts.sys.fileExists(`${root}/${name}/package.json`)),
    );
    if (own !== undefined && !hasAll) roots.push(slashes(own));
    return roots;
  }
}

/** The folder that a folder is in, itself at the top. */
const above = (folder: string): string =>
  /^(.+)\/[^/]+$/.exec(folder)?.[1] ?? (folder.startsWith("/") ? "/" : folder);

/** The path that a file's URL names; anything else as it is. */
function pathOfUrl(specifier: string): string {
  if (!specifier.startsWith("file:") || !URL.canParse(specifier)) return specifier;
  const path = decodeURIComponent(new URL(specifier).pathname);
  return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path;
}
