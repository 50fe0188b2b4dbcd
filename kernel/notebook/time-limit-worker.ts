/**
 * The thread that keeps a cell's time. When it has run out it tells the main thread; while the main thread does
 * not answer it is deep in a loop, and V8 is told to terminate what it executes.
 *
 * Terminating needs `node --no-force-async-hooks-checks`: without it Node aborts when the stack is cut off.
 */
import { Session } from "node:inspector";
import { setTimeout as wait } from "node:timers/promises";
import { parentPort } from "node:worker_threads";

/** From the main thread: a cell has started, or has ended or been interrupted. */
export type WatchMessage = { type: "start"; id: number; milliseconds: number } | { type: "stop"; id: number };

/** How long an idle main thread may take to answer, in milliseconds. */
const ANSWER = 200;

let running = 0;

parentPort?.on("message", (message: WatchMessage) => {
  if (message.type === "start") {
    running = message.id;
    void watch(message.id, message.milliseconds);
  } else if (message.id === running) running = 0;
});

async function watch(id: number, milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds;
  // A timer of Node holds at most 2^31 - 1 ms.
  while (performance.now() < end) {
    await wait(Math.min(end - performance.now(), 2 ** 31 - 1), undefined, { ref: true });
    if (running !== id) return;
  }
  parentPort?.postMessage(id);
  await wait(ANSWER);
  if (running !== id) return;
  const session = new Session();
  session.connectToMainThread();
  while (running === id) {
    await new Promise((resolve) => session.post("Runtime.terminateExecution", resolve));
    parentPort?.postMessage(id);
    await wait(ANSWER);
  }
  session.disconnect();
}
