/**
 * Data sets from the network: fetched once, into the cache folder, and kept only if every byte is as expected.
 *
 * A file appears in the folder whole or not at all: its bytes are collected under a temporary name, and the file is
 * renamed when their SHA-256 is right. After a broken connection the next attempt continues with the bytes that were
 * received (HTTP ranges, RFC 9110, section 14). If several processes need a file, one fetches it and the others wait.
 */
import { cacheFolder, diskTrouble, fillFolder, openPart, putData } from "#host/data-folders";
import { inside } from "#host/files";
import { readTar } from "../formats/tar.js";
import type { Part } from "../host/contract.js";
import { MissingDataError, decompress, findFiles, hasFiles, type FileSet, type Layout } from "./files.js";

/** A file could not be fetched, or is not the expected one. */
export class DownloadError extends Error {
  override name = "DownloadError";
}

/** An address to fetch, and the files that it gives. */
export interface Source {
  readonly url: string;
  /** The SHA-256 of the file at the address, in hexadecimal. */
  readonly sha256: string;
  /** The file's name when it is saved; for a `.tar.gz` archive, the members to save, by the last part of their names. */
  readonly files: readonly string[];
}

/** A data set that can be fetched. */
export interface PublishedFileSet extends FileSet {
  readonly sources: readonly Source[];
}

/**
 * The paths of a data set's files. Missing files are fetched if `download` is true.
 * @param folder  where to look and to save; by default, where `findFiles` looks, and the cache folder
 * @throws MissingDataError, saying where it looked and what to do
 * @throws DownloadError when there is no network, the file is not the expected one, or the disk is full or not writable
 */
export async function obtainFiles(set: PublishedFileSet, folder?: string, download = false): Promise<Layout> {
  try {
    return await findFiles(set, folder);
  } catch (error) {
    if (!download || !(error instanceof MissingDataError)) throw error;
  }
  const target = folder ?? inside(cacheFolder(), set.name);
  try {
    await fillFolder(target, async () => {
      for (const source of set.sources) {
        if (!(await hasFiles(target, source.files))) await obtain(set.name, source, target);
      }
    });
  } catch (error) {
    throw explained(error, target);
  }
  return findFiles(set, target);
}

/** Fetches one source into the folder, and unpacks it if it is an archive. */
async function obtain(name: string, source: Source, target: string): Promise<void> {
  const part = await openPart(target, source.sha256);
  try {
    const bytes = await fetchChecked(source, target, part);
    if (!source.url.endsWith(".tar.gz")) return await part.becomes(source.files[0]);
    const members = readTar(await decompress(bytes, source.url), source.url);
    for (const file of source.files) {
      const member = [...members.keys()].find((path) => path.split("/").at(-1) === file);
      if (member === undefined) {
        throw new DownloadError(`${name}: ${source.url} holds no ${file}; put it into ${target} by hand.`);
      }
      await putData(target, file, members.get(member) as Uint8Array);
    }
    await part.discard();
  } finally {
    await part.close();
  }
}

/** Completes the partial file and returns its bytes, if they are the expected ones. */
async function fetchChecked(source: Source, target: string, part: Part): Promise<Uint8Array> {
  for (;;) {
    const goesOn = part.size > 0;
    await fetchRest(source, target, part);
    const bytes = await part.bytes();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    if (found === source.sha256) return bytes;
    await part.restart();
    // The bytes that an earlier call left may be wrong: then the whole file is fetched once more.
    if (goesOn) continue;
    await part.discard();
    throw new DownloadError(
      `${source.url} gave ${bytes.length} bytes with the SHA-256 ${found}, expected ${source.sha256}; ` +
        `nothing was kept: try again later, or ${byHand(source, target)}.`,
    );
  }
}

/** Milliseconds to wait before the second and the third attempt, after the connection broke. */
const pauses = [200, 1000];

async function fetchRest(source: Source, target: string, part: Part): Promise<void> {
  const { url } = source;
  for (let attempt = 0; ; attempt++) {
    const before = part.size;
    try {
      return await fetchOnce(source, target, part);
    } catch (error) {
      if (error instanceof DownloadError || diskTrouble(error)) throw error;
      if (part.size > before && attempt < pauses.length) {
        await new Promise((resolve) => setTimeout(resolve, pauses[attempt]));
        continue;
      }
      throw new DownloadError(
        part.size > 0
          ? `${url} broke off after ${part.size} bytes (${reason(error)}); they are kept, and the next try goes on ` +
              `from there: try again, or ${byHand(source, target)}.`
          : `${url} cannot be fetched (${reason(error)}); see whether this computer is online and try again, or ` +
              `${byHand(source, target)}.`,
      );
    }
  }
}

/** Requests the bytes that the partial file lacks, and adds the bytes that come. */
async function fetchOnce(source: Source, target: string, part: Part): Promise<void> {
  // If the answer were compressed for the transfer, its bytes could not be counted.
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (part.size > 0) headers.range = `bytes=${part.size}-`;
  const response = await fetch(source.url, { headers });
  // No bytes are left to request: an earlier call received all of them, but did not check them.
  if (response.status === 416 && part.size > 0) return void (await response.body?.cancel());
  if (!response.ok) {
    await response.body?.cancel();
    throw new DownloadError(
      `${source.url} cannot be fetched (the server says ${response.status} ${response.statusText}); ` +
        `try again later, or ${byHand(source, target)}.`,
    );
  }
  const start = Number(/^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1]);
  if (part.size > 0 && !(response.status === 206 && start === part.size)) {
    await part.restart();
    // A wrong range is useless; the whole file, from a server without ranges, can be used.
    if (response.status === 206) {
      await response.body?.cancel();
      return fetchOnce(source, target, part);
    }
  }
  const reader = response.body?.getReader();
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read())
    await part.append(next.value);
}

function byHand({ files }: Source, target: string): string {
  return `put ${files.join(", ")} into ${target} by hand`;
}

/** Explains an error of a full or write-protected disk to the user; any other error is returned as it is. */
function explained(error: unknown, target: string): unknown {
  const { kind, code } = diskTrouble(error) ?? {};
  const other = "name another folder with { folder }";
  if (kind === "full")
    return new DownloadError(`the disk of ${target} is full (${code}); free some room, or ${other}.`);
  if (kind === "forbidden")
    return new DownloadError(`${target} cannot be written (${code}); allow it, or ${other}.`);
  return error;
}

/** The reason of an error. `fetch` itself says only "fetch failed"; the reason is in the cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error
    ? `${error.message}: ${error.cause.message || error.cause.name}`
    : error.message;
}
