/**
 * Imports again what failed to import. Node keeps a module whose import failed, and the absence of a package, until the
 * process ends; so a package that failed for want of another is imported under new addresses, which a hook of Node's
 * loader gives to its modules in another thread.
 */
import { createRequire, register } from "node:module";
import { pathToFileURL } from "node:url";

/** How many times packages have been installed; an address tells which of them it is from. */
let installed = 0;
let hooked = false;

export function importAnew(): void {
  installed++;
}

/**
 * What to import in place of a specifier that failed, one attempt after another; empty before anything was installed.
 * The first gives new addresses to the modules of the package alone, so that it shares the others with the cells; the
 * second to all modules.
 */
export function newSpecifiers(specifier: string): string[] {
  if (!installed) return [];
  if (!hooked) {
    const own = pathToFileURL(createRequire(import.meta.url).resolve("import-meta-resolve")).href;
    register(`data:text/javascript,${encodeURIComponent(HOOKS.replace("OWN_RESOLVER", own))}`);
  }
  hooked = true;
  return ["own", "all"].map((which) => `chainrule-new:${which}:${installed}:${specifier}`);
}

/**
 * The hook. It looks for a package's folder before Node does, because Node would keep its absence in this thread too; and
 * where Node 24 has kept it for all threads, another resolver finds the package.
 */
const HOOKS = `
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isBuiltin } from "node:module";
import { resolve as resolveAnew } from "OWN_RESOLVER";

function isAbsent(specifier, parentURL) {
  const [name] = /^(?:@[^/:]+\\/)?[^./#@:][^/:]*(?=\\/|$)/.exec(specifier) ?? [];
  if (name === undefined || isBuiltin(specifier) || !parentURL?.startsWith("file:")) return false;
  for (let folder = dirname(fileURLToPath(parentURL)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "node_modules", name))) return false;
    if (folder === dirname(folder)) return true;
  }
}

export async function resolve(written, context, next) {
  const [, first, count, named] = /^chainrule-new:(own|all):(\\d+):([^]*)$/.exec(written) ?? [];
  const parent = /[?&]chainrule-new=(own|all)-(\\d+)$/.exec(context.parentURL ?? "");
  const specifier = named ?? written;
  if ((named !== undefined || parent) && isAbsent(specifier, context.parentURL))
    throw Object.assign(new Error("Cannot find package '" + specifier + "' imported from " + fileURLToPath(context.parentURL)), { code: "ERR_MODULE_NOT_FOUND" });
  const isOurs = named !== undefined || parent;
  const found = await Promise.resolve(next(specifier, context)).catch((error) => {
    if (!isOurs || error?.code !== "ERR_MODULE_NOT_FOUND") throw error;
    return { url: resolveAnew(specifier, context.parentURL), shortCircuit: true };
  });
  const [which, number] = named !== undefined ? [first, count] : parent ? [parent[1], parent[2]] : [];
  const isMeant = named !== undefined || which === "all" || /^[.#]/.test(specifier);
  if (which === undefined || !isMeant || !found.url.startsWith("file:")) return found;
  return { ...found, url: found.url + (found.url.includes("?") ? "&" : "?") + "chainrule-new=" + which + "-" + number };
}`;
