/** The compiler's own program, TypeScript or tslab's build of it, loaded with V8's code cache. */
import { createRequire } from "node:module";
import path from "node:path";
import { loadCached } from "./cached-module.js";
import { setting } from "./settings.js";

const require = createRequire(import.meta.url);
const asked = setting("CHAINRULE_TYPESCRIPT") ?? "";
if (asked !== "" && asked !== "tslab")
  throw new Error(
    `CHAINRULE_TYPESCRIPT is "${asked}": set it to "tslab" for tslab's TypeScript, or not at all.`,
  );
const cached = loadCached(require.resolve(asked === "tslab" ? "@tslab/typescript-for-tslab" : "typescript"));

export const typescript: unknown = cached.exports;

export const saveCodeCache = (): void => cached.save();

export const filesReady = (): Promise<void> => Promise.resolve();

export const GLOBAL_TYPES = { types: ["node"], lib: [] };

export function ownTypeRoot(): string {
  return path.dirname(path.dirname(require.resolve("@types/node/package.json")));
}
