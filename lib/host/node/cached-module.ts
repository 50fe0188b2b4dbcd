/**
 * Loads one big CommonJS module with V8's code cache, so that TypeScript's nine megabytes are not compiled again at every
 * start. The cache lies in the user's cache folder. V8 itself refuses a cache of another version; without a cache the
 * module loads in the usual way.
 */
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import path from "node:path";
import vm from "node:vm";
import { codeCacheFolder } from "./code-cache.js";
import { makeFolder } from "./folders.js";

/** What `require` would return, and a method that saves the code that V8 has compiled so far. */
export interface CachedModule {
  exports: unknown;
  /** Writes the cache if there was none that fits; a failure does no harm. */
  save(): void;
}

/** @param file absolute path of the module */
export function loadCached(file: string): CachedModule {
  const cacheFile = cachePath(file);
  const source = readFileSync(file, "utf8");
  const cachedData = readIfThere(cacheFile);
  const script = new vm.Script(Module.wrap(source), {
    filename: file,
    ...(cachedData && { cachedData }),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const require = createRequire(file);
  const module = new Module(file);
  module.filename = file;
  // A later `require` of the module gets this instance.
  require.cache[file] = module;
  const run = script.runInThisContext() as (...parts: unknown[]) => void;
  run.call(module.exports, module.exports, require, module, file, path.dirname(file));
  module.loaded = true;
  return {
    exports: module.exports,
    save: () => {
      if (cachedData && !script.cachedDataRejected) return;
      try {
        makeFolder(path.dirname(cacheFile));
        const unfinished = `${cacheFile}.${process.pid}`;
        writeFileSync(unfinished, script.createCachedData());
        renameSync(unfinished, cacheFile);
      } catch {
        // If the cache folder cannot be written, only the next start is slower.
      }
    },
  };
}

function cachePath(file: string): string {
  const { size, mtimeMs } = statSync(file);
  const name = `${path.basename(file)}-${size}-${Math.round(mtimeMs)}-${process.version}-${process.arch}.v8`;
  return path.join(codeCacheFolder(), name);
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
