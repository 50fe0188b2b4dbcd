/** The thread that keeps a cell's time, and interrupts the main thread when the time has run out. */
import { setTimeout as wait } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import { Interrupter } from "../cells/interrupter.js";

/** From the main thread: a cell has started, has ended, or was told to end. */
export type WatchMessage =
  | { type: "start"; id: number; milliseconds: number }
  | { type: "stop"; id: number }
  | { type: "pong"; ping: number };

/** To the main thread: end the cell `id`, and answer with a pong. */
export interface Expired {
  id: number;
  ping: number;
}

let running = 0;
const interrupter = new Interrupter((ping) =>
  parentPort?.postMessage({ id: running, ping } satisfies Expired),
);

parentPort?.on("message", (message: WatchMessage) => {
  if (message.type === "start") {
    running = message.id;
    void watch(message.id, message.milliseconds);
  } else if (message.type === "pong") interrupter.pong(message.ping);
  else if (message.id === running) running = 0;
});

async function watch(id: number, milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds;
  // A timer of Node holds at most 2^31 - 1 ms.
  for (let left = milliseconds; left > 0; left = end - performance.now()) {
    await wait(Math.min(left, 2 ** 31 - 1));
    if (running !== id) return;
  }
  await interrupter.interrupt();
}
