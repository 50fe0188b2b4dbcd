/**
 * A file that is on its way: bytes are added as they come, and stay when the connection breaks or the process dies,
 * so that the next attempt goes on where the last one ended.
 */
import { open, readFile, rename, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

export class PartialFile {
  readonly #folder: string;
  readonly #path: string;
  #handle: FileHandle;
  /** How many bytes there are. */
  size: number;

  private constructor(folder: string, path: string, handle: FileHandle, size: number) {
    this.#folder = folder;
    this.#path = path;
    this.#handle = handle;
    this.size = size;
  }

  /** Opens the part of this name in the folder, with the bytes that an earlier attempt left there. */
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

  /** All bytes as they are in the file. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await readFile(this.#path));
  }

  /** Gives the file its name in the folder, with its bytes on the disk before it is there. It is closed then. */
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

  /** Closes the file and leaves it for the next attempt, if there is anything in it; it may be closed already. */
  async close(): Promise<void> {
    await this.#handle.close();
    if (this.size === 0) await rm(this.#path, { force: true });
  }
}
