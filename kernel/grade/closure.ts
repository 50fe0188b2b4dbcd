/**
 * Finds what built files need: the files that a module imports, directly or not, and the packages that a package needs.
 * A submission gets these and no others, so that a function it must not use is not there at all.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { asObject } from "../notebook/format.js";

/** Where a public name comes from: a file, and its name there. */
export interface Origin {
  readonly file: string;
  readonly name: string;
}

const IMPORTED = /\b(?:from|import)\s*\(?\s*"(\.[^"\n]+)"/g;
const LISTED = /^export\s*\{([^}]*)\}\s*from\s*"(\.[^"\n]+)"/gm;
const STARRED = /^export\s*\*\s*from\s*"(\.[^"\n]+)"/gm;

/** The given files and all files that they import by relative paths, directly or not. */
export function filesBehind(files: Iterable<string>): Set<string> {
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (found.has(file) || !existsSync(file)) return;
    found.add(file);
    for (const [, specifier] of readFileSync(file, "utf8").matchAll(IMPORTED))
      visit(path.resolve(path.dirname(file), specifier));
  };
  for (const file of files) visit(file);
  return found;
}

/** The file behind each name that a module exports; a name that it declares itself comes from the module. */
export async function originsOf(file: string): Promise<Map<string, Origin>> {
  // Comments in a list of names are removed first.
  const text = readFileSync(file, "utf8").replace(/\/\*[^]*?\*\//g, "");
  const resolve = (specifier: string) => path.resolve(path.dirname(file), specifier);
  const names = Object.keys((await import(pathToFileURL(file).href)) as object);
  const origins = new Map(names.map((name) => [name, { file, name }]));
  for (const [, specifier] of text.matchAll(STARRED))
    for (const [name, origin] of await originsOf(resolve(specifier)))
      if (name !== "default") origins.set(name, origin);
  for (const [, list, specifier] of text.matchAll(LISTED)) {
    const behind = await originsOf(resolve(specifier));
    for (const item of list.split(",").map((one) => one.trim())) {
      const [name, alias = name] = item.split(/\s+as\s+/);
      const origin = behind.get(name);
      if (origin) origins.set(alias, origin);
    }
  }
  return origins;
}

/**
 * The folders, by name, of the packages that a package needs to run.
 * @param modules the node_modules folder that holds them; what lies nested in one of them comes with it
 */
export function packagesBehind(manifest: object, modules: string): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (given: object): void => {
    const { dependencies, optionalDependencies, peerDependencies } = asObject(given);
    for (const name of [dependencies, optionalDependencies, peerDependencies].flatMap((one) =>
      Object.keys(asObject(one)),
    )) {
      const folder = path.join(modules, name);
      const file = path.join(folder, "package.json");
      if (found.has(name) || !existsSync(file)) continue;
      found.set(name, folder);
      visit(JSON.parse(readFileSync(file, "utf8")) as object);
    }
  };
  visit(manifest);
  return found;
}
