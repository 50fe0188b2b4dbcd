/** The browser that everything runs in. It does not report processor time. */
import { web } from "./kernel-web.js";
import { site } from "./site.js";

export const VERSION: string = web.navigator?.userAgent ?? "";

export const ENGINE: string =
  /(?:Firefox|Chrome|Version)\/[\d.]+/.exec(VERSION)?.[0].replace("Version", "Safari").replace("/", " ") ??
  "a browser";

export function packageVersion(): string {
  return site().version ?? "";
}

export function processorTime(): number | undefined {
  return undefined;
}

// A browser collects when it likes.
export async function giveBackMemory(): Promise<void> {}

// A cell may replace or delete the global ones.
const { setTimeout, clearTimeout } = globalThis;

export function callLater(milliseconds: number, call: () => void): () => void {
  const timer = setTimeout(call, milliseconds);
  return () => clearTimeout(timer);
}
