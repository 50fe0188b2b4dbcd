/**
 * Writes a file whole or not at all: its bytes are written to the disk under another name, and the file is renamed only
 * then. write-file-atomic 8.0 was tried and is no replacement: on a full disk its one call of `write` writes only a part,
 * which it does not check, so that half a file replaces the good one.
 */
import { mkdir, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

/** Milliseconds after which a temporary file counts as abandoned by a killed writer, and is removed. */
const ABANDONED_AFTER = 3_600_000;

/** @param path  if it is a link, the file that it points to is written */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const target = await realpath(path).catch(() => resolve(path));
  const [folder, file] = [dirname(target), basename(target)];
  await mkdir(folder, { recursive: true });
  const part = join(folder, `.${file}.${crypto.randomUUID()}.part`);
  try {
    const handle = await open(part, "wx");
    try {
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
    if (!name.startsWith(`.${file}.`) || !name.endsWith(".part")) continue;
    const left = join(folder, name);
    const age = Date.now() - ((await stat(left).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (age > ABANDONED_AFTER) await rm(left, { force: true });
  }
}
