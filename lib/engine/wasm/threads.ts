/**
 * Threads that share one memory. A job is a routine and a number of items, cut into chunks. Every thread, the caller included,
 * begins with its own share of the chunks; a thread that has finished takes chunks from the others' shares. So the caller
 * never waits for a thread to wake up, only for chunks that a thread has begun. An item's result does not depend on the thread
 * that computes it, so any number of threads gives the same bits.
 *
 * The shares follow the items' order, and routines number their items by image first. So from layer to layer a thread works on
 * the same images, whose numbers are still in its core's cache. To fetch them from another core's cache would cost more time
 * than a second thread saves.
 *
 * Threads look for the next job for a moment and then sleep. They do not keep the process alive. The caller stops waiting for
 * a thread that dies; while other programs keep the cores busy, the caller works alone for a while.
 */
import { addonInThread } from "#host/native";
import { sleep, startThread } from "#host/threads";
import type { Thread } from "../../host/contract.js";
import type { Exports, Native } from "./native.js";
import { Rest } from "./rest.js";

/** 32-bit integers from one entry of the control block to the next, so that no two share a cache line or its neighbour. */
const LINE = 32;
/** Entries: the job's number; how many work on it; failure; from NEXT on, every thread's next chunk. Then comes the job. */
const [NUMBER, WORKING, FAILED, NEXT] = [0, LINE, 2 * LINE, 3 * LINE];
/** A bit in WORKING: threads may still join the job. The low bits count the threads that work on it. */
const OPEN = 1 << 16;
/** The job, in doubles: routine, items, chunks, grain, scratch, its bytes, how many arguments; and the arguments. */
const HEADER = 7;
const MAX_ARGUMENTS = 32;
/** Milliseconds that a thread looks for the next job before it sleeps. */
const SPIN = 0.2;
/** Milliseconds without a sign of life after which a working thread counts as dead. */
const PATIENCE = 10_000;

/**
 * Computes chunks of a job: first those of the thread's own share, then chunks that the others have not begun. Threads get
 * the text of this function, so it must not use any variable from outside.
 * @param next  the first of the shares' counters, which are `line` integers apart
 */
function work(
  state: Int32Array,
  { next, line, threads, own }: { next: number; line: number; threads: number; own: number },
  { count, chunks, grain }: { count: number; chunks: number; grain: number },
  compute: (first: number, last: number) => void,
): void {
  const grains = Math.ceil(count / grain);
  for (let i = 0; i < threads; i++) {
    const share = (own + i) % threads;
    const end = Math.floor((chunks * (share + 1)) / threads);
    for (;;) {
      const chunk = Atomics.add(state, next + line * share, 1);
      if (chunk >= end) break;
      const last = grain * Math.floor((grains * (chunk + 1)) / chunks);
      compute(grain * Math.floor((grains * chunk) / chunks), Math.min(count, last));
    }
  }
}

/** A thread's program: a string, because it must not need a separate file. */
const source = `
const { module, memory, control, jobAt, names, place } = data;
const abort = () => { throw new Error("a WASM routine stopped"); };
const { exports } = new WebAssembly.Instance(module, { env: { memory, abort } });
const addon = ${addonInThread};
const native = addon ? addon.open(new Uint8Array(memory.buffer), data.addon.instructions) : {};
const routines = names.map((name) => native[name] ?? exports[name]);
const state = new Int32Array(control);
const job = new Float64Array(control, jobAt);
const work = ${work};
let seen = 0;
for (;;) {
  const until = performance.now() + ${SPIN};
  while (Atomics.load(state, ${NUMBER}) === seen) {
    for (let i = 0; i < 200 && Atomics.load(state, ${NUMBER}) === seen; i++);
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
    const routine = routines[job[0]];
    const scratch = job[4] + place.own * job[5];
    const args = Array.from(job.subarray(${HEADER}, ${HEADER} + job[6]));
    work(state, place, { count: job[1], chunks: job[2], grain: job[3] }, (first, last) => routine(first, last, scratch, ...args));
  } catch {
    Atomics.store(state, ${FAILED}, 1);
  }
  Atomics.sub(state, ${WORKING}, 1);
  Atomics.notify(state, ${WORKING});
}
`;

export class ThreadPool {
  readonly threads: readonly Thread[];
  readonly #names: readonly string[];
  readonly #state: Int32Array;
  readonly #job: Float64Array;
  #dead = false;
  readonly #rest = new Rest();

  /**
   * @param count   threads in addition to the caller's own
   * @param native  routines that take the place of the module's own
   */
  constructor(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    exports: Exports,
    count: number,
    native?: Native,
  ) {
    this.#names = Object.keys(exports).filter((name) => typeof exports[name] === "function");
    const jobAt = 4 * (NEXT + LINE * (count + 1));
    const control = new SharedArrayBuffer(jobAt + 8 * (HEADER + MAX_ARGUMENTS));
    this.#state = new Int32Array(control);
    this.#job = new Float64Array(control, jobAt);
    this.threads = Array.from({ length: count }, (_, i) => {
      const place = { next: NEXT, line: LINE, threads: count + 1, own: i + 1 };
      const addon = native && { file: native.file, instructions: native.instructions };
      const data = { module, memory, control, jobAt, names: this.#names, place, addon };
      // When a thread dies, the caller works alone from then on.
      return startThread(source, data, () => (this.#dead = true));
    });
  }

  /** Whether the threads are not used for a while, because other programs need their cores. */
  get resting(): boolean {
    return this.#rest.lasts(performance.now());
  }

  /**
   * Runs a routine over the items 0 … count−1.
   * @param chunks   the number of chunks
   * @param grain    a chunk's number of items is a multiple of this
   * @param scratch  memory for the scratch of all threads, one after the other
   * @returns false when a thread failed: the caller must do the job again, alone
   */
  run(
    call: Exports,
    routine: string,
    count: number,
    chunks: number,
    grain: number,
    scratch: number,
    scratchBytes: number,
    args: readonly number[],
  ): boolean {
    if (this.#dead) return false;
    const [state, threads] = [this.#state, this.threads.length + 1];
    this.#job.set([
      this.#names.indexOf(routine),
      count,
      chunks,
      grain,
      scratch,
      scratchBytes,
      args.length,
      ...args,
    ]);
    for (let share = 0; share < threads; share++) {
      Atomics.store(state, NEXT + LINE * share, Math.floor((chunks * share) / threads));
    }
    Atomics.store(state, WORKING, OPEN);
    Atomics.add(state, NUMBER, 1);
    Atomics.notify(state, NUMBER);
    const given = performance.now();
    try {
      const place = { next: NEXT, line: LINE, threads, own: 0 };
      work(state, place, { count, chunks, grain }, (first, last) =>
        call[routine](first, last, scratch, ...args),
      );
    } finally {
      Atomics.and(state, WORKING, ~OPEN);
      const done = performance.now();
      this.#wait(done);
      const now = performance.now();
      this.#rest.judge(now, done - given, now - done);
    }
    return !this.#dead && Atomics.exchange(state, FAILED, 0) === 0;
  }

  stop(): void {
    this.#dead = true;
    for (const thread of this.threads) void thread.stop();
  }

  /** Waits until no thread works on the job, or a working thread has not reported for too long. */
  #wait(since: number): void {
    while (Atomics.load(this.#state, WORKING) !== 0) {
      for (let i = 0; i < 1000; i++) if (Atomics.load(this.#state, WORKING) === 0) return;
      const waited = performance.now() - since;
      if (waited > PATIENCE) return this.stop();
      const working = Atomics.load(this.#state, WORKING);
      if (waited > 0.2 && working !== 0) sleep(this.#state, WORKING, working, 50);
    }
  }
}
