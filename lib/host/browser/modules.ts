/** The modules that the site ships: each is an ES module under a specifier. Import maps do not apply in workers. */
import type { FolderModules, ImportedModule, LoadedModule, Require } from "../kernel-contract.js";
import { addressOf, fileAt, site } from "./site.js";

/** The kernel compiles the notebook's own JavaScript too: its files have no address that a browser could import. */
export const COMPILED = /\.[cm]?[jt]sx?$/;

export function isBuiltin(specifier: string): boolean {
  // What the site ships under such a name has its types in a file, as any package has.
  return specifier.startsWith("node:") && !Object.hasOwn(site().modules, specifier);
}

export function modulesFrom(_folder: string): FolderModules {
  return { load, loadFile, require };
}

/** Nothing is installed on a site. */
export function importAnew(): void {}

export function metaOf(file: string): Record<string, unknown> {
  return {
    url: new URL(file, "file:///").href,
    filename: file,
    dirname: file.replace(/\/[^/]*$/, "") || "/",
    resolve: require.resolve,
  };
}

/** A bundler turns a CommonJS module into an ES module whose only export, the default, is `module.exports`. */
async function load(specifier: string): Promise<ImportedModule> {
  const namespace = (await import(required(specifier))) as LoadedModule;
  const isWhole = Object.keys(namespace).join() === "default";
  return isWhole ? { namespace, commonJs: { exports: namespace["default"] } } : { namespace };
}

async function loadFile(file: string): Promise<ImportedModule> {
  if (!file.endsWith(".json")) return load(file);
  const exports: unknown = JSON.parse(fileAt(file)?.text ?? "");
  return { namespace: { default: exports }, commonJs: { exports } };
}

const require: Require = Object.assign(
  (specifier: string): unknown => {
    throw new Error(`require("${specifier}"): a browser loads modules by import alone.`);
  },
  { resolve: required },
);

/** The address of a module. @throws Error with Node's code, when the site has none of this name */
function required(specifier: string): string {
  const { modules } = site();
  if (Object.hasOwn(modules, specifier)) return addressOf(modules[specifier]!);
  const names = Object.keys(modules).sort().join(", ");
  const error = new Error(`Cannot find package "${specifier}": this site ships ${names || "none"}.`);
  throw Object.assign(error, { code: "ERR_MODULE_NOT_FOUND" });
}
