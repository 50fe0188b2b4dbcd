/**
 * A partly downloaded file. Bytes are added as they come, and are kept when the connection breaks or the process dies, so
 * that the next attempt continues where the last one ended.
 */
import { open, readFile, rename, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

export class PartialFile {
  readonly #folder: string;
  readonly #path: string;
  #handle: FileHandle;
  /** How many bytes it has so far. */
  size: number;

  private constructor(folder: string, path: string, handle: FileHandle, size: number) {
    this.#folder = folder;
    this.#path = path;
    this.#handle = handle;
    this.size = size;
  }

  /** Opens the partial file of this name in the folder, with the bytes that an earlier attempt left there. */
  static async open(folder: string, name: string): Promise<PartialFile> {
    const path = join(folder, `.${name}.part`);
    const handle = await open(path, "a");
    return new PartialFile(folder, path, handle, (await handle.stat()).size);
  }

  async append(bytes: Uint8Array): Promise<void> {
    await this.#handle.appendFile(bytes);
    this.size += bytes.length;
  }

  /** Forgets all bytes. */
  async restart(): Promise<void> {
    await this.#handle.close();
    this.#handle = await open(this.#path, "w");
    this.size = 0;
  }

  /** All bytes in the file. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await readFile(this.#path));
  }

  /** Gives the file its final name in the folder, after all its bytes are on the disk, and closes it. */
  async becomes(file: string): Promise<void> {
    await this.#handle.sync();
    await this.#handle.close();
    await rename(this.#path, join(this.#folder, file));
  }

  /** Closes and removes the file. */
  async discard(): Promise<void> {
    await this.#handle.close();
    await rm(this.#path, { force: true });
  }

  /** Closes the file and keeps it for the next attempt, unless it is empty; it may be closed already. */
  async close(): Promise<void> {
    await this.#handle.close();
    if (this.size === 0) await rm(this.#path, { force: true });
  }
}
