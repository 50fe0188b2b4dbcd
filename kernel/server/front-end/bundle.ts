/** The built front end (kernel/lab): a folder with a manifest, of which the server only knows what the manifest says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HttpError } from "../http/http-error.js";

/** What a server must know of the bundle; kernel/lab/README.md has the rest. */
export interface Manifest {
  readonly version: string;
  /** JupyterLab's. */
  readonly jupyterlab?: string;
  /** Below static/: the page's script, its style sheets in order, its icon. */
  readonly entry: string;
  readonly styles: readonly string[];
  readonly icon?: string;
  /** The plugins of each package whose settings have a schema. */
  readonly schemas: Readonly<Record<string, readonly string[]>>;
}

export class Bundle {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Read again each time: the bundle may be built while the server runs. @throws HttpError 503 when it is not built */
  manifest(): Manifest {
    try {
      return JSON.parse(readFileSync(join(this.#folder, "manifest.json"), "utf8")) as Manifest;
    } catch (error) {
      throw new HttpError(
        503,
        "The notebook editor is not built; `npm run build:lab` in chainrule's folder builds it.",
        {
          cause: error,
        },
      );
    }
  }

  /**
   * A file of the bundle.
   * @param part "static", "themes" or "schemas"
   * @throws HttpError 404 for a name that leads out of it
   */
  file(part: string, name: string): string {
    const parts = name.split("/");
    // Links do not matter here: nobody but who built the bundle writes into it.
    if (parts.some((one) => one === "" || one.startsWith(".") || /[\\:\u0000-\u001f]/.test(one)))
      throw new HttpError(404, "There is no such file in the notebook editor.");
    return join(this.#folder, part, ...parts);
  }
}
