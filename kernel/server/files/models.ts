/** Files as the contents interface describes them: what they are, and what is in them. */
import { createHash } from "node:crypto";
import type { Dirent, Stats } from "node:fs";
import { access, constants, readFile, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { NotebookFormatError, parseNotebook } from "../../notebook/format.js";
import { fileProblem, HttpError } from "../http/http-error.js";
import { mediaType } from "../http/media-types.js";
import type { RootFolder } from "./root-folder.js";
import type { Trust } from "./trust.js";

export type ContentType = "notebook" | "file" | "directory";
export type ContentFormat = "json" | "text" | "base64";

export interface Model {
  readonly name: string;
  readonly path: string;
  readonly type: ContentType;
  /** ISO 8601. */
  readonly created: string;
  readonly last_modified: string;
  /** In bytes; null for a folder. */
  readonly size: number | null;
  readonly writable: boolean;
  readonly mimetype: string | null;
  readonly format: ContentFormat | null;
  readonly content: unknown;
  readonly hash: string | null;
  readonly hash_algorithm: string | null;
}

/** What is asked of a file. */
export interface Question {
  readonly type?: string | undefined;
  readonly format?: string | undefined;
  readonly content?: boolean;
  readonly hash?: boolean;
}

/** More than this is not handed out as one text: neither the page nor this server could hold it a few times over. */
const CONTENT_LIMIT = 512 * 2 ** 20;

export class Models {
  readonly #root: RootFolder;
  readonly #trust: Trust;

  constructor(root: RootFolder, trust: Trust) {
    this.#root = root;
    this.#trust = trust;
  }

  /** @throws HttpError */
  async get(given: string, question: Question = {}): Promise<Model> {
    const path = cleaned(given);
    const file = await this.#root.locate(path);
    const found = await stat(file).catch((error: unknown) => {
      throw fileProblem(error, path);
    });
    const type = typeOf(path, found, question.type);
    if (question.content === false) {
      const hash = question.hash && type !== "directory" ? hashOf(await read(file, path, found)) : undefined;
      return { ...(await describe(file, path, found, type)), ...hash };
    }
    if (type === "directory") {
      const content = await this.#list(file, path);
      return { ...(await describe(file, path, found, type)), format: "json", content };
    }
    const bytes = await read(file, path, found);
    const body =
      type === "notebook" ? this.#notebook(bytes, path) : textOrBytes(bytes, path, question.format);
    const { mimetype, ...model } = await describe(file, path, found, type);
    const kind = type === "file" ? (mimetype ?? plainType(body.format)) : null;
    return { ...model, mimetype: kind, ...body, ...(question.hash && hashOf(bytes)) };
  }

  #notebook(bytes: Buffer, path: string): { format: ContentFormat; content: unknown } {
    try {
      const notebook = parseNotebook(bytes.toString("utf8"), path);
      return { format: "json", content: this.#trust.mark(notebook, bytes) };
    } catch (error) {
      if (error instanceof NotebookFormatError) throw new HttpError(400, error.message, { cause: error });
      throw error;
    }
  }

  async #list(folder: string, path: string): Promise<Model[]> {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      throw fileProblem(error, path);
    });
    const shown = entries.filter(isShown).map(async (entry): Promise<Model | undefined> => {
      const file = join(folder, entry.name);
      const found = await stat(file).catch(() => undefined);
      // Devices, pipes, links to nothing: there is nothing in them to open.
      if (!found?.isFile() && !found?.isDirectory()) return undefined;
      const at = path === "" ? entry.name : `${path}/${entry.name}`;
      return describe(file, at, found, typeOf(at, found));
    });
    return (await Promise.all(shown)).filter((one) => one !== undefined);
  }
}

/** A path as it is written: parts between single slashes. */
export function cleaned(path: string): string {
  return path
    .split("/")
    .filter((part) => part !== "")
    .join("/");
}

export function hashOf(bytes: Uint8Array): { hash: string; hash_algorithm: string } {
  return { hash: createHash("sha256").update(bytes).digest("hex"), hash_algorithm: "sha256" };
}

function typeOf(path: string, found: Stats, asked?: string): ContentType {
  if (found.isDirectory()) {
    if (asked !== undefined && asked !== "directory")
      throw new HttpError(400, `${path || "The folder"} is a folder, not a ${asked}.`);
    return "directory";
  }
  if (asked === "directory") throw new HttpError(400, `${path} is not a folder.`);
  if (asked !== undefined && asked !== "file" && asked !== "notebook")
    throw new HttpError(
      400,
      `There is no type ${JSON.stringify(asked)}; the types are notebook, file and directory.`,
    );
  return asked ?? (path.endsWith(".ipynb") ? "notebook" : "file");
}

async function describe(file: string, path: string, found: Stats, type: ContentType): Promise<Model> {
  const writable = await access(file, constants.W_OK).then(
    () => true,
    () => false,
  );
  return {
    name: basename(path),
    path,
    type,
    created: found.birthtime.toISOString(),
    last_modified: found.mtime.toISOString(),
    size: type === "directory" ? null : found.size,
    writable,
    mimetype: type === "file" ? (mediaType(file) ?? null) : null,
    format: null,
    content: null,
    hash: null,
    hash_algorithm: null,
  };
}

async function read(file: string, path: string, found: Stats): Promise<Buffer> {
  // Reading a pipe or a device would wait for ever.
  if (!found.isFile()) throw new HttpError(400, `${path} is not a file that can be read.`);
  if (found.size > CONTENT_LIMIT)
    throw new HttpError(413, `${path} has ${Math.round(found.size / 2 ** 20)} MB, too much to open here.`);
  try {
    return await readFile(file);
  } catch (error) {
    throw fileProblem(error, path);
  }
}

function textOrBytes(
  bytes: Buffer,
  path: string,
  asked: string | undefined,
): { format: ContentFormat; content: string } {
  if (asked !== undefined && asked !== "text" && asked !== "base64" && asked !== "json")
    throw new HttpError(400, `There is no format ${JSON.stringify(asked)}; the formats are text and base64.`);
  if (asked !== "base64") {
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      return { format: "text", content: text };
    } catch (error) {
      if (asked === "text") throw new HttpError(400, `${path} is not a text in UTF-8.`, { cause: error });
    }
  }
  return { format: "base64", content: bytes.toString("base64") };
}

function plainType(format: ContentFormat): string {
  return format === "text" ? "text/plain" : "application/octet-stream";
}

function isShown({ name }: Dirent): boolean {
  return !/^\.|^__pycache__$|~$|\.pyc$/.test(name);
}
