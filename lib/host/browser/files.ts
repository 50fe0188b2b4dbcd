/**
 * The user's files in a browser. They are kept in IndexedDB, for the site that wrote them, under the path they were given.
 * A file is written in one transaction, so that it is written whole or not at all.
 */
import { createStore, get, set, update, type UseStore } from "idb-keyval";
import type { Log } from "../contract.js";

let opened: UseStore | undefined;

function store(): UseStore {
  try {
    return (opened ??= createStore("chainrule", "files"));
  } catch (error) {
    throw new Error(
      `This page may keep no files (${reason(error)}); allow the site to store data, or open it outside a private window.`,
      { cause: error },
    );
  }
}

export async function readFile(path: string): Promise<Uint8Array | undefined> {
  return await get<Uint8Array>(path, store());
}

export async function writeFile(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await set(path, bytes, store());
  } catch (error) {
    throw new Error(`${path} cannot be kept by this browser (${reason(error)}).`, { cause: error });
  }
}

export async function openLog(path: string): Promise<Log> {
  const text = new TextDecoder().decode(await readFile(path));
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return {
    lines: whole.split("\n").slice(0, -1),
    async add(line) {
      const added = new TextEncoder().encode(`${line}\n`);
      await update<Uint8Array>(path, (before = new Uint8Array()) => joined(before, added), store());
    },
    close: () => Promise.resolve(),
  };
}

export function namesIn(_folder: string): { folders: readonly string[]; files: readonly string[] } {
  throw new Error(
    "a browser has no folders; give imageFiles the files that the user chose in the page, or run this in Node",
  );
}

export function readFileNow(path: string): Uint8Array {
  throw new Error(`a browser cannot read ${path} at once`);
}

export function inside(...names: readonly string[]): string {
  return names.join("/");
}

export function lastName(path: string): string {
  return path.split("/").at(-1) ?? path;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const result = new Uint8Array(a.length + b.length);
  result.set(a);
  result.set(b, a.length);
  return result;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
