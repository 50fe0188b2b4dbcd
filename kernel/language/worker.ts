/**
 * The compiler's thread. It answers the language's methods on every port it is handed, one call at a time, in
 * the order they arrive: a cell that computes on the main thread never delays a completion.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { Compiler } from "./compiler.js";
import type { Language } from "./language.js";
import { saveCodeCache } from "./typescript.js";

/** One call of a method of `Language`. */
export interface Call {
  id: number;
  method: keyof Language;
  parts: unknown[];
}

export type Answer = { id: number; value: unknown } | { id: number; error: string };

/** A further port to answer on. */
export interface Connect {
  connect: MessagePort;
}

const compiler = new Compiler((workerData as { cwd: string }).cwd);
let converted = false;

function serve(port: Pick<MessagePort, "postMessage" | "on">): void {
  port.on("message", async (message: Call | Connect) => {
    if ("connect" in message) return serve(message.connect);
    const { id, method, parts } = message;
    if (method === "convert") converted = true;
    try {
      const run = compiler[method] as (...parts: unknown[]) => Promise<unknown>;
      port.postMessage({ id, value: await run.apply(compiler, parts) } satisfies Answer);
    } catch (error) {
      port.postMessage({ id, error: String((error as Error).stack ?? error) } satisfies Answer);
    }
  });
}

serve(parentPort!);
compiler.start();
// A cell that waits by now goes first: it may import what a warm-up would leave out.
await new Promise(setImmediate);
if (!converted) await compiler.warm();
saveCodeCache();
