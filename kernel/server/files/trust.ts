/**
 * Which notebooks this user has run or trusted. The page shows SVG, JavaScript and widgets of a notebook from elsewhere
 * only when its cells are marked `trusted`, and HTML without its scripts; so somebody has to remember which are one's
 * own. A notebook is known by the signature of its file's bytes: after any change from outside it is foreign again.
 */
import { createHmac } from "node:crypto";
import type { Notebook, NotebookCell } from "../../notebook/format.js";
import type { StateFolder } from "../state-folder.js";

/** How many are remembered; the oldest are forgotten first. */
const LIMIT = 5000;

export class Trust {
  readonly #state: StateFolder;
  readonly #key: string;
  readonly #known: Set<string>;

  constructor(state: StateFolder) {
    this.#state = state;
    this.#key = state.key();
    this.#known = new Set(readList(state.read("trust", "notebooks")));
  }

  /** Marks the cells of a notebook whose file has these bytes. */
  mark(notebook: Notebook, bytes: Uint8Array): Notebook {
    const isKnown = this.#known.has(this.#sign(bytes));
    const cells = notebook.cells.map((cell): NotebookCell =>
      cell.cell_type === "code"
        ? { ...cell, metadata: { ...cell.metadata, trusted: isKnown || cell.outputs.length === 0 } }
        : cell,
    );
    return { ...notebook, cells };
  }

  /** Remembers a notebook that was saved when everything that it shows comes from trusted cells. */
  learn(saved: unknown, bytes: Uint8Array): void {
    const { cells } = saved as { cells?: unknown };
    if (Array.isArray(cells) && cells.every(showsNothingForeign)) this.trust(bytes);
  }

  /** Remembers a notebook because its user says so. */
  trust(bytes: Uint8Array): void {
    const signature = this.#sign(bytes);
    if (this.#known.has(signature)) return;
    this.#known.add(signature);
    const kept = [...this.#known].slice(-LIMIT);
    this.#state.write("trust", "notebooks", JSON.stringify(kept));
  }

  #sign(bytes: Uint8Array): string {
    return createHmac("sha256", this.#key).update(bytes).digest("base64url");
  }
}

function showsNothingForeign(cell: unknown): boolean {
  const { cell_type: type, metadata, outputs } = cell as Record<string, unknown>;
  if (type !== "code" || !Array.isArray(outputs) || outputs.length === 0) return true;
  return (metadata as Record<string, unknown> | undefined)?.trusted === true;
}

function readList(text: string | undefined): string[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(list) ? list.map(String) : [];
  } catch {
    return [];
  }
}
