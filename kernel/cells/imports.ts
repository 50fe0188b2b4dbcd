/**
 * How a cell's `import` finds its module at run time. Packages are loaded by the place that the kernel runs in, as the
 * notebook's folder sees them; the user's own TypeScript files arrive compiled and are run here; a plugin's package
 * can be imported by its name from any folder.
 */
import { makeFunction } from "#host/evaluation";
import { isBuiltin, metaOf, modulesFrom } from "#host/modules";
import { dirname, join, resolve } from "#host/paths";
import { isFile, readText } from "#host/text-files";
import type { FolderModules, LoadedModule, Require } from "../../lib/host/kernel-contract.js";
import type { ImportRequest, LocalModule } from "../language/language.js";
import type { Tracer } from "./trace.js";

interface RunModule extends LocalModule {
  exports: LoadedModule;
  ready: Promise<LoadedModule> | undefined;
}

export class Imports {
  readonly #cwd: string;
  readonly #tracer: Tracer;
  readonly #modules: FolderModules;
  readonly #local = new Map<string, RunModule>();
  readonly #packages = new Map<string, FolderModules>();
  readonly #provided = new Map<string, LoadedModule>();
  readonly #views = new WeakMap<object, LoadedModule>();

  constructor(cwd: string, tracer: Tracer) {
    this.#cwd = cwd;
    this.#tracer = tracer;
    this.#modules = modulesFrom(cwd);
  }

  /** The global `require` of the cells. */
  get require(): Require {
    const { require } = this.#modules;
    const own = (specifier: string): unknown => this.#provided.get(specifier) ?? require(specifier);
    return Object.assign(own, require);
  }

  /** Makes a module of the kernel's own importable. */
  provide(specifier: string, module: LoadedModule): void {
    this.#provided.set(specifier, module);
  }

  /** Makes a package importable by its name wherever the notebook is. */
  addPackage(name: string, root: string): void {
    this.#packages.set(name, modulesFrom(root));
  }

  /** Takes over local modules that are new or changed; those that import a changed one run anew as well. */
  update(modules: readonly LocalModule[]): void {
    for (const module of modules) {
      this.#local.set(module.path, { ...module, exports: {}, ready: undefined });
      this.#tracer.add(module.path, module.text, module.map);
      this.#forgetImportersOf(module.path);
    }
  }

  /**
   * Loads one module.
   * @param from the folder that relative specifiers start from
   */
  async load(request: ImportRequest, from: string = this.#cwd): Promise<LoadedModule> {
    const provided = this.#provided.get(request.specifier);
    if (provided) return provided;
    const local = request.file ?? this.#localPath(request.specifier, from);
    if (local !== undefined) return this.#loadLocal(local, new Set());
    const file = relativeFile(request.specifier, from);
    if (file?.endsWith(".json")) return jsonModule(file);
    const module =
      file === undefined ? await this.#loadPackage(request.specifier) : await this.#modules.loadFile(file);
    return this.#view(request.specifier, module);
  }

  async #loadPackage(specifier: string): Promise<LoadedModule> {
    try {
      return await this.#modules.load(specifier);
    } catch (error) {
      const name = /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[0] ?? "";
      const own = this.#packages.get(name);
      if (own && (error as { code?: string }).code === "ERR_MODULE_NOT_FOUND") return own.load(specifier);
      throw error;
    }
  }

  /**
   * A module as TypeScript's types describe it: of a CommonJS module every property is a named export and the
   * whole is the default, unless it says that it was compiled from an ES module.
   */
  #view(specifier: string, module: LoadedModule): LoadedModule {
    const whole = module["default"] as (LoadedModule & { __esModule?: boolean }) | undefined | null;
    if (isBuiltin(specifier) || whole === null || whole === undefined) return module;
    if (typeof whole !== "object" && typeof whole !== "function") return module;
    const names = Object.keys(module).filter(
      (name) => !["default", "module.exports", "__esModule"].includes(name),
    );
    if (!names.every((name) => module[name] === whole[name])) return module;
    if (whole.__esModule) return whole;
    let view = this.#views.get(whole);
    if (!view) {
      view = Object.create(null) as LoadedModule;
      for (const name of Object.keys(whole))
        Object.defineProperty(view, name, { get: () => whole[name], enumerable: true });
      Object.defineProperty(view, "default", { value: whole, enumerable: true });
      this.#views.set(whole, view);
    }
    return view;
  }

  /** @param above the modules whose loading led here: among them, a cycle gets what is exported so far */
  #loadLocal(file: string, above: ReadonlySet<string>): Promise<LoadedModule> {
    const module = this.#local.get(file);
    if (!module) throw new Error(`The local module ${file} was not compiled: import it by a literal path.`);
    if (above.has(file)) return Promise.resolve(module.exports);
    return (module.ready ??= this.#runLocal(module, new Set([...above, file])));
  }

  async #runLocal(module: RunModule, above: ReadonlySet<string>): Promise<LoadedModule> {
    const folder = dirname(module.path);
    const imported = new Map<string, LoadedModule>();
    try {
      for (const request of module.imports)
        imported.set(
          request.specifier,
          request.file === undefined
            ? await this.load(request, folder)
            : await this.#loadLocal(request.file, above),
        );
      const body = makeFunction({
        parameters: ["exports", "require", "$cell"],
        body: module.javascript,
        isAsync: true,
        file: module.path,
      });
      const require = (specifier: string): unknown =>
        imported.get(specifier) ?? this.#modules.require(specifier);
      const meta = metaOf(module.path);
      const load = (specifier: string): Promise<LoadedModule> => this.load({ specifier }, folder);
      await body(module.exports, require, { meta, import: load });
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
    const whole = resolve(from, specifier);
    const bare = whole.replace(/\.[cm]?js$/, "");
    return [whole, `${bare}.ts`, `${bare}.mts`, `${bare}.cts`, `${bare}.tsx`, join(whole, "index.ts")].find(
      (file) => this.#local.has(file),
    );
  }
}

/** The JavaScript or JSON file that a relative specifier names, its extension filled in. */
function relativeFile(specifier: string, from: string): string | undefined {
  if (!/^\.{0,2}\//.test(specifier)) return undefined;
  const whole = resolve(from, specifier);
  const endings = ["", ".js", ".mjs", ".cjs", ".json", "/index.js"];
  return endings.map((ending) => whole + ending).find(isFile);
}

function jsonModule(file: string): LoadedModule {
  const value = JSON.parse(readText(file) ?? "") as unknown;
  const names = typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  return { ...names, default: value };
}
