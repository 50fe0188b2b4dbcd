/** Recognises the kernel's own scripts in stack traces: this one, and the one that the worker started with. */
import { web } from "./kernel-web.js";

const HIDDEN = new Set(
  [import.meta.url, web.location?.href].map((address) => address?.replace(/[?#].*$/, "")),
);

export function isHiddenFile(file: string): boolean {
  return HIDDEN.has(file.replace(/[?#].*$/, ""));
}
