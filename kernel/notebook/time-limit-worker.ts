/** The thread that measures a cell's time, and interrupts the main thread when the time has run out. */
import { setTimeout as wait } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import { Interrupter } from "../cells/interrupter.js";
import { connect } from "../threads/rpc.js";
import type { Clock, ClockOwner } from "./time-limit.js";

let running = 0;

const clock: Clock = {
  start(id, milliseconds) {
    running = id;
    void watch(id, milliseconds);
  },
  stop(id) {
    if (id === running) running = 0;
  },
};
const { remote } = connect<ClockOwner>(parentPort!, clock, { name: "The main thread" });
const interrupter = new Interrupter(() => remote.expired(running));

async function watch(id: number, milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds;
  // A timer of Node waits at most 2^31 - 1 ms.
  for (let left = milliseconds; left > 0; left = end - performance.now()) {
    await wait(Math.min(left, 2 ** 31 - 1));
    if (running !== id) return;
  }
  await interrupter.interrupt();
}
