/** Layouts of the front end: which tabs are open where, under the name that the address gives them. */
import { HttpError } from "../http/http-error.js";
import type { StateFolder } from "../state-folder.js";

const DRAWER = "workspaces";

type Workspace = Record<string, unknown>;

export class Workspaces {
  readonly #state: StateFolder;

  constructor(state: StateFolder) {
    this.#state = state;
  }

  all(): { ids: string[]; values: Workspace[] } {
    const ids = this.#state.names(DRAWER).sort();
    return { ids, values: ids.map((id) => this.get(id)) };
  }

  /** Empty for a name that nothing is kept under. */
  get(id: string): Workspace {
    const kept = this.#state.read(DRAWER, id);
    return kept === undefined ? { data: {}, metadata: { id } } : (JSON.parse(kept) as Workspace);
  }

  /** @throws HttpError */
  set(id: string, workspace: Workspace): void {
    const metadata = (workspace.metadata ?? {}) as Record<string, unknown>;
    if (typeof workspace.data !== "object" || workspace.data === null || metadata.id !== id)
      throw new HttpError(
        400,
        `The layout ${id} was not kept: it needs data, and metadata with the same id.`,
      );
    const now = new Date().toISOString();
    const old = (this.get(id).metadata as Record<string, unknown>).created;
    this.#state.write(
      DRAWER,
      id,
      JSON.stringify({
        data: workspace.data,
        metadata: { ...metadata, last_modified: now, created: old ?? now },
      }),
    );
  }

  /** @throws HttpError */
  remove(id: string): void {
    if (!this.#state.remove(DRAWER, id))
      throw new HttpError(404, `There is no layout ${JSON.stringify(id)}.`);
  }
}
