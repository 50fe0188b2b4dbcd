/**
 * The folder that is served, and the one way from a path of the interface ("psets/1.ipynb") to a file in it. What leads
 * out of it is refused: dots, backslashes, NUL, names that mean something else to Windows, symbolic links.
 */
import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { HttpError } from "../http/http-error.js";

export interface RootOptions {
  /** Follow symbolic links that lead out of the folder. */
  readonly followLinks?: boolean;
  /** Folders that are not there for pages, even when they lie in this one: the server's secrets. */
  readonly withheld?: readonly string[];
  readonly platform?: NodeJS.Platform;
}

export interface LocateOptions {
  /** The status for a hidden file. */
  readonly hidden?: 400 | 404;
}

/** Names that Windows takes for devices, whatever their ending. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?$/i;

export class RootFolder {
  /** Its path, behind all links. */
  readonly path: string;
  readonly #options: RootOptions;

  private constructor(path: string, options: RootOptions) {
    this.path = path;
    this.#options = options;
  }

  static async open(folder: string, options: RootOptions = {}): Promise<RootFolder> {
    const withheld = await Promise.all((options.withheld ?? []).map((one) => realpath(one)));
    return new RootFolder(await realpath(folder), { ...options, withheld });
  }

  /**
   * The file that a path means, which need not exist.
   * @throws HttpError 404 for what is not below the folder or is hidden, 403 for a link that leads out of it
   */
  async locate(path: string, { hidden = 404 }: LocateOptions = {}): Promise<string> {
    const parts = path.split("/").filter((part) => part !== "");
    const platform = this.#options.platform ?? process.platform;
    if (parts.some((part) => !isName(part, platform))) throw missing(path);
    if (parts.some((part) => part.startsWith(".")))
      throw hidden === 404
        ? missing(path)
        : new HttpError(hidden, `${path} is hidden, and hidden files stay alone.`);
    const file = join(this.path, ...parts);
    await this.#refuseWayOut(file, path);
    return file;
  }

  /**
   * A file beside one that was located, for the server's own use; hidden ones too.
   * @throws HttpError 403 when a link would lead out of the folder
   */
  async besides(file: string, ...names: readonly string[]): Promise<string> {
    const other = join(dirname(file), ...names);
    await this.#refuseWayOut(other, basename(other));
    return other;
  }

  /** The deepest part that exists says where the path really leads. */
  async #refuseWayOut(file: string, path: string): Promise<void> {
    const { followLinks = false, withheld = [] } = this.#options;
    for (let at = file; at !== this.path; at = dirname(at)) {
      const real = await realpath(at).catch(() => undefined);
      if (real === undefined) {
        // A link to nothing: what is written to it would come to be there.
        if (!followLinks && (await isLink(at))) throw wayOut(path);
        continue;
      }
      if (withheld.some((folder) => isWithin(real, folder))) throw missing(path);
      if (!followLinks && !isWithin(real, this.path)) throw wayOut(path);
      return;
    }
  }
}

function isName(part: string, platform: NodeJS.Platform): boolean {
  if (part === "." || part === ".." || /[\\\u0000-\u001f\u007f]/.test(part)) return false;
  return platform !== "win32" || !(DEVICE.test(part) || /[:<>"|?*]|[. ]$/.test(part));
}

function isWithin(file: string, folder: string): boolean {
  return file === folder || file.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function isLink(file: string): Promise<boolean> {
  return lstat(file).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
}

function missing(path: string): HttpError {
  return new HttpError(404, `${JSON.stringify(path)} does not exist.`);
}

function wayOut(path: string): HttpError {
  return new HttpError(
    403,
    `${path} is a link out of the folder that is served, and links are not followed there; ` +
      "start `chainrule lab` with --follow-links if it should be, or with --root in a folder above both.",
  );
}
