/** Recognises in stack traces the files of the kernel, of this folder, of the command line and of Node itself. */
import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDERS = [
  ...["../../../kernel/", "../"].map((folder) => fileURLToPath(new URL(folder, import.meta.url))),
  // It called `chainrule run`, which called everything.
  dirname(createRequire(import.meta.url).resolve("commander")) + sep,
];
const HIDDEN = [...FOLDERS, ...FOLDERS.map((folder) => `file://${folder}`), "node:internal/"];

export function isHiddenFile(file: string): boolean {
  return file === "node:vm" || HIDDEN.some((folder) => file.startsWith(folder));
}
