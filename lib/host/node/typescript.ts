/** The compiler's own program, tslab's build of TypeScript, out of the package's folder and V8's code cache. */
import { createRequire } from "node:module";
import path from "node:path";
import { loadCached } from "./cached-module.js";

const require = createRequire(import.meta.url);
const cached = loadCached(require.resolve("@tslab/typescript-for-tslab"));

export const typescript: unknown = cached.exports;

export const saveCodeCache = (): void => cached.save();

export const filesReady = (): Promise<void> => Promise.resolve();

export const GLOBAL_TYPES = { types: ["node"], lib: [] };

export function ownTypeRoot(): string {
  return path.dirname(path.dirname(require.resolve("@types/node/package.json")));
}
