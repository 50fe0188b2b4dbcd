/**
 * Writes a file so that it is there whole or not at all: its bytes are on the disk, under another name, before the name is
 * theirs. write-file-atomic 8.0 was tried and is no replacement: on a full disk its one call of `write` comes back short,
 * nobody counts, and half a file takes the place of the good one.
 */
import { mkdir, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

/** Milliseconds after which what a killed writer left is swept away. */
const LEFT_AFTER = 3_600_000;

/** @param path  where it is a link, the file that it leads to is written */
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

/** Removes what writers of this file left that were killed. */
async function sweep(folder: string, file: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`.${file}.`) || !name.endsWith(".part")) continue;
    const left = join(folder, name);
    const age = Date.now() - ((await stat(left).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (age > LEFT_AFTER) await rm(left, { force: true });
  }
}
