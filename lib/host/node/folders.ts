/** Makes a folder and those that it lies in. Node's own `recursive` never comes back below /proc, where no folder can be made. */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes what is missing of a path; does nothing where the folder is there.
 * @param mode  who may use the folders that are made, as for chmod; as the process's umask says, if not given
 * @throws Node's error for the first folder that cannot be made; ENOTDIR where a file stands in the way
 */
export function makeFolder(folder: string, mode?: number): void {
  const missing: string[] = [];
  // On Windows a whole drive may be missing, which lies in no folder.
  for (let at = resolve(folder); !existsSync(at) && missing[0] !== at; at = dirname(at)) missing.unshift(at);
  for (const one of missing) makeIfAbsent(one, mode);
  if (statSync(folder).isDirectory()) return;
  const message = `ENOTDIR: there is a file of that name, mkdir '${folder}'`;
  throw Object.assign(new Error(message), { code: "ENOTDIR", syscall: "mkdir", path: folder });
}

/** Another program may have made it meanwhile. */
function makeIfAbsent(folder: string, mode: number | undefined): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !existsSync(folder)) throw error;
  }
}
