/**
 * How a cell's `import` finds its module at run time. The host (Node or a browser) loads packages, looking from the
 * notebook's folder; the user's own TypeScript files arrive compiled and are run here; a plugin's package can be
 * imported by its name from any folder.
 */
import { makeFunction } from "#host/evaluation";
import { COMPILED, isBuiltin, metaOf, modulesFrom } from "#host/modules";
import { dirname, join, resolve } from "#host/paths";
import { isFile } from "#host/text-files";
import type { FolderModules, ImportedModule, LoadedModule, Require } from "../../lib/host/kernel-contract.js";
import { foreignSpecifier } from "../language/foreign-specifiers.js";
import { bareSpecifier } from "../language/npm-specifier.js";
import type { ImportForm, ImportRequest, LocalModule } from "../language/language.js";
import { halt } from "./keyboard-interrupt.js";
import type { AllowedNames } from "../language/exercise.js";
import { viewOf } from "./module-view.js";
import type { Tracer } from "./trace.js";
import { withOnly } from "./withheld.js";

interface RunModule extends LocalModule {
  exports: LoadedModule;
  /** What it has put in the place of its exports, by `export =`. */
  assigned: { readonly exports: unknown } | undefined;
  /** The imports of the module that have been loaded so far, by specifier. */
  readonly imported: Map<string, unknown>;
  /** Settles when the module has run; absent: it has not started, or it failed. */
  ready: Promise<LoadedModule> | undefined;
}

export class Imports {
  readonly #cwd: string;
  readonly #tracer: Tracer;
  readonly #keep: Int32Array;
  /** What the host can load, by the folder that asks. */
  readonly #folders = new Map<string, FolderModules>();
  readonly #local = new Map<string, RunModule>();
  /** Packages that can be imported from any folder. */
  readonly #packages = new Map<string, { root: string; modules: FolderModules }>();
  readonly #provided = new Map<string, LoadedModule>();
  /** What may be used of a package, by its name; everything of one that is not here. */
  readonly #allowed = new Map<string, ReadonlySet<string>>();
  /** Where the compiler found the specifiers of `import("…")` and `require("…")`: by folder, then by specifier. */
  readonly #found = new Map<string, Map<string, string>>();

  /** @param keep the word that an interrupt raises, for the loops of local modules; see language/loop-checks.ts */
  constructor(cwd: string, tracer: Tracer, keep: Int32Array = new Int32Array(1)) {
    this.#cwd = cwd;
    this.#tracer = tracer;
    this.#keep = keep;
  }

  /** The global `require` of the cells. */
  get require(): Require {
    return this.#requireFrom(this.#cwd);
  }

  /** `import.meta` of a cell or of a local module. */
  metaOf(file: string): Record<string, unknown> {
    const meta = metaOf(file) as { resolve(specifier: string): string };
    const resolve = (specifier: string): string => {
      const local = this.#localPath(specifier, dirname(file));
      if (local !== undefined) return String(metaOf(local)["url"]);
      try {
        return meta.resolve(specifier);
      } catch (error) {
        const own = this.#packageFor(specifier, error);
        if (!own) throw error;
        return (metaOf(join(own.root, "__cell__.js")) as typeof meta).resolve(specifier);
      }
    };
    return { ...meta, resolve };
  }

  /** Makes a module of the kernel's own importable. */
  provide(specifier: string, module: LoadedModule): void {
    this.#provided.set(specifier, module);
  }

  /** From now on the cells and the user's own modules get of a package these names only; an exercise's tests get all. */
  allow({ package: name, names }: AllowedNames): void {
    this.#allowed.set(name, new Set(names));
  }

  #allowedPart(specifier: string, module: LoadedModule): LoadedModule {
    const allowed = this.#allowed.get(packageOf(specifier));
    return allowed ? withOnly(module, allowed) : module;
  }

  /** Makes a package importable by its name wherever the notebook is. */
  addPackage(name: string, root: string): void {
    this.#packages.set(name, { root, modules: modulesFrom(root) });
  }

  /**
   * Takes what the compiler found for a cell: the user's own modules that are new or changed, and the file behind each
   * specifier in its code. Modules that import a changed module run again as well.
   */
  update(modules: readonly LocalModule[], found: readonly ImportRequest[]): void {
    this.#note(this.#cwd, found);
    for (const module of modules) {
      this.#local.set(module.path, {
        ...module,
        exports: {},
        assigned: undefined,
        imported: new Map(),
        ready: undefined,
      });
      this.#note(dirname(module.path), module.found);
      this.#tracer.add(module.path, module.text, module.map);
      this.#forgetImportersOf(module.path);
    }
  }

  /** Loads, ahead of time, the packages of those local modules that code may `require`: `require` cannot wait for a package. */
  async link(found: readonly ImportRequest[], above: Set<string> = new Set()): Promise<void> {
    for (const { file } of found.filter(isRequired)) {
      const module = file === undefined ? undefined : this.#local.get(file);
      if (!module || module.ready || above.has(module.path)) continue;
      above.add(module.path);
      for (const request of module.imports)
        // A package that cannot be loaded is reported when the module runs.
        if (compiledFile(request) === undefined)
          await this.load(request, dirname(module.path)).then(
            (loaded) => module.imported.set(nameOf(request), loaded),
            () => {},
          );
      const imports = module.imports.map((one): ImportRequest => ({ ...one, form: "require" }));
      await this.link([...imports, ...module.found], above);
    }
  }

  /**
   * Loads one module.
   * @param from the folder that relative specifiers start from
   * @param isForTests whether it is for an exercise's tests, from which nothing is withheld
   */
  async load(
    request: ImportRequest,
    from: string = this.#cwd,
    isForTests: boolean = false,
  ): Promise<LoadedModule> {
    const module = await this.#load(request, from);
    return isForTests ? module : this.#allowedPart(bareSpecifier(request.specifier), module);
  }

  async #load(request: ImportRequest, from: string): Promise<LoadedModule> {
    const specifier = bareSpecifier(request.specifier);
    const provided = this.#provided.get(specifier);
    if (provided) return provided;
    const file = request.file ?? this.#localPath(specifier, from) ?? relativeFile(specifier, from);
    if (file !== undefined && COMPILED.test(file)) return this.#loadLocal(file, new Set(), request);
    const module =
      file === undefined
        ? await this.#loadPackage(specifier, from)
        : await this.#modulesOf(this.#cwd).loadFile(file);
    if (!isRequired(request)) {
      const view = viewOf(module);
      const lacks = request.form === "default" && !("default" in view);
      return lacks ? (Object.create(view, { default: { value: view } }) as LoadedModule) : view;
    }
    const { namespace, commonJs } = module;
    return (
      commonJs ? commonJs.exports : isBuiltin(specifier) ? namespace["default"] : namespace
    ) as LoadedModule;
  }

  /** Loads what a program has computed the name of: `import(name)`. */
  async loadNamed(specifier: unknown, from?: string, isForTests?: boolean): Promise<LoadedModule> {
    return this.load({ specifier: asSpecifier("import", specifier) }, from, isForTests);
  }

  #modulesOf(folder: string): FolderModules {
    let modules = this.#folders.get(folder);
    if (!modules) this.#folders.set(folder, (modules = modulesFrom(folder)));
    return modules;
  }

  async #loadPackage(specifier: string, from: string): Promise<ImportedModule> {
    const foreign = foreignSpecifier(specifier);
    if (foreign !== undefined) throw new Error(`Cannot find module '${specifier}'. ${foreign}`);
    try {
      return await this.#modulesOf(from).load(specifier);
    } catch (error) {
      const own = this.#packageFor(specifier, error);
      if (own) return own.modules.load(specifier);
      throw error;
    }
  }

  /** The kernel's or a plugin's package that a specifier names, for a package that the notebook's folder does not have. */
  #packageFor(specifier: string, error: unknown): { root: string; modules: FolderModules } | undefined {
    const { code } = error as { code?: string };
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") return undefined;
    return this.#packages.get(packageOf(specifier));
  }

  #requireFrom(folder: string): Require {
    const { require } = this.#modulesOf(folder);
    const own = (written: unknown): unknown => {
      const specifier = bareSpecifier(asSpecifier("require", written));
      const provided = this.#provided.get(specifier);
      if (provided) return provided;
      const local = this.#localPath(specifier, folder);
      if (local !== undefined && COMPILED.test(local)) return this.#requireLocal(local);
      return this.#allowedPart(specifier, whole(local ?? specifier) as LoadedModule);
    };
    const whole = (specifier: string): unknown => {
      try {
        return require(specifier);
      } catch (error) {
        const found = this.#packageFor(specifier, error);
        if (!found) throw error;
        return found.modules.require(specifier);
      }
    };
    const resolve = (specifier: string): string =>
      this.#localPath(specifier, folder) ?? require.resolve(specifier);
    return Object.assign(own, require, { resolve: Object.assign(resolve, require.resolve) });
  }

  #moduleOf(file: string): RunModule {
    const module = this.#local.get(file);
    if (!module) throw new Error(`The local module ${file} was not compiled: import it by a literal path.`);
    return module;
  }

  /** @param above the modules whose loading led here; an import of one of them (a cycle) gets what it has exported so far */
  async #loadLocal(file: string, above: ReadonlySet<string>, request: ImportRequest): Promise<LoadedModule> {
    const module = this.#moduleOf(file);
    if (!above.has(file)) await (module.ready ??= this.#runLocal(module, new Set([...above, file])));
    return exportsOf(module, request);
  }

  async #runLocal(module: RunModule, above: ReadonlySet<string>): Promise<LoadedModule> {
    try {
      for (const request of module.imports) {
        const local = compiledFile(request);
        module.imported.set(
          nameOf(request),
          local === undefined
            ? await this.load(request, dirname(module.path))
            : await this.#loadLocal(local, above, request),
        );
      }
      await this.#run(module);
      return module.exports;
    } catch (error) {
      module.ready = undefined;
      throw error;
    }
  }

  /** Loads a module synchronously, for `require`. @throws Error when it awaits, or imports what was not loaded ahead */
  #requireLocal(file: string, request: ImportRequest = REQUIRED): LoadedModule {
    const module = this.#moduleOf(file);
    if (module.ready) return exportsOf(module, request);
    if (module.isAsync)
      throw new Error(
        `${file} awaits at its top level, so that require cannot wait for it: await import(…) can.`,
      );
    module.ready = Promise.resolve(module.exports);
    try {
      const { require } = this.#modulesOf(dirname(file));
      for (const one of module.imports) {
        const local = compiledFile(one);
        if (local !== undefined) module.imported.set(nameOf(one), this.#requireLocal(local, one));
        else if (!module.imported.has(nameOf(one)))
          module.imported.set(
            nameOf(one),
            this.#allowedPart(one.specifier, require(one.file ?? one.specifier) as LoadedModule),
          );
      }
      void this.#run(module);
      return exportsOf(module, request);
    } catch (error) {
      module.ready = undefined;
      throw error;
    }
  }

  /** Runs a local module whose imports are loaded; returns a promise when the module awaits. */
  #run(module: RunModule): unknown {
    const folder = dirname(module.path);
    module.assigned = undefined;
    const holder = {
      get exports(): unknown {
        return module.assigned ? module.assigned.exports : module.exports;
      },
      set exports(exports: unknown) {
        module.assigned = { exports };
      },
    };
    const body = makeFunction({
      parameters: ["exports", "require", "module", "$cell"],
      // In a block, the module may declare a `require` or a `module` of its own.
      head: "{",
      body: `${module.javascript}\n}`,
      isAsync: module.isAsync,
      file: module.path,
    });
    return body(module.exports, this.#requireFrom(folder), holder, {
      meta: this.metaOf(module.path),
      imported: (specifier: string, form?: ImportForm) => module.imported.get(nameOf({ specifier, form })),
      import: (specifier: unknown) => this.loadNamed(specifier, folder),
      keep: this.#keep,
      halt,
    });
  }

  #forgetImportersOf(file: string): void {
    for (const module of this.#local.values()) {
      if (!module.ready || !module.imports.some((request) => request.file === file)) continue;
      module.ready = undefined;
      module.exports = {};
      module.assigned = undefined;
      module.imported.clear();
      this.#forgetImportersOf(module.path);
    }
  }

  #note(folder: string, found: readonly ImportRequest[]): void {
    let here = this.#found.get(folder);
    if (!here) this.#found.set(folder, (here = new Map()));
    for (const { specifier, file } of found) if (file !== undefined) here.set(specifier, file);
  }

  /** The user's own file that a specifier names, as the compiler found it; undefined when it found none. */
  #localPath(specifier: string, from: string): string | undefined {
    const found = this.#found.get(from)?.get(specifier);
    if (found !== undefined || !isRelative(specifier)) return found;
    const whole = resolve(from, specifier);
    const bare = whole.replace(/\.[cm]?js$/, "");
    return [whole, `${bare}.ts`, `${bare}.mts`, `${bare}.cts`, `${bare}.tsx`, join(whole, "index.ts")].find(
      (file) => this.#local.has(file),
    );
  }
}

/** The local file that a request names, if the kernel compiles and runs that file itself. */
const compiledFile = ({ file }: ImportRequest): string | undefined =>
  file !== undefined && COMPILED.test(file) ? file : undefined;

/** One module may be both imported and required, and the two may give different things. */
const nameOf = ({ specifier, form }: ImportRequest): string => `${form ?? "import"} ${specifier}`;

/** What a local module gives whoever asks for it. */
function exportsOf({ exports, assigned }: RunModule, request: ImportRequest): LoadedModule {
  if (!assigned) return exports;
  if (isRequired(request)) return assigned.exports as LoadedModule;
  return viewOf({ namespace: { default: assigned.exports }, commonJs: assigned });
}

/** The package that a specifier names, or leads into. */
const packageOf = (specifier: string): string => /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[0] ?? "";

const REQUIRED: ImportRequest = { specifier: "", form: "require" };

const isRequired = (request: ImportRequest): boolean => request.form === "require";

/** @throws TypeError for what names no module: `undefined` would be taken for a package of that name */
function asSpecifier(who: string, given: unknown): string {
  if (given === undefined || given === null || given === "")
    throw new TypeError(
      `${who}() was given ${given === "" ? "an empty text" : String(given)}, which names no module; give a name or a path.`,
    );
  return String(given);
}

const isRelative = (specifier: string): boolean => /^(?:\.{0,2}\/|\.{1,2}$)/.test(specifier);

/** The JavaScript or JSON file that a relative specifier names, with the extension added. */
function relativeFile(specifier: string, from: string): string | undefined {
  if (!isRelative(specifier)) return undefined;
  const whole = resolve(from, specifier);
  const endings = ["", ".js", ".mjs", ".cjs", ".json", "/index.js"];
  return endings.map((ending) => whole + ending).find(isFile);
}
