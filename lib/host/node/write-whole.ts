/**
 * Writes a file whole or not at all: its bytes are written to the disk under another name, and the file is renamed only
 * then. write-file-atomic 8.0 was tried and is no replacement: on a full disk its one call of `write` writes only a part,
 * which it does not check, so that half a file replaces the good one.
 */
import { access, constants, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { makeFolder } from "./folders.js";

/** Milliseconds after which a temporary file counts as abandoned by a killed writer, and is removed. */
const ABANDONED_AFTER = 3_600_000;
/** How much of the file's name the temporary one has: names have an end (255 bytes). */
const NAMED = 60;

/**
 * The file keeps its permissions, and what may not be written to is refused although its folder would allow a new one.
 *
 * @param path  if it is a link, the file that it points to is written
 */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const target = await realpath(path).catch(() => resolve(path));
  const [folder, file] = [dirname(target), basename(target)];
  makeFolder(folder);
  const old = await stat(target).catch(() => undefined);
  if (old) await access(target, constants.W_OK);
  const part = join(folder, `.${file.slice(0, NAMED)}.${crypto.randomUUID()}.part`);
  try {
    const handle = await open(part, "wx");
    try {
      if (old && process.platform !== "win32") await handle.chmod(old.mode & 0o7777);
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, target);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  await sweep(folder, file);
}

/** Removes the temporary files that killed writers of this file have left. */
async function sweep(folder: string, file: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`.${file.slice(0, NAMED)}.`) || !name.endsWith(".part")) continue;
    const left = join(folder, name);
    const age = Date.now() - ((await stat(left).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (age > ABANDONED_AFTER) await rm(left, { force: true });
  }
}
