/**
 * The course for its reader: each notebook, and each text, opens as a copy in the folder that is served, and can be had fresh again.
 * Copies lie as the originals do, so that links from one to the next lead somewhere; a link to one that was not opened
 * yet makes its copy.
 */
import { existsSync } from "node:fs";
import { rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { freeCopyName } from "../files/new-names.js";
import { replaceFile } from "../files/replace-file.js";
import type { RootFolder } from "../files/root-folder.js";
import type { Trust } from "../files/trust.js";
import { fileProblem, HttpError } from "../http/http-error.js";
import { readShelf, readTexts } from "./shelf.js";
import type { Section, Volume } from "./shelf.js";
import { makeFolder } from "#host/folders";

/** The folder of the copies. */
const FOLDER = "course";

export interface CourseModel {
  readonly sections: readonly {
    readonly id: string;
    readonly title: string;
    readonly notebooks: readonly { path: string; title: string; copy: string | null }[];
  }[];
}

export class Course {
  readonly #root: RootFolder;
  readonly #trust: Trust;
  readonly #folder: string;
  #read: Section[] | undefined;

  /** @param folder the package's folder of notebooks */
  constructor(folder: string, root: RootFolder, trust: Trust) {
    this.#folder = folder;
    this.#root = root;
    this.#trust = trust;
  }

  get isThere(): boolean {
    return existsSync(this.#folder);
  }

  async model(): Promise<CourseModel> {
    const sections = this.#sections().map(async ({ id, title, notebooks }) => ({
      id,
      title,
      notebooks: await Promise.all(
        notebooks.map(async (one) => ({
          path: one.path,
          title: one.title,
          copy: (await this.#hasCopy(one)) ? copyOf(one) : null,
        })),
      ),
    }));
    return { sections: await Promise.all(sections) };
  }

  /** @throws HttpError 404 for what the course does not have */
  async open(path: unknown): Promise<{ path: string; isNew: boolean }> {
    const volume = this.#volume(path);
    const isNew = !(await this.#hasCopy(volume));
    if (isNew) await this.#copy(volume);
    return { path: copyOf(volume), isNew };
  }

  /** A fresh copy. @returns also where the one that was there is kept; @throws HttpError */
  async reset(path: unknown): Promise<{ path: string; kept: string | null }> {
    const volume = this.#volume(path);
    const copy = copyOf(volume);
    let kept: string | null = null;
    if (await this.#hasCopy(volume)) {
      kept = await freeCopyName(this.#root, dirname(copy), copy.slice(copy.lastIndexOf("/") + 1));
      await rename(await this.#root.locate(copy), await this.#root.locate(kept)).catch((error: unknown) => {
        throw fileProblem(error, copy);
      });
    }
    await this.#copy(volume);
    return { path: copy, kept };
  }

  /** Somebody follows a link: makes the copy when the path is that of one and nothing is there. */
  async provide(path: string): Promise<void> {
    if (!path.startsWith(`${FOLDER}/`) || !existsSync(this.#folder)) return;
    const volume = this.#find(path.slice(FOLDER.length + 1));
    if (volume && !(await this.#hasCopy(volume))) await this.#copy(volume);
  }

  #sections(): Section[] {
    return (this.#read ??= [...readShelf(this.#folder), readTexts(this.#folder)].filter(
      ({ notebooks }) => notebooks.length > 0,
    ));
  }

  #find(path: unknown): Volume | undefined {
    return this.#sections()
      .flatMap(({ notebooks }) => notebooks)
      .find((one) => one.path === path);
  }

  #volume(path: unknown): Volume {
    const found = this.#find(path);
    if (!found) throw new HttpError(404, `The course has no notebook or text ${JSON.stringify(path)}.`);
    return found;
  }

  async #hasCopy(volume: Volume): Promise<boolean> {
    const file = await this.#root.locate(copyOf(volume));
    return stat(file).then(
      () => true,
      () => false,
    );
  }

  async #copy(volume: Volume): Promise<void> {
    const path = copyOf(volume);
    const bytes = volume.read();
    const file = await this.#root.locate(path);
    try {
      makeFolder(dirname(file));
      await replaceFile(file, bytes);
    } catch (error) {
      throw fileProblem(error, path);
    }
    // It came with the program that runs it.
    this.#trust.trust(bytes);
  }
}

function copyOf({ path }: Volume): string {
  return `${FOLDER}/${path}`;
}
