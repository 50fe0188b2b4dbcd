/** Threads are Web Workers. They share memory only in a page that is isolated from other origins. */
import type { Thread } from "../contract.js";
import { web } from "./web.js";

export function cores(): number {
  return web.navigator.hardwareConcurrency ?? 1;
}

export function canShare(): boolean {
  // WebKitGTK isolates pages, and has no shared memory all the same.
  return web.crossOriginIsolated === true && typeof SharedArrayBuffer === "function";
}

export function startThread(
  source: string,
  data: unknown,
  failed: () => void,
  transfer: readonly MessagePort[] = [],
): Thread {
  const program = new Blob([`onmessage = ({ data }) => {\n${source}\n};`], { type: "text/javascript" });
  const url = URL.createObjectURL(program);
  const worker = new web.Worker(url);
  worker.addEventListener("error", () => failed());
  worker.postMessage(data, [...transfer]);
  return {
    async stop() {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}

/** Found at the first attempt: a page's main thread may not sleep. */
let maySleep = true;

export function sleep(words: Int32Array, at: number, value: number, milliseconds: number): void {
  if (!maySleep) return;
  try {
    Atomics.wait(words, at, value, milliseconds);
  } catch {
    maySleep = false;
  }
}
