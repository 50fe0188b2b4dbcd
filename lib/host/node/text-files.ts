/** Text files on the disk. */
import { appendFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeFolder } from "./folders.js";

export function readText(file: string): string | undefined {
  return isFile(file) ? readFileSync(file, "utf8") : undefined;
}

export function writeText(file: string, text: string, add: boolean): void {
  makeFolder(path.dirname(file));
  (add ? appendFileSync : writeFileSync)(file, text);
}

export function isFile(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isFile() ?? false;
}

export function modifiedTime(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? -1;
}
