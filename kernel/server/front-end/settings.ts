/**
 * Settings of the front end: each plugin's schema comes with the bundle, what the user has changed is kept. The front
 * end reads the user's text (JSON with comments) and checks it by the schema itself.
 */
import { readFileSync } from "node:fs";
import { HttpError } from "../http/http-error.js";
import type { StateFolder } from "../state-folder.js";
import type { Bundle } from "./bundle.js";

const DRAWER = "settings";

export class Settings {
  readonly #bundle: Bundle;
  readonly #state: StateFolder;

  constructor(bundle: Bundle, state: StateFolder) {
    this.#bundle = bundle;
    this.#state = state;
  }

  /** The ids of all plugins with settings: "@jupyterlab/apputils-extension:themes". */
  ids(): string[] {
    return Object.entries(this.#bundle.manifest().schemas)
      .flatMap(([name, plugins]) => plugins.map((plugin) => `${name}:${plugin}`))
      .sort();
  }

  /** @throws HttpError 404 */
  get(id: string): Record<string, unknown> {
    const [name, plugin] = this.#known(id);
    const schema: unknown = JSON.parse(
      readFileSync(this.#bundle.file("schemas", `${name}/${plugin}.json`), "utf8"),
    );
    const kept = this.#state.read(DRAWER, id);
    const {
      raw = "{}",
      created = null,
      modified = null,
    } = kept === undefined ? {} : (JSON.parse(kept) as Kept);
    const { version } = this.#bundle.manifest();
    return { id, schema, version, settings: {}, raw, created, last_modified: modified, warning: null };
  }

  /** @param raw JSON with comments, as the user wrote it; @throws HttpError */
  set(id: string, raw: unknown): void {
    this.#known(id);
    if (typeof raw !== "string")
      throw new HttpError(400, `The settings of ${id} were not saved: they are no text.`);
    const now = new Date().toISOString();
    const created = (this.get(id).created as string | null) ?? now;
    this.#state.write(DRAWER, id, JSON.stringify({ raw, created, modified: now } satisfies Kept));
  }

  #known(id: string): [name: string, plugin: string] {
    const at = id.lastIndexOf(":");
    const [name, plugin] = [id.slice(0, at), id.slice(at + 1)];
    const { schemas } = this.#bundle.manifest();
    if (!Object.hasOwn(schemas, name) || !schemas[name]!.includes(plugin))
      throw new HttpError(404, `No plugin ${JSON.stringify(id)} has settings.`);
    return [name, plugin];
  }
}

interface Kept {
  readonly raw?: string;
  readonly created?: string;
  readonly modified?: string;
}
