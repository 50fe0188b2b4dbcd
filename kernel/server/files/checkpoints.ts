/** One checkpoint of each file, where Jupyter keeps it: `.ipynb_checkpoints/NAME-checkpoint.ipynb`. */
import { copyFile, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, parse } from "node:path";
import { fileProblem, HttpError } from "../http/http-error.js";
import { replaceFile } from "./replace-file.js";
import type { RootFolder } from "./root-folder.js";
import { makeFolder } from "#host/folders";

export interface Checkpoint {
  readonly id: string;
  readonly last_modified: string;
}

/** The folder of the checkpoints beside each file. */
export const CHECKPOINTS = ".ipynb_checkpoints";
const ID = "checkpoint";

export class Checkpoints {
  readonly #root: RootFolder;

  constructor(root: RootFolder) {
    this.#root = root;
  }

  async list(path: string): Promise<Checkpoint[]> {
    const found = await stat(await this.#of(await this.#root.locate(path))).catch(() => undefined);
    return found ? [{ id: ID, last_modified: found.mtime.toISOString() }] : [];
  }

  async make(path: string): Promise<Checkpoint> {
    const file = await this.#root.locate(path, { hidden: 400 });
    const found = await stat(file).catch((error: unknown) => {
      throw fileProblem(error, path);
    });
    if (!found.isFile()) throw new HttpError(400, `${path} is not a file; only files have checkpoints.`);
    const kept = await this.#of(file);
    try {
      makeFolder(dirname(kept));
      await replaceFile(kept, await readFile(file));
    } catch (error) {
      throw fileProblem(error, `The checkpoint of ${path}`);
    }
    return (await this.list(path))[0]!;
  }

  async restore(path: string, id: string): Promise<void> {
    const file = await this.#root.locate(path, { hidden: 400 });
    const kept = await readFile(await this.#ofId(file, path, id)).catch((error: unknown) => {
      throw fileProblem(error, `The checkpoint of ${path}`);
    });
    await replaceFile(file, kept).catch((error: unknown) => {
      throw fileProblem(error, path);
    });
  }

  async remove(path: string, id: string): Promise<void> {
    const file = await this.#root.locate(path, { hidden: 400 });
    await rm(await this.#ofId(file, path, id)).catch((error: unknown) => {
      throw fileProblem(error, `The checkpoint of ${path}`);
    });
  }

  /** The file has another name now, or is gone. */
  async follow(from: string, to: string | undefined): Promise<void> {
    const kept = await this.#of(from);
    if (to === undefined) return rm(kept, { force: true });
    const next = await this.#of(to);
    const isThere = await stat(kept).catch(() => undefined);
    if (!isThere) return;
    makeFolder(dirname(next));
    await rename(kept, next).catch(() => copyFile(kept, next));
  }

  async #ofId(file: string, path: string, id: string): Promise<string> {
    if (id !== ID) throw new HttpError(404, `${path} has no checkpoint ${JSON.stringify(id)}.`);
    return this.#of(file);
  }

  #of(file: string): Promise<string> {
    const { name, ext } = parse(file);
    return this.#root.besides(file, CHECKPOINTS, `${name}-${ID}${ext}`);
  }
}
