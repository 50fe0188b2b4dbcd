/**
 * Threads over the one memory. A job is a kernel and a number of items; whoever is free (the caller included)
 * claims the next few items until none are left. So the caller never waits for a thread to wake up, only for
 * items that a thread has begun; and since an item's result does not depend on who computes it, any number of
 * threads gives the same bits.
 *
 * Threads look for the next job for a moment and then sleep. They do not keep the process alive, and a thread that
 * dies is no longer waited for.
 */
import type { Exports } from "./machine.js";

/** Places in the control block, as 32-bit integers: a job's number; its items claimed; who works on it; trouble. */
const [NUMBER, NEXT, WORKING, FAILED] = [0, 1, 2, 3];
/** In WORKING: the job still takes threads. The low bits count those that are at it. */
const OPEN = 1 << 16;
/** Bytes before the job itself, which is doubles: kernel, items, items at a time, scratch, its bytes, arguments. */
const JOB = 64;
const MAX_ARGUMENTS = 32;
/** Milliseconds that a thread looks for the next job before it sleeps. */
const SPIN = 0.1;
/** Milliseconds without a sign of life after which a working thread counts as dead. */
const PATIENCE = 10_000;

/** What a thread runs. A string, because a Worker wants a file or a string and this library reads no files. */
const source = `
const { workerData } = require("node:worker_threads");
const { module, memory, control, names, id } = workerData;
const abort = () => { throw new Error("a WASM kernel stopped"); };
const { exports } = new WebAssembly.Instance(module, { env: { memory, abort } });
const kernels = names.map((name) => exports[name]);
const state = new Int32Array(control);
const job = new Float64Array(control, ${JOB});
let seen = 0;
for (;;) {
  let until = performance.now() + ${SPIN};
  while (Atomics.load(state, ${NUMBER}) === seen) {
    for (let i = 0; i < 50 && Atomics.load(state, ${NUMBER}) === seen; i++);
    if (performance.now() > until) Atomics.wait(state, ${NUMBER}, seen);
  }
  seen = Atomics.load(state, ${NUMBER});
  let working = Atomics.load(state, ${WORKING});
  while (working & ${OPEN}) {
    const found = Atomics.compareExchange(state, ${WORKING}, working, working + 1);
    if (found === working) break;
    working = found;
  }
  if (!(working & ${OPEN})) continue;
  try {
    const [kernel, count, step, scratch, scratchBytes, length] = job;
    const args = job.slice(6, 6 + length);
    for (;;) {
      const first = Atomics.add(state, ${NEXT}, step);
      if (first >= count) break;
      kernels[kernel](first, Math.min(count, first + step), scratch + id * scratchBytes, ...args);
    }
  } catch {
    Atomics.store(state, ${FAILED}, 1);
  }
  Atomics.sub(state, ${WORKING}, 1);
  Atomics.notify(state, ${WORKING});
}
`;

/** As much of node:worker_threads' Worker as is used here. */
interface Thread {
  unref(): void;
  on(event: "error" | "exit", listener: () => void): void;
  terminate(): Promise<number>;
}

export class Pool {
  readonly threads: readonly Thread[];
  readonly #names: readonly string[];
  readonly #state: Int32Array;
  readonly #job: Float64Array;
  #dead = false;

  /** @param count  threads beside the caller's own */
  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory, exports: Exports, count: number) {
    this.#names = Object.keys(exports).filter((name) => typeof exports[name] === "function");
    const control = new SharedArrayBuffer(JOB + 8 * (6 + MAX_ARGUMENTS));
    this.#state = new Int32Array(control);
    this.#job = new Float64Array(control, JOB);
    const { Worker } = globalThis.process.getBuiltinModule("node:worker_threads");
    this.threads = Array.from({ length: count }, (_, i) => {
      const workerData = { module, memory, control, names: this.#names, id: i + 1 };
      const thread: Thread = new Worker(source, { eval: true, workerData });
      thread.unref();
      thread.on("error", () => (this.#dead = true)); // the caller does the work alone from then on
      return thread;
    });
  }

  /**
   * Runs a kernel over the items 0 … count−1, `step` at a time.
   * @param scratch  room for every thread's scratch of so many bytes, one after the other
   * @returns false when a thread failed: the caller must do the job again, alone
   */
  run(
    call: Exports,
    kernel: string,
    count: number,
    step: number,
    scratch: number,
    scratchBytes: number,
    args: readonly number[],
  ): boolean {
    if (this.#dead) return false;
    this.#job.set([this.#names.indexOf(kernel), count, step, scratch, scratchBytes, args.length, ...args]);
    Atomics.store(this.#state, NEXT, 0);
    Atomics.store(this.#state, WORKING, OPEN);
    Atomics.add(this.#state, NUMBER, 1);
    Atomics.notify(this.#state, NUMBER);
    try {
      for (;;) {
        const first = Atomics.add(this.#state, NEXT, step);
        if (first >= count) break;
        call[kernel](first, Math.min(count, first + step), scratch, ...args);
      }
    } finally {
      Atomics.and(this.#state, WORKING, ~OPEN);
      this.#wait();
    }
    return !this.#dead && Atomics.exchange(this.#state, FAILED, 0) === 0;
  }

  stop(): void {
    this.#dead = true;
    for (const thread of this.threads) void thread.terminate();
  }

  /** Until nobody works on the job any more, or a thread that does has been silent for too long. */
  #wait(): void {
    const given = performance.now();
    while (Atomics.load(this.#state, WORKING) !== 0) {
      for (let i = 0; i < 1000; i++) if (Atomics.load(this.#state, WORKING) === 0) return;
      const waited = performance.now() - given;
      if (waited > PATIENCE) return this.stop();
      const working = Atomics.load(this.#state, WORKING);
      if (waited > 1 && working !== 0) Atomics.wait(this.#state, WORKING, working, 50);
    }
  }
}
