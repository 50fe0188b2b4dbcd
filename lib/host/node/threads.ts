/** Threads are worker threads. */
import { availableParallelism } from "node:os";
import type { Transferable } from "node:worker_threads";
import type { Thread } from "../contract.js";

export function cores(): number {
  return availableParallelism();
}

export function canShare(): boolean {
  return true;
}

export function startThread(
  source: string,
  data: unknown,
  failed: (words: string) => void,
  transfer: readonly MessagePort[] = [],
): Thread {
  const program = `const { workerData: data } = require("node:worker_threads");\n${source}`;
  // Loaded only when needed, as other modules of Node in this folder are: it would slow every start.
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const worker = new Worker(program, {
    eval: true,
    workerData: data,
    transferList: [...transfer] as unknown as Transferable[],
  });
  worker.unref();
  worker.on("error", (error) => failed(String(error)));
  return { stop: async () => void (await worker.terminate()) };
}

export function sleep(words: Int32Array, at: number, value: number, milliseconds: number): void {
  Atomics.wait(words, at, value, milliseconds);
}

export function canSleep(): boolean {
  return true;
}

export function atExit(run: () => void): () => void {
  process.once("exit", run);
  return () => void process.off("exit", run);
}

export const beginsAsleep = true;
