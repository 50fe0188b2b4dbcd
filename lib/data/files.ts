/**
 * Where data files are, and how they are read and written. With `lock.ts` and `partialfile.ts` it is all of the data
 * room that touches Node.
 *
 * A data set's folder is the one a call names, else `$CHAINRULE_DATA/<name>` or `$CHAINRULE_DATA`, else
 * `<name>` in the cache folder. A file may be there plain or compressed with `.gz` at its end.
 */
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { FormatError } from "../array/errors.js";

/** A data set's files are in none of the folders where they may be. */
export class MissingDataError extends Error {
  override name = "MissingDataError";
}

/** The names or paths of the files of each split, in their order. */
export interface Layout {
  readonly train: readonly string[];
  readonly validation?: readonly string[];
  readonly test: readonly string[];
}

/** What to look for. */
export interface FileSet {
  /** The data set's folder in `CHAINRULE_DATA` and in the cache folder, and the function that reads it. */
  readonly name: string;
  readonly title: string;
  /** Ways in which the files may be named; the first that is complete is taken. */
  readonly layouts: readonly Layout[];
  /** What a user without the files can do. */
  readonly otherwise: string;
}

/**
 * The folder for chainrule's cached files, as the system has it: `$XDG_CACHE_HOME/chainrule` or
 * `~/.cache/chainrule`, `~/Library/Caches/chainrule` on macOS, `%LOCALAPPDATA%\chainrule\Cache` on Windows.
 */
export function cacheFolder(
  platform: string = process.platform,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const home = homedir();
  if (platform === "darwin") return join(home, "Library", "Caches", "chainrule");
  if (platform === "win32") {
    return join(env.LOCALAPPDATA || join(home, "AppData", "Local"), "chainrule", "Cache");
  }
  return join(env.XDG_CACHE_HOME || join(home, ".cache"), "chainrule");
}

/**
 * The paths of a data set's files.
 * @param folder  look here only
 * @throws MissingDataError, saying where it looked, what is missing, and what to do
 */
export function findFiles(set: FileSet, folder?: string): Layout {
  const { name } = set;
  const folders = foldersOf(name, folder);
  for (const place of folders) {
    for (const layout of set.layouts) {
      const complete = locate(layout, place);
      if (complete) return complete;
    }
  }
  const ways = set.layouts.flatMap((layout) => folders.map((place) => ({ place, files: namesOf(layout) })));
  const part = ways.find(({ place, files }) => files.some((file) => pathOf(place, file)));
  const wanted = namesOf(set.layouts[0]);
  const partly = part?.place;
  const missing = part?.files.filter((file) => !pathOf(part.place, file));
  throw new MissingDataError(
    (missing
      ? `${name}: ${partly} has no ${missing.join(", ")}; put it there, plain or with .gz at its end`
      : `${name}: no ${set.title} files in ${folders.join(", ")}; put ${wanted.join(", ")} (plain or with .gz at the ` +
        `end) ${folder !== undefined ? "there" : `into ${oneOf(folders)}, name theirs with ${name}({ folder }) or CHAINRULE_DATA`}`) +
      `, or ${set.otherwise}.`,
  );
}

/** What to list. */
export interface FileList {
  /** The data set's folder in `CHAINRULE_DATA` and in the cache folder. */
  readonly name: string;
  /** The function that reads it. */
  readonly reader: string;
  readonly title: string;
  /** The names of the files. */
  readonly pattern: RegExp;
  /** What such a name looks like, for an error. */
  readonly example: string;
  readonly otherwise: string;
}

/**
 * The paths of all files of a data set whose names fit a pattern, by name, from the first of its folders (or of
 * their `recordings`) that has any.
 * @throws MissingDataError, saying where it looked and what to do
 */
export function listFiles(list: FileList, folder?: string): string[] {
  const { name, reader, title, pattern, example, otherwise } = list;
  const folders = foldersOf(name, folder);
  for (const place of folders.flatMap((path) => [path, join(path, "recordings")])) {
    if (!existsSync(place) || !statSync(place).isDirectory()) continue;
    const names = readdirSync(place).filter((file) => pattern.test(file));
    if (names.length > 0) return names.sort().map((file) => join(place, file));
  }
  throw new MissingDataError(
    `${reader}: no ${title} files in ${folders.join(", ")}; put files such as ${example} ` +
      `${folder !== undefined ? "there" : `into ${oneOf(folders)}, name theirs with ${reader}({ folder }) or CHAINRULE_DATA`}, ` +
      `or ${otherwise}.`,
  );
}

/**
 * The bytes of a file, decompressed when they are gzip's.
 * @throws FormatError when the compressed bytes are damaged, or unpack to more than 2 GB
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  return decompress(await readFile(path), path);
}

/** The bytes themselves, or what gzip packed into them. @throws FormatError as `readBytes` */
export async function decompress(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: 2 ** 31 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FormatError(`${name}: cannot be decompressed (${reason}); fetch the file again.`);
  }
}

/** Whether all these files are in the folder, plain or compressed. */
export function hasFiles(folder: string, files: readonly string[]): boolean {
  return files.every((file) => pathOf(folder, file) !== undefined);
}

/** Makes a folder, and those above it, where there is none. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
}

/**
 * Writes a file so that it is there whole or not at all, even if the power fails, making its folder: the bytes are on the
 * disk before the name is theirs.
 */
export async function writeWhole(folder: string, file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true });
  const part = join(folder, `.${file}.${randomUUID()}.part`);
  try {
    const handle = await open(part, "wx");
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, join(folder, file));
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** The same by path; what writers that were killed left beside the file is swept away once it is an hour old. */
export async function writeWholeFile(path: string, bytes: Uint8Array): Promise<void> {
  const [folder, file] = [dirname(resolve(path)), basename(path)];
  await writeWhole(folder, file, bytes);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`.${file}.`) || !name.endsWith(".part")) continue;
    const left = join(folder, name);
    const age = Date.now() - ((await stat(left).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (age > 3_600_000) await rm(left, { force: true });
  }
}

/** The bytes of a file, or undefined when there is none. */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}

function namesOf(layout: Layout): string[] {
  return [...layout.train, ...(layout.validation ?? []), ...layout.test];
}

function pathOf(folder: string, file: string): string | undefined {
  // Some archives unpack a file into a folder of its own name.
  const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  return [join(folder, file), join(folder, `${file}.gz`)].find(isFile);
}

function locate(layout: Layout, folder: string): Layout | undefined {
  if (!hasFiles(folder, namesOf(layout))) return undefined;
  const paths = (files: readonly string[]) => files.map((file) => pathOf(folder, file) as string);
  return {
    train: paths(layout.train),
    ...(layout.validation && { validation: paths(layout.validation) }),
    test: paths(layout.test),
  };
}

function foldersOf(name: string, folder?: string): string[] {
  if (folder !== undefined) return [resolve(folder)];
  const data = process.env.CHAINRULE_DATA;
  return [...(data ? [resolve(data, name), resolve(data)] : []), join(cacheFolder(), name)];
}

function oneOf(folders: readonly string[]): string {
  return folders.length === 1 ? "this folder" : "one of these folders";
}
