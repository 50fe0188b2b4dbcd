/**
 * Node's own modules and those that it finds for a folder. They come through Node's `import()`, so that ES and CommonJS
 * packages both work and share their instances with the packages that import them.
 */
import { statSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import type { FolderModules, LoadedModule } from "../kernel-contract.js";

export { isBuiltin };

export const COMPILED = /\.[cm]?tsx?$/;

export function modulesFrom(folder: string): FolderModules {
  const require = createRequire(path.join(folder, "__cell__.js"));
  const load = vm.runInThisContext("(specifier) => import(specifier)", {
    filename: path.join(folder, "__cell__.js"),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as (specifier: string) => Promise<LoadedModule>;
  /** When each file had been written as it was first imported. */
  const modified = new Map<string, number>();
  return {
    load,
    require,
    loadFile(file) {
      // A file that was edited since is another module to Node: as an ES module by its URL, as CommonJS by a
      // cache without it. Until then it is the one that other files import.
      const now = statSync(file).mtimeMs;
      const first = modified.get(file) ?? now;
      modified.set(file, first);
      const url = pathToFileURL(file).href;
      if (now === first) return load(url);
      delete require.cache[file];
      return load(`${url}?modified=${now}`);
    },
  };
}

export function metaOf(file: string): Record<string, unknown> {
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
