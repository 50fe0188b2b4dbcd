/**
 * The user's files: those that the site ships, which are read by fetch, and copies in this browser of what was changed or
 * made here. A copy hides the file that it was made of, until it is deleted: then the lecturer's version is back. What is
 * saved as the lecturer has it is no copy, so that her next version arrives.
 */
import { toBase64, uniqueId } from "#host/bytes";
import { ownContent } from "../../notebook/own-content.js";
import { Refusal } from "./routes.js";
import type { PackedFile, Shelf } from "./shelf.js";
import type { Keeper } from "./store.js";

export type ContentType = "notebook" | "file" | "directory";

/** What a page had of a file, and had not saved. */
export interface Left {
  readonly type: ContentType;
  readonly format: string;
  /** The hash of what it was made of. */
  readonly hash: string | null;
  readonly content: unknown;
}

/** What the contents interface says of a file. */
export interface Model {
  readonly name: string;
  readonly path: string;
  readonly type: ContentType;
  readonly created: string;
  readonly last_modified: string;
  readonly size: number | null;
  readonly writable: boolean;
  readonly mimetype: string | null;
  readonly format: string | null;
  readonly content: unknown;
  readonly hash: string | null;
  /** "site" of what is as the site ships it, "revision" of the user's own. */
  readonly hash_algorithm: "site" | "revision" | null;
}

/** What is kept of a file beside its content. */
interface Kept {
  readonly type: ContentType;
  readonly format: string | null;
  readonly created: string;
  readonly modified: string;
  readonly size: number;
  /** A new one at each change. */
  readonly revision: string;
  /** When the user last downloaded it, ISO 8601. */
  readonly downloaded?: string;
}

interface Checkpoint {
  readonly id: string;
  readonly last_modified: string;
  readonly kept: Kept;
  readonly content: unknown;
}

/** How many checkpoints of a file are kept. */
const CHECKPOINTS = 5;

const KEPT = "kept:";
const CONTENT = "content:";
const CHECKPOINT = "checkpoints:";

const EMPTY_NOTEBOOK = { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 };

export interface Question {
  readonly type?: string | undefined;
  readonly format?: string | undefined;
  readonly content?: boolean;
}

export class Contents {
  readonly #shelf: Shelf;
  readonly #store: Keeper;

  constructor(shelf: Shelf, store: Keeper) {
    this.#shelf = shelf;
    this.#store = store;
  }

  /** @throws Refusal 404 */
  async get(given: string, { type, format, content = true }: Question = {}): Promise<Model> {
    const path = cleaned(given);
    const kept = path === "" ? undefined : await this.#kept(path);
    if (kept && kept.type !== "directory") {
      const model = ownModel(path, kept);
      if (!content) return model;
      const body = await this.#store.get<unknown>(CONTENT + path);
      return { ...model, ...converted(body, kept, { type, format }, path) };
    }
    const packed = kept ? undefined : await this.#shelf.find(path);
    if (packed) {
      const model = await this.#packedModel(packed);
      if (!content) return model;
      return { ...model, ...(await this.#packedContent(packed, type, format)) };
    }
    if (!kept && !(await this.#isFolder(path))) throw new Refusal(404, `${path} does not exist.`);
    const model = await this.#folder(path, kept);
    return content ? { ...model, format: "json", content: await this.#list(path) } : model;
  }

  /** An uploaded notebook comes as a file of bytes, perhaps in pieces, and becomes a notebook. */
  async save(
    name: string,
    body: Readonly<Record<string, unknown>>,
  ): Promise<{ model: Model; isNew: boolean }> {
    const path = cleaned(name);
    const { type: givenType, format: givenFormat, content, chunk } = body;
    if (givenType !== "directory" && givenType !== "file" && givenType !== "notebook")
      throw new Refusal(400, `${path} was not saved: its type must be notebook, file or directory.`);
    const old = await this.#kept(path);
    const now = new Date().toISOString();
    const isBase64 = givenFormat === "base64";
    let given: unknown = content;
    if (typeof chunk === "number" && chunk !== 1) {
      const before = String((await this.#store.get(CONTENT + path)) ?? "");
      given = isBase64 ? joinedBase64(before, String(content)) : before + String(content);
    }
    const isWhole = typeof chunk !== "number" || chunk === -1;
    const uploaded =
      givenType === "file" && isWhole && path.endsWith(".ipynb") ? notebookIn(given, isBase64) : undefined;
    const type = uploaded ? "notebook" : givenType;
    const whole = uploaded ?? given;
    const format = uploaded ? "json" : givenFormat;
    const packed = isWhole ? await this.#shipped(path, type, format, whole) : undefined;
    if (packed) {
      // Its checkpoints stay: they are other versions.
      if (old) await this.#store.remove(KEPT + path, CONTENT + path);
      return { model: await this.#packedModel(packed), isNew: false };
    }
    const kept: Kept = {
      type,
      format: typeof format === "string" ? format : null,
      created: old?.created ?? now,
      modified: now,
      size: type === "directory" ? 0 : sizeOf(whole),
      revision: uniqueId(),
      ...(old?.downloaded !== undefined && { downloaded: old.downloaded }),
    };
    await this.#store.setAll([
      [KEPT + path, kept],
      ...(type === "directory" ? [] : ([[CONTENT + path, whole]] as const)),
    ]);
    return {
      model: type === "directory" ? await this.#folder(path, kept) : ownModel(path, kept),
      isNew: !old,
    };
  }

  async create(given: string, type: string, ext: string): Promise<Model> {
    const folder = cleaned(given);
    const kind = type || (ext === ".ipynb" ? "notebook" : "file");
    const [stem, ending] =
      kind === "directory"
        ? ["Untitled Folder", ""]
        : kind === "notebook"
          ? ["Untitled", ".ipynb"]
          : ["untitled", ext];
    const path = await this.#freeName(folder, stem, ending);
    const content = kind === "notebook" ? EMPTY_NOTEBOOK : "";
    const format = kind === "notebook" ? "json" : "text";
    return (await this.save(path, { type: kind, format, content })).model;
  }

  /** @param to a folder, or the path of the copy */
  async copy(from: string, to: string): Promise<Model> {
    const { type, format, content, name } = await this.get(from);
    if (type === "directory") throw new Refusal(400, `${from} is a folder; only files can be copied.`);
    const target = cleaned(to);
    const path = (await this.#isFolder(target)) ? await this.#copyName(target, name) : target;
    return (await this.save(path, { type, format, content })).model;
  }

  /**
   * Saves what a page has left behind of a file, unless it is there; beside it, as a copy, when the user has another version since.
   * @returns where it is
   */
  async takeUp(given: string, left: Left): Promise<string> {
    const path = cleaned(given);
    const { type, format, content } = left;
    const stored = await this.get(path, { type, format }).catch((error: unknown) => {
      if (error instanceof Refusal && error.status === 404) return undefined;
      throw error;
    });
    if (stored && essence(stored.content) === essence(content)) return path;
    const isNext = !stored || stored.hash_algorithm === "site" || stored.hash === left.hash;
    const target = isNext ? path : await this.#copyName(folderOf(path), nameOf(path));
    return (await this.save(target, { type, format, content })).model.path;
  }

  async rename(given: string, to: unknown): Promise<Model> {
    const [from, path] = [cleaned(given), cleaned(typeof to === "string" ? to : "")];
    if (path === "") throw new Refusal(400, `${from} stays: there is no new path.`);
    if (await this.#exists(path)) throw new Refusal(409, `${path} exists already.`);
    const { type, format, content } = await this.get(from);
    if (type === "directory") {
      const inside = (await this.#store.names(`${KEPT}${from}/`)).sort();
      for (const name of inside) await this.#move(`${from}/${name}`, `${path}/${name}`);
      if (await this.#kept(from)) await this.#move(from, path);
      if (await this.#isFolder(from))
        throw new Refusal(
          400,
          `${from} came with the site and keeps its name; what is yours in it is now in ${path}.`,
        );
      return this.get(path, { content: false });
    }
    const { model } = await this.save(path, { type, format, content });
    const checkpoints = await this.#store.get(CHECKPOINT + from);
    if (checkpoints) await this.#store.set(CHECKPOINT + path, checkpoints);
    await this.#forget(from);
    return model;
  }

  /** Deletes the user's copy; of a file that the site ships, the lecturer's version is back then. */
  async remove(given: string): Promise<void> {
    const path = cleaned(given);
    if (await this.#kept(path)) {
      const inside = await this.#store.names(`${KEPT}${path}/`);
      if (inside.length > 0)
        throw new Refusal(
          400,
          `The folder ${path} is not empty (${inside.length} in it); delete what is in it first.`,
        );
      return this.#forget(path);
    }
    if (await this.#exists(path))
      throw new Refusal(400, `${path} came with the site and stays; only your own changes can be deleted.`);
    throw new Refusal(404, `${path} does not exist.`);
  }

  /** Whether the user has changed or made this file. */
  async isOwn(path: string): Promise<boolean> {
    return (await this.#kept(path)) !== undefined;
  }

  /** Puts the lecturer's version back. @returns where the user's own is kept; null when there was none */
  async reset(path: string): Promise<string | null> {
    if (!(await this.#shelf.find(path))) throw new Refusal(404, `${path} did not come with this site.`);
    if (!(await this.isOwn(path))) return null;
    const { path: copy } = await this.copy(path, folderOf(path));
    await this.#forget(path);
    return copy;
  }

  async checkpoints(path: string): Promise<{ id: string; last_modified: string }[]> {
    const all = (await this.#store.get<Checkpoint[]>(CHECKPOINT + cleaned(path))) ?? [];
    return all.map(({ id, last_modified }) => ({ id, last_modified }));
  }

  async makeCheckpoint(given: string): Promise<{ id: string; last_modified: string }> {
    const path = cleaned(given);
    const kept = await this.#kept(path);
    const last_modified = new Date().toISOString();
    // Of the lecturer's version none is needed: it stays.
    if (!kept) return { id: "packed", last_modified };
    const content = await this.#store.get<unknown>(CONTENT + path);
    const made: Checkpoint = { id: uniqueId(), last_modified, kept, content };
    const all = (await this.#store.get<Checkpoint[]>(CHECKPOINT + path)) ?? [];
    await this.#store.set(CHECKPOINT + path, [...all, made].slice(-CHECKPOINTS));
    return { id: made.id, last_modified };
  }

  async restoreCheckpoint(given: string, id: string): Promise<void> {
    const path = cleaned(given);
    if (id === "packed") return this.#forget(path);
    const all = (await this.#store.get<Checkpoint[]>(CHECKPOINT + path)) ?? [];
    const found = all.find((one) => one.id === id);
    if (!found) throw new Refusal(404, `${path} has no checkpoint ${id}.`);
    const kept = { ...found.kept, modified: new Date().toISOString(), revision: uniqueId() };
    await this.#store.setAll([
      [KEPT + path, kept],
      [CONTENT + path, found.content],
    ]);
  }

  async removeCheckpoint(given: string, id: string): Promise<void> {
    const path = cleaned(given);
    const all = (await this.#store.get<Checkpoint[]>(CHECKPOINT + path)) ?? [];
    await this.#store.set(
      CHECKPOINT + path,
      all.filter((one) => one.id !== id),
    );
  }

  /** The site's file at this path, if that is what it says. */
  async #shipped(
    path: string,
    type: string,
    format: unknown,
    content: unknown,
  ): Promise<PackedFile | undefined> {
    const file = await this.#shelf.find(path);
    if (!file) return undefined;
    const form = typeof format === "string" ? format : undefined;
    // One that cannot be fetched is another one: then the copy is kept.
    const shipped = await this.#packedContent(file, type, form).catch(() => undefined);
    return shipped && essence(shipped.content) === essence(content) ? file : undefined;
  }

  #kept(path: string): Promise<Kept | undefined> {
    return this.#store.get<Kept>(KEPT + path);
  }

  #forget(path: string): Promise<void> {
    return this.#store.remove(KEPT + path, CONTENT + path, CHECKPOINT + path);
  }

  async #move(from: string, to: string): Promise<void> {
    const [kept, content] = await Promise.all([this.#kept(from), this.#store.get<unknown>(CONTENT + from)]);
    await this.#store.setAll([
      [KEPT + to, kept],
      [CONTENT + to, content],
    ]);
    await this.#forget(from);
  }

  async #exists(path: string): Promise<boolean> {
    if (await this.#kept(path)) return true;
    return (await this.#shelf.find(path)) !== undefined || (await this.#isFolder(path));
  }

  async #paths(): Promise<{ own: string[]; packed: PackedFile[] }> {
    const own = await this.#store.names(KEPT);
    const { files } = await this.#shelf.contents();
    return { own, packed: files.filter(({ path }) => !own.includes(path)) };
  }

  async #isFolder(path: string): Promise<boolean> {
    if (path === "") return true;
    if ((await this.#kept(path))?.type === "directory") return true;
    const { own, packed } = await this.#paths();
    return [...own, ...packed.map((one) => one.path)].some((one) => one.startsWith(`${path}/`));
  }

  async #list(folder: string): Promise<Model[]> {
    const start = folder === "" ? "" : `${folder}/`;
    const { own, packed } = await this.#paths();
    const folders = new Set<string>();
    const models: Model[] = [];
    const isHere = (path: string): boolean => {
      if (!path.startsWith(start)) return false;
      const rest = path.slice(start.length);
      if (rest.includes("/")) folders.add(start + rest.slice(0, rest.indexOf("/")));
      return rest !== "" && !rest.includes("/");
    };
    for (const path of own.filter(isHere)) {
      const kept = await this.#kept(path);
      if (kept?.type === "directory") folders.add(path);
      else if (kept) models.push(ownModel(path, kept));
    }
    for (const one of packed) if (isHere(one.path)) models.push(await this.#packedModel(one));
    for (const path of folders) models.push(await this.#folder(path, await this.#kept(path)));
    return models.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  #copyName(folder: string, name: string): Promise<string> {
    const dot = name.lastIndexOf(".");
    const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
    return this.#freeName(folder, `${stem}-Copy`, ending);
  }

  async #freeName(folder: string, stem: string, ending: string): Promise<string> {
    for (let i = 0; ; i++) {
      const isCopy = stem.endsWith("-Copy");
      const number = i === 0 && !isCopy ? "" : String(isCopy ? i + 1 : i);
      const path = [...(folder ? [folder] : []), stem + number + ending].join("/");
      if (!(await this.#exists(path))) return path;
    }
  }

  /** A folder of the user's own, or one that the site ships, which is as old as the site. */
  async #folder(path: string, kept: Kept | undefined): Promise<Model> {
    const { packed } = await this.#shelf.contents();
    return folderModel(path, kept?.modified ?? packed);
  }

  async #packedModel({ path, size, hash }: PackedFile): Promise<Model> {
    const { packed } = await this.#shelf.contents();
    const type = path.endsWith(".ipynb") ? "notebook" : "file";
    const kept = { type, format: null, created: packed, modified: packed, size, revision: hash } as const;
    return { ...ownModel(path, kept), hash_algorithm: "site" };
  }

  async #packedContent(
    file: PackedFile,
    type: string | undefined,
    format: string | undefined,
  ): Promise<Pick<Model, "format" | "content">> {
    const bytes = await this.#shelf.bytes(file);
    if (file.path.endsWith(".ipynb") && type !== "file") {
      const content = JSON.parse(new TextDecoder().decode(bytes)) as { cells?: { metadata?: object }[] };
      // It came with the site that runs it.
      for (const cell of content.cells ?? []) cell.metadata = { ...cell.metadata, trusted: true };
      return { format: "json", content };
    }
    if (format !== "base64")
      try {
        return { format: "text", content: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
      } catch {
        if (format === "text") throw new Refusal(400, `${file.path} is not text.`);
      }
    return { format: "base64", content: toBase64(bytes) };
  }
}

/** A path as it is written: parts between single slashes. */
export function cleaned(path: string): string {
  return path
    .split("/")
    .filter((part) => part !== "")
    .join("/");
}

/** What counts of a file's content. */
const essence = (content: unknown): string => (typeof content === "string" ? content : ownContent(content));

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

function ownModel(path: string, { type, created, modified, size, revision }: Kept): Model {
  return {
    name: nameOf(path),
    path,
    type,
    created,
    last_modified: modified,
    size,
    writable: true,
    mimetype: null,
    format: null,
    content: null,
    hash: revision,
    hash_algorithm: "revision",
  };
}

function folderModel(path: string, time: string): Model {
  return {
    ...ownModel(path, {
      type: "directory",
      format: null,
      created: time,
      modified: time,
      size: 0,
      revision: "",
    }),
    size: null,
    hash: null,
    hash_algorithm: null,
  };
}

/** What is kept, in the form that is asked for: a notebook may be asked for as text, a file that was saved as JSON. */
function converted(
  content: unknown,
  kept: Kept,
  { type = kept.type, format }: Pick<Question, "type" | "format">,
  path: string,
): Pick<Model, "format" | "content" | "type"> {
  const isJson = typeof content !== "string";
  if (type === "notebook") {
    const notebook = isJson ? content : notebookIn(content, kept.format === "base64");
    if (!notebook) throw new Refusal(400, `${path} is no notebook.`);
    return { type, format: "json", content: notebook };
  }
  if (type !== "file") throw new Refusal(400, `${path} is not a ${type}.`);
  if (isJson) return { type, format: "text", content: `${JSON.stringify(content, null, 1)}\n` };
  return { type, format: kept.format ?? format ?? "text", content };
}

/** The notebook that an uploaded file holds; undefined when it holds none. */
function notebookIn(content: unknown, isBase64: boolean): object | undefined {
  try {
    const text = isBase64 ? new TextDecoder().decode(fromBase64(String(content))) : String(content);
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "cells" in value ? value : undefined;
  } catch {
    return undefined;
  }
}

const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));

/** The base64 text of two pieces' bytes; each piece may end within a group of three. */
function joinedBase64(before: string, after: string): string {
  return before.endsWith("=")
    ? toBase64(new Uint8Array([...fromBase64(before), ...fromBase64(after)]))
    : before + after;
}

function sizeOf(content: unknown): number {
  const text = typeof content === "string" ? content : (JSON.stringify(content, null, 1) ?? "");
  return new TextEncoder().encode(text).length;
}
