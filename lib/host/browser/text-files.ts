/** Text files of the site, and those that cells have written. They last until the kernel ends. */
import { fileAt, putFile } from "./site.js";

export function readText(file: string): string | undefined {
  return fileAt(file)?.text;
}

export function writeText(file: string, text: string, add: boolean): void {
  putFile(file, add ? (readText(file) ?? "") + text : text);
}

export function isFile(name: string): boolean {
  return fileAt(name) !== undefined;
}

/** Not a time here but a counter: a file that is written again gets a greater number. */
export function modifiedTime(file: string): number {
  return fileAt(file)?.version ?? -1;
}
