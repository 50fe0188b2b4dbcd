/**
 * The course that comes with the package: lectures, problem sets, experiments. A notebook is copied into the served folder
 * when it is opened first; a reset makes a fresh copy and keeps the old one beside it.
 */
import { constants } from "node:fs";
import { copyFile, mkdir, readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { assignBeside } from "../grade/assign.js";
import { formatNotebook, parseNotebook } from "../notebook/format.js";
import type { Notebook } from "../notebook/format.js";
import { freeName } from "./files/new-names.js";
import { replaceFile } from "./files/replace-file.js";
import type { RootFolder } from "./files/root-folder.js";
import type { Trust } from "./files/trust.js";
import { fileProblem, HttpError } from "./http/http-error.js";

export interface CourseSection {
  readonly id: string;
  readonly title: string;
  readonly notebooks: readonly {
    /** The notebook's name in the course: "lectures/20-first-convnet.ipynb". */
    readonly path: string;
    readonly title: string;
    /** The path of the user's copy. */
    readonly copy: string | null;
  }[];
}

/** A notebook of the course: where it comes from, and what it is called. */
interface Original {
  readonly path: string;
  readonly file: string;
  readonly title: string;
}

/** The folders of the course. Problem sets are there as the instructor has them, in a clone of the project alone. */
const SECTIONS = [
  { id: "lectures", title: "Lectures", from: "lectures" },
  { id: "psets", title: "Problem sets", from: "psets/source" },
  { id: "experiments", title: "Experiments", from: "experiments" },
] as const;

export class Course {
  readonly #folder: string;
  readonly #root: RootFolder;
  readonly #trust: Trust;
  #originals: Promise<ReadonlyMap<string, readonly Original[]>> | undefined;

  /** @param folder with lectures/, experiments/ and perhaps psets/source/ */
  constructor(folder: string, root: RootFolder, trust: Trust) {
    this.#folder = folder;
    this.#root = root;
    this.#trust = trust;
  }

  async sections(): Promise<CourseSection[]> {
    const originals = await this.#read();
    const sections = SECTIONS.map(async ({ id, title }) => ({
      id,
      title,
      notebooks: await Promise.all(
        (originals.get(id) ?? []).map(async (one) => ({
          path: one.path,
          title: one.title,
          copy: (await this.#hasCopy(one.path)) ? one.path : null,
        })),
      ),
    }));
    return (await Promise.all(sections)).filter(({ notebooks }) => notebooks.length > 0);
  }

  /** Makes the user's copy unless there is one. @throws HttpError 404 for what is not of the course */
  async open(path: unknown): Promise<{ path: string; isNew: boolean }> {
    const original = await this.#find(path);
    const isNew = !(await this.#hasCopy(original.path));
    if (isNew) await this.#write(original);
    return { path: original.path, isNew };
  }

  /** @returns where the user's version is kept, when there was one */
  async reset(path: unknown): Promise<{ path: string; kept: string | null }> {
    const original = await this.#find(path);
    const file = await this.#root.locate(original.path);
    let kept: string | null = null;
    if (await this.#hasCopy(original.path)) {
      if ((await realpath(file)) === (await realpath(original.file)))
        throw new HttpError(409, `${original.path} is the course's own notebook, and no copy of it.`);
      const stem = `${basename(original.path, ".ipynb")}-mine`;
      kept = await freeName(this.#root, dirname(original.path), { stem, gap: "-", ending: ".ipynb" });
      await copyFile(file, await this.#root.locate(kept), constants.COPYFILE_EXCL).catch((error: unknown) => {
        throw fileProblem(error, kept ?? "");
      });
    }
    await this.#write(original);
    return { path: original.path, kept };
  }

  async #find(path: unknown): Promise<Original> {
    const all = [...(await this.#read()).values()].flat();
    const found = all.find((one) => one.path === path);
    if (!found) throw new HttpError(404, `${String(path)} is no notebook of the course.`);
    return found;
  }

  async #hasCopy(path: string): Promise<boolean> {
    try {
      return (await stat(await this.#root.locate(path))).isFile();
    } catch {
      return false;
    }
  }

  async #write({ path, file }: Original): Promise<void> {
    const target = await this.#root.locate(path);
    try {
      const bytes = path.startsWith("psets/") ? await this.#stubs(file) : await readFile(file);
      await mkdir(dirname(target), { recursive: true });
      await replaceFile(target, bytes);
      this.#trust.trust(bytes);
    } catch (error) {
      throw fileProblem(error, path);
    }
  }

  /** A problem set as a student gets it: stubs for solutions, no hidden tests. */
  async #stubs(file: string): Promise<Uint8Array> {
    const beside = new Set(await readdir(dirname(file)));
    const source = parseNotebook(await readFile(file, "utf8"), basename(file));
    return Buffer.from(formatNotebook(assignBeside(source, (name) => beside.has(name))));
  }

  /** By the section's name; read once. */
  #read(): Promise<ReadonlyMap<string, readonly Original[]>> {
    return (this.#originals ??= Promise.all(
      SECTIONS.map(async ({ id, from }) => [id, await this.#originalsOf(id, from)] as const),
    ).then((sections) => new Map(sections)));
  }

  async #originalsOf(id: string, from: string): Promise<Original[]> {
    const folder = join(this.#folder, from);
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".ipynb")).sort();
    return Promise.all(
      names.map(async (name) => {
        const file = join(folder, name);
        const title = titleOf(parseNotebook(await readFile(file, "utf8"), name)) ?? basename(name, ".ipynb");
        return { path: `${id}/${name}`, file, title };
      }),
    );
  }
}

/** The first heading, without its number, which the name has. */
function titleOf({ cells }: Notebook): string | undefined {
  const texts = cells.filter((cell) => cell.cell_type === "markdown").map((cell) => cell.source);
  const heading = texts.map((text) => /^#\s+(.+)$/m.exec(text)?.[1]).find((text) => text !== undefined);
  return heading?.replace(/^P?\d+\s*[·.:]\s*/, "").trim();
}
