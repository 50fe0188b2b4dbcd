/** Writes a file so that it is the old one or the new one, whatever happens meanwhile: a full disk, an end by force. */
import { randomUUID } from "node:crypto";
import { access, constants, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * The bytes go to a temporary file beside it, onto the disk, and take its place. Its permissions stay; where it is a
 * link, what it leads to is written.
 */
export async function replaceFile(file: string, bytes: Uint8Array): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const old = await stat(target).catch(() => undefined);
  // A folder's owner could replace what nobody may write to.
  if (old) await access(target, constants.W_OK);
  const temporary = join(dirname(target), `.${randomUUID()}.part`);
  try {
    const handle = await open(temporary, "wx", 0o666);
    try {
      if (old && process.platform !== "win32") await handle.chmod(old.mode & 0o7777);
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
