/**
 * Data sets from the network: fetched once, into the cache folder, and only if every byte is the expected one.
 *
 * A file appears in the folder whole or not at all: it is held in memory until its SHA-256 is found right, then
 * written under another name and renamed. So a broken connection, a full disk or a second process leaves nothing
 * half done.
 */
import {
  MissingDataError,
  cacheFolder,
  decompress,
  findFiles,
  hasFiles,
  writeWhole,
  type FileSet,
  type Layout,
} from "./files.js";
import { readTar } from "./tar.js";

/** A file could not be fetched, or is not the expected one. */
export class DownloadError extends Error {
  override name = "DownloadError";
}

/** Where files come from. */
export interface Source {
  readonly url: string;
  /** Of the file at the address, in hexadecimal. */
  readonly sha256: string;
  /** What it is saved as; of a `.tar.gz` archive, the members to save, by the last part of their names. */
  readonly files: readonly string[];
}

/** A data set that can be fetched. */
export interface PublishedFileSet extends FileSet {
  readonly sources: readonly Source[];
}

/**
 * The paths of a data set's files, which are fetched when they are missing and `download` is true.
 * @param folder  look here, and save here; otherwise as `findFiles` looks, and the cache folder
 * @throws MissingDataError, saying where it looked and what to do
 * @throws DownloadError when the network is away, or the file there is another
 */
export async function obtainFiles(set: PublishedFileSet, folder?: string, download = false): Promise<Layout> {
  try {
    return findFiles(set, folder);
  } catch (error) {
    if (!download || !(error instanceof MissingDataError)) throw error;
  }
  const target = folder ?? `${cacheFolder()}/${set.name}`;
  for (const source of set.sources) {
    if (hasFiles(target, source.files)) continue;
    const bytes = await fetchChecked(source, target);
    if (!source.url.endsWith(".tar.gz")) {
      await writeWhole(target, source.files[0], bytes);
      continue;
    }
    const members = readTar(await decompress(bytes, source.url), source.url);
    for (const file of source.files) {
      const member = [...members.keys()].find((path) => path.split("/").at(-1) === file);
      if (member === undefined) {
        throw new DownloadError(
          `${set.name}: ${source.url} holds no ${file}; put it into ${target} by hand.`,
        );
      }
      await writeWhole(target, file, members.get(member) as Uint8Array);
    }
  }
  return findFiles(set, target);
}

async function fetchChecked({ url, sha256, files }: Source, target: string): Promise<Uint8Array> {
  const byHand = `put ${files.join(", ")} into ${target} by hand`;
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`the server says ${response.status} ${response.statusText}`);
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new DownloadError(`${url} cannot be fetched (${reason(error)}); try again later, or ${byHand}.`);
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found !== sha256) {
    throw new DownloadError(
      `${url} gave ${bytes.length} bytes with the SHA-256 ${found}, expected ${sha256}; ` +
        `nothing was kept: try again later, or ${byHand}.`,
    );
  }
  return bytes;
}

/** `fetch` says "fetch failed" and keeps what happened in the cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error
    ? `${error.message}: ${error.cause.message || error.cause.name}`
    : error.message;
}
