/** Recognises in stack traces the files of the kernel, of this folder and of Node itself. */
import { fileURLToPath } from "node:url";

const FOLDERS = ["../../../kernel/", "../"].map((folder) => fileURLToPath(new URL(folder, import.meta.url)));
const HIDDEN = [...FOLDERS, ...FOLDERS.map((folder) => `file://${folder}`), "node:internal/"];

export function isHiddenFile(file: string): boolean {
  return file === "node:vm" || HIDDEN.some((folder) => file.startsWith(folder));
}
