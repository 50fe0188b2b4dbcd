/** From a file as a program names it, in a stack trace for example, to its path in the interface. */
import { realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, normalize, relative, sep } from "node:path";
import type { RootFolder } from "./root-folder.js";

/**
 * @param name absolute, from the home folder ("~/course/a.ts"), or from the folder that is served
 * @returns undefined when there is no such file below the folder that is served: of others nothing is told
 */
export async function resolvedPath(
  root: RootFolder,
  name: string,
  home = homedir(),
): Promise<string | undefined> {
  const given = /^~[/\\]/.test(name) ? join(home, name.slice(2)) : name;
  // The folder is known by its path behind all links, and may be named by another.
  const names = isAbsolute(given) ? [given, await realpath(given).catch(() => given)] : [given];
  for (const one of names) {
    const path = isAbsolute(one) ? relative(root.path, one) : normalize(one);
    const parts = path.split(sep).join("/");
    const file = await root.locate(parts).catch(() => undefined);
    if (file !== undefined && (await stat(file).catch(() => undefined))) return parts;
  }
  return undefined;
}
