/** Changes to the files: saved, made, copied, renamed, deleted. Two changes of one file wait for each other. */
import {
  constants,
  copyFile,
  cp,
  lstat,
  mkdir,
  open,
  readFile,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
} from "node:fs/promises";
import { basename } from "node:path";
import { fileProblem, HttpError } from "../http/http-error.js";
import { CHECKPOINTS } from "./checkpoints.js";
import type { Checkpoints } from "./checkpoints.js";
import { cleaned, hashOf } from "./models.js";
import type { Model, Models } from "./models.js";
import { freeCopyName, freeName } from "./new-names.js";
import { replaceFile } from "./replace-file.js";
import type { RootFolder } from "./root-folder.js";
import { savedBytes } from "./saved-bytes.js";
import type { Trust } from "./trust.js";

type Body = Readonly<Record<string, unknown>>;

const EMPTY_NOTEBOOK = { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 };

export class Contents {
  readonly #root: RootFolder;
  readonly #models: Models;
  readonly #checkpoints: Checkpoints;
  readonly #trust: Trust;
  /** The last change of each file that is under way. */
  readonly #changes = new Map<string, Promise<unknown>>();

  constructor(root: RootFolder, models: Models, checkpoints: Checkpoints, trust: Trust) {
    this.#root = root;
    this.#models = models;
    this.#checkpoints = checkpoints;
    this.#trust = trust;
  }

  /**
   * Saves a file or makes a folder.
   * @param body type, format, content; `chunk` counts the pieces of a large file from 1, -1 is the last; `hash` is that of
   *   the file which the content was made from
   * @returns its description, and whether it is new
   * @throws HttpError 409 when the file has changed since
   */
  async save(given: string, body: Body): Promise<{ model: Model; isNew: boolean }> {
    const path = cleaned(given);
    const file = await this.#root.locate(path, { hidden: 400 });
    const { type } = body;
    if (type !== "directory" && type !== "file" && type !== "notebook")
      throw new HttpError(400, `${path} was not saved: its type must be notebook, file or directory.`);
    return this.#inTurn(file, async () => {
      const old = await lstat(file).catch(() => undefined);
      if (type === "directory") await makeFolder(file, path);
      else await this.#write(file, path, body);
      const model = await this.#models.get(path, { type, content: false, hash: type !== "directory" });
      return { model, isNew: old === undefined };
    });
  }

  async #write(file: string, path: string, body: Body): Promise<void> {
    if (!("content" in body)) throw new HttpError(400, `${path} was not saved: there is no content.`);
    const bytes = savedBytes(path, { type: body.type, format: body.format, content: body.content });
    const { chunk } = body;
    if (typeof body.hash === "string") await refuseToOverwrite(file, path, body.hash);
    try {
      if (typeof chunk === "number" && chunk !== 1) await append(file, bytes);
      else await replaceFile(file, bytes);
    } catch (error) {
      throw fileProblem(error, path);
    }
    if (body.type === "notebook") this.#trust.learn(body.content, bytes);
  }

  /** A new file or folder under a name that is free. @param ext such as ".ipynb" */
  async create(given: string, type: string, ext: string): Promise<Model> {
    const folder = (await this.#models.get(given, { type: "directory", content: false })).path;
    const kind = type || (ext === ".ipynb" ? "notebook" : "file");
    if (!/^(\.[\w.-]{1,40})?$/.test(ext))
      throw new HttpError(400, `The ending ${JSON.stringify(ext)} is not one of a file.`);
    const name = {
      directory: { stem: "Untitled Folder", gap: " ", ending: "" },
      notebook: { stem: "Untitled", gap: "", ending: ".ipynb" },
      file: { stem: "untitled", gap: "", ending: ext },
    }[kind];
    if (!name)
      throw new HttpError(
        400,
        `There is no type ${JSON.stringify(kind)}; the types are notebook, file and directory.`,
      );
    const content = kind === "notebook" ? EMPTY_NOTEBOOK : "";
    return this.#inTurn(await this.#root.locate(folder), async () => {
      const path = await freeName(this.#root, folder, name);
      return (await this.save(path, { type: kind, format: kind === "notebook" ? "json" : "text", content }))
        .model;
    });
  }

  /** @param to a folder, or the path of the copy */
  async copy(from: string, to: string): Promise<Model> {
    const source = await this.#root.locate(from, { hidden: 400 });
    const target = await this.#root.locate(to, { hidden: 400 });
    const model = await this.#models.get(from, { content: false });
    if (model.type === "directory" && `${target}/`.startsWith(`${source}/`))
      throw new HttpError(400, `${from} is a folder, and cannot be copied into itself.`);
    const isFolder = (await stat(target).catch(() => undefined))?.isDirectory() ?? false;
    return this.#inTurn(target, async () => {
      const path = isFolder ? await freeCopyName(this.#root, cleaned(to), model.name) : cleaned(to);
      // Nothing is written over.
      const copy = await this.#root.locate(path);
      const copied =
        model.type === "directory"
          ? copyFolder(source, copy)
          : copyFile(source, copy, constants.COPYFILE_EXCL);
      await copied.catch((error: unknown) => {
        throw fileProblem(error, path);
      });
      return this.#models.get(path, { content: false });
    });
  }

  async rename(given: string, to: unknown): Promise<Model> {
    const from = cleaned(given);
    if (typeof to !== "string" || cleaned(to) === "")
      throw new HttpError(400, `${from} stays: there is no new path.`);
    const path = cleaned(to);
    const source = await this.#root.locate(from, { hidden: 400 });
    const target = await this.#root.locate(path, { hidden: 400 });
    if (source === this.#root.path) throw new HttpError(400, "The folder that is served keeps its name.");
    if (source === target) return this.#models.get(path, { content: false });
    return this.#inTurn(target, async () => {
      const [old, there] = await Promise.all(
        [source, target].map((one) => lstat(one).catch(() => undefined)),
      );
      if (!old) throw new HttpError(404, `${from} does not exist.`);
      // On a disk that knows no capitals, a name in other letters is the same file.
      if (there && there.ino !== old.ino) throw new HttpError(409, `${path} exists already.`);
      await rename(source, target).catch((error: unknown) => {
        throw fileProblem(error, path);
      });
      await this.#checkpoints.follow(source, target);
      return this.#models.get(path, { content: false });
    });
  }

  /** A file, a link (not what it leads to), or a folder without anything in it. */
  async remove(given: string): Promise<void> {
    const path = cleaned(given);
    const file = await this.#root.locate(path, { hidden: 400 });
    if (file === this.#root.path) throw new HttpError(400, "The folder that is served stays.");
    await this.#inTurn(file, async () => {
      try {
        if ((await lstat(file)).isDirectory()) return await removeFolder(file, path);
        await unlink(file);
        await this.#checkpoints.follow(file, undefined);
      } catch (error) {
        throw fileProblem(error, path);
      }
    });
  }

  /** The user has read this notebook and trusts it. */
  async trust(path: string): Promise<void> {
    await this.#models.get(path, { type: "notebook" });
    this.#trust.trust(await readFile(await this.#root.locate(path)));
  }

  async #inTurn<T>(file: string, change: () => Promise<T>): Promise<T> {
    const before = this.#changes.get(file);
    const mine = (async () => {
      await before?.catch(() => {});
      return change();
    })();
    this.#changes.set(file, mine);
    try {
      return await mine;
    } finally {
      if (this.#changes.get(file) === mine) this.#changes.delete(file);
    }
  }
}

async function makeFolder(file: string, path: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) return;
  if (found) throw new HttpError(400, `${path} is there already, and is not a folder.`);
  await mkdir(file).catch((error: unknown) => {
    throw fileProblem(error, path);
  });
}

/** With all that is in it but for checkpoints. Links stay links: what they lead to is not copied. */
async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to);
  await cp(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (one) => basename(one) !== CHECKPOINTS,
  });
}

async function removeFolder(folder: string, path: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name !== CHECKPOINTS);
  if (left.length > 0)
    throw new HttpError(
      400,
      `The folder ${path} is not empty (${left.length} in it); delete what is in it first.`,
    );
  await rm(`${folder}/${CHECKPOINTS}`, { recursive: true, force: true });
  await rmdir(folder);
}

async function refuseToOverwrite(file: string, path: string, hash: string): Promise<void> {
  const now = await readFile(file).catch(() => undefined);
  if (now && hashOf(now).hash !== hash)
    throw new HttpError(409, `${path} has changed on the disk since it was opened; it was not saved over.`);
}

/** A later piece of a large file. */
async function append(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, "a");
  try {
    await handle.writeFile(bytes);
  } finally {
    await handle.close();
  }
}
