/**
 * Finds and reads data files.
 *
 * A data set's folder is the one that a call names; else `$CHAINRULE_DATA/<name>` or `$CHAINRULE_DATA`; else `<name>` in
 * the cache folder. A file may be plain, or compressed with `.gz` at the end of its name.
 */
import * as host from "#host/data-folders";
import { inside } from "#host/files";
import { FormatError } from "../array/errors.js";

/** A data set's files are in none of the folders that were searched. */
export class MissingDataError extends Error {
  override name = "MissingDataError";
}

/** The names or paths of the files of each split, in their order. */
export interface Layout {
  readonly train: readonly string[];
  readonly validation?: readonly string[];
  readonly test: readonly string[];
}

/** The files to look for. */
export interface FileSet {
  /** The data set's folder in `CHAINRULE_DATA` and in the cache folder, and the function that reads it. */
  readonly name: string;
  readonly title: string;
  /** The ways in which the files may be named; the first way of which all files exist is used. */
  readonly layouts: readonly Layout[];
  /** What a user without the files can do. */
  readonly otherwise: string;
}

/**
 * The folder for chainrule's cached files: `$CHAINRULE_CACHE`, or a folder where the system keeps caches:
 * `$XDG_CACHE_HOME/chainrule` or `~/.cache/chainrule`, `~/Library/Caches/chainrule` on macOS,
 * `%LOCALAPPDATA%\chainrule\Cache` on Windows. In a browser it is the browser's cache for the site.
 */
export function cacheFolder(): string {
  return host.cacheFolder();
}

/**
 * The paths of a data set's files.
 * @param folder  if given, the only folder to look in
 * @throws MissingDataError, saying where it looked, what is missing, and what to do
 */
export async function findFiles(set: FileSet, folder?: string): Promise<Layout> {
  const { name } = set;
  const folders = host.foldersOf(name, folder);
  for (const place of folders) {
    for (const layout of set.layouts) {
      const complete = await locate(layout, place);
      if (complete) return complete;
    }
  }
  const wanted = namesOf(set.layouts[0]);
  const { partly, missing } = await findPart(set.layouts, folders);
  throw new MissingDataError(
    (partly
      ? `${name}: ${partly} has no ${missing.join(", ")}; put it there, plain or with .gz at its end`
      : `${name}: no ${set.title} files in ${folders.join(", ")}; put ${wanted.join(", ")} (plain or with .gz at the ` +
        `end) ${folder !== undefined ? "there" : `into ${oneOf(folders)}, name theirs with ${name}({ folder }) or CHAINRULE_DATA`}`) +
      `, or ${set.otherwise}.`,
  );
}

/** The files to list. */
export interface FileList {
  /** The data set's folder in `CHAINRULE_DATA` and in the cache folder. */
  readonly name: string;
  /** The function that reads it. */
  readonly reader: string;
  readonly title: string;
  /** The names of the files. */
  readonly pattern: RegExp;
  /** An example of such a name, for an error message. */
  readonly example: string;
  readonly otherwise: string;
}

/**
 * The paths of all files of a data set whose names match a pattern, sorted by name. They come from the first of its folders
 * (or a `recordings` folder in it) that has any.
 * @throws MissingDataError, saying where it looked and what to do
 */
export async function listFiles(list: FileList, folder?: string): Promise<string[]> {
  const { name, reader, title, pattern, example, otherwise } = list;
  const folders = host.foldersOf(name, folder);
  for (const place of folders.flatMap((path) => [path, inside(path, "recordings")])) {
    const names = (await host.filesIn(place)).filter((file) => pattern.test(file));
    if (names.length > 0) return names.sort().map((file) => inside(place, file));
  }
  throw new MissingDataError(
    `${reader}: no ${title} files in ${folders.join(", ")}; put files such as ${example} ` +
      `${folder !== undefined ? "there" : `into ${oneOf(folders)}, name theirs with ${reader}({ folder }) or CHAINRULE_DATA`}, ` +
      `or ${otherwise}.`,
  );
}

/**
 * The bytes of a file, decompressed if they are gzip data.
 * @throws FormatError when the compressed bytes are damaged, or unpack to more than 2 GB
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  return decompress(await host.readData(path), path);
}

/** The bytes, decompressed if they are gzip data. @throws FormatError as `readBytes` */
export async function decompress(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await host.gunzip(bytes, 2 ** 31);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FormatError(`${name}: cannot be decompressed (${reason}); fetch the file again.`);
  }
}

/** Whether all these files are in the folder, plain or compressed. */
export async function hasFiles(folder: string, files: readonly string[]): Promise<boolean> {
  for (const file of files) if ((await host.findFile(folder, file)) === undefined) return false;
  return true;
}

function namesOf(layout: Layout): string[] {
  return [...layout.train, ...(layout.validation ?? []), ...layout.test];
}

/** The files of a layout, if they are all in the folder. */
async function locate(layout: Layout, folder: string): Promise<Layout | undefined> {
  const paths = async (files: readonly string[] = []): Promise<string[] | undefined> => {
    const found: string[] = [];
    for (const file of files) {
      const path = await host.findFile(folder, file);
      if (path === undefined) return undefined;
      found.push(path);
    }
    return found;
  };
  const train = await paths(layout.train);
  const validation = train && (await paths(layout.validation));
  const test = validation && (await paths(layout.test));
  return test && { train, ...(layout.validation && { validation }), test };
}

/** The first folder that has some of a layout's files, and the names of the others. */
async function findPart(
  layouts: readonly Layout[],
  folders: readonly string[],
): Promise<{ partly?: string; missing: readonly string[] }> {
  for (const layout of layouts) {
    const wanted = namesOf(layout);
    for (const partly of folders) {
      const there = await Promise.all(wanted.map((file) => host.findFile(partly, file)));
      if (there.some((path) => path !== undefined))
        return { partly, missing: wanted.filter((_, i) => there[i] === undefined) };
    }
  }
  return { missing: [] };
}

function oneOf(folders: readonly string[]): string {
  return folders.length === 1 ? "this folder" : "one of these folders";
}
