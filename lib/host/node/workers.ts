/** Threads that run a program of this package: worker threads, which run compiled JavaScript. */
import { MessageChannel, parentPort, Worker, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import type { ChannelPort, Port, StartedWorker, WorkerMemory, WorkerProgram } from "../kernel-contract.js";

const PROGRAMS: Readonly<Partial<Record<WorkerProgram, string>>> = { language: "kernel/language/worker.js" };

/** The folder of the compiled files, relative to this file; a program started from the sources (a test) uses them too. */
const COMPILED = import.meta.url.endsWith(".ts") ? "../../../dist/" : "../../../";

export function startWorker(
  program: WorkerProgram,
  data: unknown,
  { young, old }: WorkerMemory,
): StartedWorker {
  const file = PROGRAMS[program];
  if (file === undefined)
    throw new Error(`No worker thread runs "${program}" in Node: the main thread does.`);
  const worker = new Worker(new URL(COMPILED + file, import.meta.url), {
    workerData: data,
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: young, maxOldGenerationSizeMb: old },
    stdout: false,
    stderr: false,
  });
  return Object.assign(worker, {
    onEnd(call: (error?: Error) => void) {
      worker.on("error", call);
      worker.on("exit", () => call());
    },
    stop: async () => void (await worker.terminate()),
  });
}

export function thisWorker(): { readonly data: Promise<unknown>; readonly port: Port } {
  if (parentPort === null) throw new Error("This program runs as a worker, and was started as a process.");
  return { data: Promise.resolve(workerData), port: parentPort };
}

export function openChannel(): readonly [ChannelPort, ChannelPort] {
  const { port1, port2 } = new MessageChannel();
  return [port1, port2];
}

export function listen(port: Port, receive: (message: unknown) => void): void {
  (port as Port & Pick<MessagePort, "on">).on("message", receive);
}
