/** The notebooks that were handed in: in files, in folders at any depth, and in ZIP archives, with the time of each. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { unzipSync } from "fflate";
import { NotebookFormatError, parseNotebook } from "../../notebook/format.js";
import type { Notebook } from "../../notebook/format.js";
import { GradeError } from "../sources.js";
import { zipTimes } from "./zip-times.js";
import type { ZipTime } from "./zip-times.js";

export interface HandIn {
  /** The path, with / between folders; an archive is a folder. */
  readonly path: string;
  /** Reads the file. */
  readonly content: () => Uint8Array;
  /** What nbgrader's timestamp.txt beside the file says. */
  readonly timestamp: string | undefined;
  /** When the file was changed last. */
  readonly changed: ZipTime | undefined;
}

/** The largest notebook that is read from an archive, in bytes: an archive can claim a thousand times its size. */
const LARGEST = 2 ** 26;

/**
 * All notebooks behind some paths.
 * @throws GradeError for a path where there is nothing, a folder or archive without a notebook, and a damaged archive
 */
export function handInsOf(places: readonly string[]): HandIn[] {
  return places.flatMap((place) => {
    if (!existsSync(place))
      throw new GradeError(`${place}: there is no such file; name notebooks, folders or .zip files.`);
    const found = behind(place);
    if (found.length === 0) throw new GradeError(`${place}: there is no notebook in it.`);
    return found;
  });
}

/** The notebook of a file. @throws GradeError when it is none */
export function notebookOf({ path, content }: HandIn): Notebook {
  try {
    return parseNotebook(new TextDecoder().decode(content()), path);
  } catch (error) {
    if (error instanceof NotebookFormatError) throw new GradeError(error.message, { cause: error });
    throw error;
  }
}

function behind(place: string): HandIn[] {
  if (statSync(place).isDirectory())
    return readdirSync(place, { withFileTypes: true })
      .filter(({ name }) => !isHousekeeping(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => {
        const isWanted = entry.isDirectory() || (entry.isFile() && /\.(ipynb|zip)$/i.test(entry.name));
        return isWanted ? behind(path.join(place, entry.name)) : [];
      });
  if (/\.zip$/i.test(place)) {
    const bytes = readFileSync(place);
    return inArchive(place.split(path.sep).join("/"), () => bytes, true);
  }
  const stamp = path.join(path.dirname(place), "timestamp.txt");
  return [
    {
      path: place.split(path.sep).join("/"),
      content: () => readFileSync(place),
      timestamp: existsSync(stamp) ? readFileSync(stamp, "utf8") : undefined,
      changed: statSync(place).mtime,
    },
  ];
}

/**
 * @param file the archive's path
 * @param read its bytes
 * @param opensInner whether archives in it are opened too
 */
function inArchive(file: string, read: () => Uint8Array, opensInner: boolean): HandIn[] {
  const open = (wanted: (name: string) => boolean, bytes = read()): Record<string, Uint8Array> => {
    try {
      return unzipSync(bytes, {
        filter: ({ name, originalSize }) => {
          if (!wanted(name)) return false;
          if (originalSize > LARGEST)
            throw new GradeError(
              `${file}: ${name} would be ${Math.round(originalSize / 2 ** 20)} MiB; the most is 64 MiB.`,
            );
          return true;
        },
      });
    } catch (error) {
      if (error instanceof GradeError) throw error;
      throw new GradeError(`${file} is no ZIP archive, or a damaged one (${(error as Error).message}).`, {
        cause: error,
      });
    }
  };
  const bytes = read();
  const names: string[] = [];
  const wanted = opensInner ? /\.(ipynb|zip)$/i : /\.ipynb$/i;
  const stamps = open((name) => {
    if (wanted.test(name) && !name.split("/").some(isHousekeeping)) names.push(name);
    return /(^|\/)timestamp\.txt$/.test(name);
  }, bytes);
  const times = zipTimes(bytes);
  return names.flatMap((name) => {
    const own = `${file}/${name}`;
    const content = (): Uint8Array => open((one) => one === name)[name];
    const stamp = stamps[path.posix.join(path.posix.dirname(name), "timestamp.txt")];
    const time = { timestamp: stamp && new TextDecoder().decode(stamp), changed: times.get(name) };
    // What an inner archive says of its times, its student chose.
    if (/\.zip$/i.test(name)) return inInner(own, content).map((one) => ({ ...one, ...time }));
    return { path: own, content, ...time };
  });
}

/** The notebooks of an archive in an archive, which a student handed in: its faults are those of one submission. */
function inInner(file: string, read: () => Uint8Array): Pick<HandIn, "path" | "content">[] {
  try {
    const found = inArchive(file, read, false);
    if (found.length > 0) return found;
    throw new GradeError(`${file}: there is no notebook in it.`);
  } catch (error) {
    if (!(error instanceof GradeError)) throw error;
    const content = (): never => {
      throw error;
    };
    return [{ path: file, content }];
  }
}

/** What Jupyter, macOS and version control keep beside files. */
function isHousekeeping(name: string): boolean {
  return name.startsWith(".") || name === "__MACOSX" || name === "node_modules";
}
