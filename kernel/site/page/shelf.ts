/** What the site ships: the notebooks as the lecturer packed them, and the settings of the front end. Read once, by fetch. */
import { Refusal } from "./routes.js";

/** One packed file, which lies below `files/`. */
export interface PackedFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** A hash of the content. */
  readonly hash: string;
  /** Of a notebook, and of a text of the course: its first heading. */
  readonly title?: string;
}

/** `contents.json`. */
export interface PackedContents {
  /** A hash of the whole site. */
  readonly build: string;
  /** When it was packed, ISO 8601. */
  readonly packed: string;
  readonly files: readonly PackedFile[];
}

export class Shelf {
  readonly #base: string;
  readonly #build: string;
  #contents: Promise<PackedContents> | undefined;
  readonly #read = new Map<string, Uint8Array>();

  /**
   * @param base the site's address, with a slash at its end
   * @param build a hash of the whole site, by which addresses name their content
   */
  constructor(base: string, build: string) {
    this.#base = base;
    this.#build = build;
  }

  contents(): Promise<PackedContents> {
    return (this.#contents ??= this.json("contents.json") as Promise<PackedContents>);
  }

  async find(path: string): Promise<PackedFile | undefined> {
    return (await this.contents()).files.find((one) => one.path === path);
  }

  /** The bytes of a packed file, the same as long as the page is open, whatever is packed meanwhile. @throws Refusal when it cannot be fetched */
  async bytes({ path, hash }: PackedFile): Promise<Uint8Array> {
    const read = this.#read.get(path);
    if (read) return read;
    const name = path.split("/").map(encodeURIComponent).join("/");
    const bytes = new Uint8Array(await (await this.#fetch(`files/${name}?${hash}`)).arrayBuffer());
    this.#read.set(path, bytes);
    return bytes;
  }

  /** A JSON file of the site. @throws Refusal */
  async json(name: string): Promise<unknown> {
    return (await this.#fetch(`${name}?${this.#build}`)).json();
  }

  async #fetch(name: string): Promise<Response> {
    const address = new URL(name, this.#base);
    const response = await fetch(address).catch((error: unknown) => {
      throw new Refusal(503, `${address.pathname} could not be fetched: there is no connection.`, {
        cause: error,
      });
    });
    if (!response.ok) throw new Refusal(404, `${address.pathname} is not there (${response.status}).`);
    return response;
  }
}
