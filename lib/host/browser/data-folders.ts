/**
 * Folders of data sets in a browser. A folder is a web address, or a folder of the browser's cache. A file that was
 * fetched from an address is kept in the cache and never fetched again. A web folder lists its files in `index.json`, a
 * list of names; only a reader that takes every file of a kind needs that list.
 */
import type { DiskTrouble, Part } from "../contract.js";
import { isKept, keep, kept, keptBelow } from "./kept.js";
import { setting } from "./settings.js";
import { web } from "./web.js";

/** The cache folder's files are kept under this address, which belongs to no site. */
const CACHE = { shown: "browser-cache:", address: "https://browser-cache.invalid" };

export function cacheFolder(): string {
  return CACHE.shown;
}

/** `CHAINRULE_DATA` is an address; default: "data" beside the page or the worker's script. */
export function foldersOf(name: string, folder?: string): string[] {
  if (folder !== undefined) return [folder];
  const data = (setting("CHAINRULE_DATA") || "data").replace(/\/$/, "");
  return [...[`${data}/${name}`, data].map((path) => addressOf(path)), `${cacheFolder()}/${name}`];
}

export async function findFile(folder: string, file: string): Promise<string | undefined> {
  for (const path of [`${folder}/${file}`, `${folder}/${file}.gz`])
    if ((await isKept(addressOf(path))) || (await fetched(path))) return path;
  return undefined;
}

export async function filesIn(folder: string): Promise<string[]> {
  if (!isCache(folder)) {
    const list = await fetchFile(`${addressOf(folder)}/index.json`);
    const names: unknown = list && JSON.parse(new TextDecoder().decode(list));
    return Array.isArray(names) ? names.map(String) : [];
  }
  const start = `${addressOf(folder)}/`;
  return (await keptBelow(start))
    .map((address) => decodeURIComponent(address.slice(start.length)))
    .filter((name) => !name.includes("/"));
}

export async function readData(path: string): Promise<Uint8Array> {
  const bytes =
    (await kept(addressOf(path))) ?? (isCache(path) ? undefined : await fetchFile(addressOf(path)));
  if (bytes === undefined) throw new Error(`${path} is not there any more.`);
  return bytes;
}

export async function gunzip(bytes: Uint8Array, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const unpacked = new Blob([bytes as BlobPart]).stream().pipeThrough(new DecompressionStream("gzip"));
  const reader = unpacked.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    parts.push(next.value);
    size += next.value.length;
    if (size > most) {
      await reader.cancel();
      throw new Error(`it unpacks to more than ${most} bytes`);
    }
  }
  return concatenated(parts, size);
}

export async function fillFolder<T>(folder: string, fill: () => Promise<T>): Promise<T> {
  const { locks } = web.navigator;
  return locks ? await locks.request(`chainrule ${folder}`, fill) : await fill();
}

export async function openPart(folder: string, _name: string): Promise<Part> {
  let parts: Uint8Array[] = [];
  const part = {
    size: 0,
    async append(bytes: Uint8Array) {
      parts.push(bytes);
      part.size += bytes.length;
    },
    async restart() {
      parts = [];
      part.size = 0;
    },
    bytes: async () => concatenated(parts, part.size),
    becomes: async (file: string) => putData(folder, file, concatenated(parts, part.size)),
    discard: () => part.restart(),
    close: () => part.restart(), // a cache holds whole files only
  };
  return part;
}

export async function putData(folder: string, file: string, bytes: Uint8Array): Promise<void> {
  await keep(addressOf(`${folder}/${file}`), new Uint8Array(bytes));
}

export function diskTrouble(error: unknown): DiskTrouble | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === "QuotaExceededError") return { kind: "full", code: error.name };
  if (error.name === "SecurityError") return { kind: "forbidden", code: error.name };
  return undefined;
}

function isCache(path: string): boolean {
  return path.startsWith(CACHE.shown);
}

/** The address under which a path's bytes are kept. */
function addressOf(path: string): string {
  if (isCache(path)) return encodeURI(CACHE.address + path.slice(CACHE.shown.length));
  return new URL(path, web.location?.href).href;
}

/** Fetches a file of a web folder into the cache, if it is there. */
async function fetched(path: string): Promise<boolean> {
  if (isCache(path)) return false;
  const address = addressOf(path);
  const bytes = await fetchFile(address);
  if (bytes) await keep(address, bytes);
  return bytes !== undefined;
}

async function fetchFile(address: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const response = await fetch(address).catch(() => undefined);
  // Many hosts answer with an HTML page when the file does not exist.
  if (!response?.ok || response.headers.get("content-type")?.startsWith("text/html")) {
    await response?.body?.cancel();
    return undefined;
  }
  return new Uint8Array(await response.arrayBuffer());
}

function concatenated(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
