/**
 * Node's own modules, and those that Node finds from a folder. They are loaded by Node's `import()`, so that ES and
 * CommonJS packages both work, and share their instances with other packages that import them.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import vm from "node:vm";
import type { FolderModules, ImportedModule, LoadedModule, Require } from "../kernel-contract.js";
import { importAnew, newSpecifiers } from "./new-imports.js";

export { importAnew, isBuiltin };

export const COMPILED = /\.[cm]?tsx?$/;

const ownRequire = createRequire(import.meta.url);

export function modulesFrom(folder: string): FolderModules {
  const parent = path.join(folder, "__cell__.js");
  const nodeRequire = createRequire(parent);
  const require: Require & Pick<NodeJS.Require, "cache"> = Object.assign((specifier: string): unknown => {
    expectFolder(specifier, nodeRequire, "MODULE_NOT_FOUND");
    return nodeRequire(specifier);
  }, nodeRequire);
  const importFrom = vm.runInThisContext("(specifier) => import(specifier)", {
    filename: parent,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as (specifier: string) => Promise<LoadedModule>;
  /** The time at which each file was last written when it was first imported. */
  const modified = new Map<string, number>();

  /** The file that `require` finds for a specifier; undefined when `import` finds a file, or neither does. */
  const fileOfRequire = (specifier: string): string | undefined => {
    if (isFileUrl(tryTo(() => resolveImport(specifier, parent)))) return undefined;
    const file = tryTo(() => require.resolve(specifier));
    return file !== undefined && path.isAbsolute(file) ? file : undefined;
  };

  /** Describes an imported namespace. For a CommonJS file the default export is its `module.exports`. */
  const described = (namespace: LoadedModule, file: () => string | undefined): ImportedModule => {
    const whole = namespace["default"];
    if (!isObject(whole) || !Object.values(require.cache).some((one) => one?.exports === whole))
      return { namespace };
    const found = file();
    return found !== undefined && require.cache[found]?.exports === whole
      ? { namespace, commonJs: { exports: whole } }
      : { namespace };
  };

  /** A file that `import` refuses: JSON or machine code. */
  const required = (file: string): ImportedModule => {
    const exports: unknown = file.endsWith(".json") ? JSON.parse(readFileSync(file, "utf8")) : require(file);
    return { namespace: { default: exports }, commonJs: { exports } };
  };

  return {
    require,
    async load(specifier) {
      expectFolder(specifier, nodeRequire, "ERR_MODULE_NOT_FOUND");
      const file = (): string | undefined => pathOf(tryTo(() => resolveImport(specifier, parent)));
      try {
        const namespace = await importFrom(specifier);
        return isBuiltin(specifier) ? { namespace } : described(namespace, file);
      } catch (error) {
        // A cell's import passes no attributes on.
        if (specifier.startsWith("data:application/json"))
          return { namespace: { default: await (await fetch(specifier)).json() } };
        if ((error as NodeJS.ErrnoException | undefined)?.code === "ERR_MODULE_NOT_FOUND")
          for (const anew of newSpecifiers(specifier)) {
            const namespace = await importFrom(anew).catch(() => undefined);
            if (namespace) return described(namespace, file);
          }
        const data = pathOf(tryTo(() => resolveImport(specifier, parent)));
        if (data !== undefined && NOT_CODE.test(data) && isFile(data)) return required(data);
        const found = fileOfRequire(specifier);
        if (found === undefined) throw error;
        if (NOT_CODE.test(found)) return required(found);
        return described(await importFrom(pathToFileURL(found).href), () => found);
      }
    },
    async loadFile(file) {
      if (NOT_CODE.test(file)) return required(file);
      // A file that was edited since must be a new module for Node: a new URL does that for an ES module, removal
      // from the cache for CommonJS. Before that it is the same module that other files import.
      const now = statSync(file).mtimeMs;
      const first = modified.get(file) ?? now;
      modified.set(file, first);
      const url = pathToFileURL(file).href;
      if (now === first) return described(await importFrom(url), () => file);
      delete require.cache[file];
      return described(await importFrom(`${url}?modified=${now}`), () => file);
    },
  };
}

export function metaOf(file: string): Record<string, unknown> {
  return {
    url: pathToFileURL(file).href,
    filename: file,
    dirname: path.dirname(file),
    resolve: (specifier: string) => resolveImport(specifier, file),
  };
}

/**
 * Fails for a package that no folder has, before Node is asked: Node would keep the answer, and not find the package
 * when it has been installed.
 */
function expectFolder(specifier: unknown, { resolve }: NodeJS.Require, code: string): void {
  const [name] = /^(?:@[^/:]+\/)?[^./#@:][^/:]*(?=\/|$)/.exec(String(specifier)) ?? [];
  if (name === undefined || isBuiltin(String(specifier))) return;
  const folders = resolve.paths(name) ?? [];
  if (!folders.length || folders.some((folder) => existsSync(path.join(folder, name)))) return;
  // A package may import itself by its name.
  if (folders.some((folder) => nameIn(path.join(folder, "../package.json")) === name)) return;
  const error = new Error(
    `Cannot find module '${String(specifier)}': the package ${name} is not installed; %npm install ${name} installs it.`,
  );
  throw Object.assign(error, { code });
}

function nameIn(manifest: string): unknown {
  if (!existsSync(manifest)) return undefined;
  return tryTo(() => (JSON.parse(readFileSync(manifest, "utf8")) as { name?: unknown }).name);
}

/** Files that `require` loads and `import` does not. */
const NOT_CODE = /\.(?:json|node)$/;

/** The URL of a module for `import` in a given file. Node's `import.meta.resolve` answers only for the file it stands in. */
function resolveImport(specifier: string, parent: string): string {
  const { resolve } = ownRequire("import-meta-resolve") as typeof import("import-meta-resolve");
  return resolve(String(specifier), pathToFileURL(parent).href);
}

function tryTo<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}

/** The path of a file's URL, without its query. */
function pathOf(url: string | undefined): string | undefined {
  return url?.startsWith("file:") ? tryTo(() => fileURLToPath(url)) : undefined;
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isFileUrl(url: string | undefined): boolean {
  const file = pathOf(url);
  return file !== undefined && isFile(file);
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
