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
  failed: (words: string) => void,
  transfer: readonly MessagePort[] = [],
): Thread {
  const program = new Blob([`onmessage = ({ data }) => {\n${source}\n};`], { type: "text/javascript" });
  const url = URL.createObjectURL(program);
  const worker = new web.Worker(url);
  worker.addEventListener("error", ({ message }) => failed(message ?? ""));
  worker.postMessage(data, [...transfer]);
  return {
    async stop() {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}

export function sleep(words: Int32Array, at: number, value: number, milliseconds: number): void {
  if (canSleep()) Atomics.wait(words, at, value, milliseconds);
}

/** Found at the first question. */
let maySleep: boolean | undefined;

export function canSleep(): boolean {
  if (maySleep === undefined) {
    try {
      // The word is not 1, so where one may sleep it returns at once.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
      maySleep = true;
    } catch {
      maySleep = false;
    }
  }
  return maySleep;
}

export function atExit(): () => void {
  return () => undefined;
}

export const beginsAsleep = false;
