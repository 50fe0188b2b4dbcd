/**
 * `node:fs` for a browser, as far as notebooks use it: files that the site ships as text, and files that cells write, which
 * last until the kernel ends.
 */
import { isFile, readText, writeText } from "#host/text-files";
import { join } from "#host/paths";

type Text = "utf8" | "utf-8";

/** Files that are not text. */
const bytesOf = new Map<string, Uint8Array>();

export function existsSync(path: string): boolean {
  return bytesOf.has(path) || isFile(path);
}

export function readFileSync(path: string): Uint8Array;
export function readFileSync(path: string, encoding: Text | { encoding: Text }): string;
export function readFileSync(path: string, encoding?: Text | { encoding: Text }): Uint8Array | string {
  const bytes = bytesOf.get(path);
  if (bytes) return encoding === undefined ? bytes : new TextDecoder().decode(bytes);
  const text = readText(path);
  if (text === undefined)
    throw Object.assign(
      new Error(
        `ENOENT: no such file, open '${path}'. A website has no disk: it has the files that it was made with, and those that cells write.`,
      ),
      { code: "ENOENT", path },
    );
  return encoding === undefined ? new TextEncoder().encode(text) : text;
}

export function writeFileSync(path: string, content: string | Uint8Array): void {
  if (typeof content === "string") {
    bytesOf.delete(path);
    writeText(path, content, false);
  } else bytesOf.set(path, content.slice());
}

/** Folders are there as soon as something is in them. */
export function mkdirSync(_path: string, _options?: { recursive?: boolean }): undefined {}

/** @returns the path of a new folder */
export function mkdtempSync(prefix: string): string {
  return join(`${prefix}${Math.random().toString(36).slice(2, 8)}`);
}

export function rmSync(path: string, _options?: { recursive?: boolean; force?: boolean }): void {
  for (const name of bytesOf.keys()) if (name === path || name.startsWith(`${path}/`)) bytesOf.delete(name);
}

const fs: {
  existsSync: typeof existsSync;
  readFileSync: typeof readFileSync;
  writeFileSync: typeof writeFileSync;
  mkdirSync: typeof mkdirSync;
  mkdtempSync: typeof mkdtempSync;
  rmSync: typeof rmSync;
} = { existsSync, readFileSync, writeFileSync, mkdirSync, mkdtempSync, rmSync };

export default fs;
