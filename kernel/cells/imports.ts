/**
 * How a cell's `import` finds its module at run time. Packages come through Node's own `import()` from the
 * notebook's folder, so that ES and CommonJS packages both work and share their instances with the packages that
 * import them; the user's own TypeScript files arrive compiled and are run here; a plugin's package can be
 * imported by its name from any folder.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import type { ImportRequest, LocalModule } from "../language/language.js";
import type { Tracer } from "./trace.js";

type Module = Record<string, unknown>;
type Importer = (specifier: string) => Promise<Module>;

interface LoadedModule extends LocalModule {
  exports: Module;
  ready: Promise<Module> | undefined;
}

export class Imports {
  readonly #cwd: string;
  readonly #tracer: Tracer;
  readonly #import: Importer;
  readonly #require: NodeJS.Require;
  readonly #local = new Map<string, LoadedModule>();
  readonly #packages = new Map<string, Importer>();
  readonly #provided = new Map<string, Module>();
  /** When each JavaScript file had been written as it was first imported. */
  readonly #modified = new Map<string, number>();
  readonly #views = new WeakMap<object, Module>();

  constructor(cwd: string, tracer: Tracer) {
    this.#cwd = cwd;
    this.#tracer = tracer;
    this.#import = importerFrom(cwd);
    this.#require = createRequire(path.join(cwd, "__cell__.js"));
  }

  /** The global `require` of the cells. */
  get require(): NodeJS.Require {
    const require = (specifier: string): unknown =>
      this.#provided.get(specifier) ?? (this.#require(specifier) as unknown);
    return Object.assign(require, this.#require);
  }

  /** Makes a module of the kernel's own importable. */
  provide(specifier: string, module: Module): void {
    this.#provided.set(specifier, module);
  }

  /** Makes a package importable by its name wherever the notebook is. */
  addPackage(name: string, root: string): void {
    this.#packages.set(name, importerFrom(root));
  }

  /** Takes over local modules that are new or changed; those that import a changed one run anew as well. */
  update(modules: readonly LocalModule[]): void {
    for (const module of modules) {
      this.#local.set(module.path, { ...module, exports: {}, ready: undefined });
      this.#tracer.add(module.path, readFileSync(module.path, "utf8"), module.map);
      this.#forgetImportersOf(module.path);
    }
  }

  /**
   * Loads one module.
   * @param from the folder that relative specifiers start from
   */
  async load(request: ImportRequest, from: string = this.#cwd): Promise<Module> {
    const provided = this.#provided.get(request.specifier);
    if (provided) return provided;
    const local = request.file ?? this.#localPath(request.specifier, from);
    if (local !== undefined) return this.#loadLocal(local, new Set());
    const file = relativeFile(request.specifier, from);
    if (file?.endsWith(".json")) return jsonModule(file);
    return this.#view(request.specifier, await this.#importAny(request.specifier, file));
  }

  async #importAny(specifier: string, file: string | undefined): Promise<Module> {
    if (file !== undefined) {
      // A file that was edited since is another module to Node: as an ES module by its URL, as CommonJS by a
      // cache without it. Until then it is the one that other files import.
      const modified = statSync(file).mtimeMs;
      const first = this.#modified.get(file) ?? modified;
      this.#modified.set(file, first);
      const url = pathToFileURL(file).href;
      if (modified === first) return this.#import(url);
      delete this.#require.cache[file];
      return this.#import(`${url}?modified=${modified}`);
    }
    try {
      return await this.#import(specifier);
    } catch (error) {
      const name = /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[0] ?? "";
      const importer = this.#packages.get(name);
      if (importer && (error as { code?: string }).code === "ERR_MODULE_NOT_FOUND")
        return importer(specifier);
      throw error;
    }
  }

  /**
   * A module as TypeScript's types describe it: of a CommonJS module every property is a named export and the
   * whole is the default, unless it says that it was compiled from an ES module.
   */
  #view(specifier: string, module: Module): Module {
    const whole = module["default"] as (Module & { __esModule?: boolean }) | undefined | null;
    if (isBuiltin(specifier) || whole === null || whole === undefined) return module;
    if (typeof whole !== "object" && typeof whole !== "function") return module;
    const names = Object.keys(module).filter(
      (name) => !["default", "module.exports", "__esModule"].includes(name),
    );
    if (!names.every((name) => module[name] === whole[name])) return module;
    if (whole.__esModule) return whole;
    let view = this.#views.get(whole);
    if (!view) {
      view = Object.create(null) as Module;
      for (const name of Object.keys(whole))
        Object.defineProperty(view, name, { get: () => whole[name], enumerable: true });
      Object.defineProperty(view, "default", { value: whole, enumerable: true });
      this.#views.set(whole, view);
    }
    return view;
  }

  /** @param above the modules whose loading led here: among them, a cycle gets what is exported so far */
  #loadLocal(file: string, above: ReadonlySet<string>): Promise<Module> {
    const module = this.#local.get(file);
    if (!module) throw new Error(`The local module ${file} was not compiled: import it by a literal path.`);
    if (above.has(file)) return Promise.resolve(module.exports);
    return (module.ready ??= this.#runLocal(module, new Set([...above, file])));
  }

  async #runLocal(module: LoadedModule, above: ReadonlySet<string>): Promise<Module> {
    const folder = path.dirname(module.path);
    const imported = new Map<string, Module>();
    try {
      for (const request of module.imports)
        imported.set(
          request.specifier,
          request.file === undefined
            ? await this.load(request, folder)
            : await this.#loadLocal(request.file, above),
        );
      const wrapped = `(async function (exports, require, $cell) {\n${module.javascript}\n})`;
      const script = new vm.Script(wrapped, { filename: module.path, lineOffset: -1 });
      const body = script.runInThisContext() as (...parts: unknown[]) => Promise<void>;
      const require = (specifier: string): unknown => imported.get(specifier) ?? this.#require(specifier);
      const meta = importMeta(module.path);
      await body(module.exports, require, {
        meta,
        import: (specifier: string) => this.load({ specifier }, folder),
      });
      return module.exports;
    } catch (error) {
      module.ready = undefined;
      throw error;
    }
  }

  #forgetImportersOf(file: string): void {
    for (const module of this.#local.values()) {
      if (!module.ready || !module.imports.some((request) => request.file === file)) continue;
      module.ready = undefined;
      module.exports = {};
      this.#forgetImportersOf(module.path);
    }
  }

  #localPath(specifier: string, from: string): string | undefined {
    if (!/^\.{0,2}\//.test(specifier)) return undefined;
    const whole = path.resolve(from, specifier);
    const bare = whole.replace(/\.[cm]?js$/, "");
    return [
      whole,
      `${bare}.ts`,
      `${bare}.mts`,
      `${bare}.cts`,
      `${bare}.tsx`,
      path.join(whole, "index.ts"),
    ].find((file) => this.#local.has(file));
  }
}

/** `import.meta` of a cell or a local module. */
export function importMeta(file: string): Record<string, unknown> {
  const require = createRequire(file);
  return {
    url: pathToFileURL(file).href,
    filename: file,
    dirname: path.dirname(file),
    resolve: (specifier: string) => {
      const found = require.resolve(specifier);
      return path.isAbsolute(found) ? pathToFileURL(found).href : found;
    },
  };
}

/** Node's `import()` as a file in this folder would call it. */
function importerFrom(folder: string): Importer {
  return vm.runInThisContext("(specifier) => import(specifier)", {
    filename: path.join(folder, "__cell__.js"),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as Importer;
}

/** The JavaScript or JSON file that a relative specifier names, its extension filled in. */
function relativeFile(specifier: string, from: string): string | undefined {
  if (!/^\.{0,2}\//.test(specifier)) return undefined;
  const whole = path.resolve(from, specifier);
  const endings = ["", ".js", ".mjs", ".cjs", ".json", "/index.js"];
  return endings.map((ending) => whole + ending).find((file) => existsSync(file) && statSync(file).isFile());
}

function jsonModule(file: string): Module {
  const value = JSON.parse(readFileSync(file, "utf8")) as unknown;
  const names = typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  return { ...names, default: value };
}
