/**
 * Whether the running code may be terminated. While async hooks are on (AsyncLocalStorage turns them on), a
 * termination aborts the whole process on Node 22 without --experimental-async-context-frame, and on Node 20 past
 * a cell's first await; better to say so than to lose every variable. The state is shared memory: the thread that
 * interrupts reads it while this one computes.
 */
import { createHook } from "node:async_hooks";
import { followsContexts } from "./run.js";

const HOOKED = 0;
const SYNCHRONOUS = 1;
const KEEP = 2;

/** Read from any thread. */
export function mayTerminate(state: Int32Array): boolean {
  return Atomics.load(state, HOOKED) === 0 || Atomics.load(state, SYNCHRONOUS) === 1;
}

/** Asks the running code to store what it works on, since it will be terminated; see language/hot-loops.ts. */
export function askToKeep(state: Int32Array): void {
  Atomics.store(state, KEEP, 1);
}

export class TerminationSafety {
  readonly state: Int32Array = new Int32Array(new SharedArrayBuffer(12));
  /** One word that is not zero while the running code should store what it works on. */
  readonly keep: Int32Array = this.state.subarray(KEEP);
  #restore: (() => void) | undefined;

  /** Watches for async hooks being turned on, where they matter. */
  install(): void {
    if (followsContexts()) return;
    // AsyncLocalStorage enables its hooks through the same prototype.
    const hook = Object.getPrototypeOf(createHook({})) as { enable(): unknown };
    const enable = hook.enable;
    const { state } = this;
    hook.enable = function (this: unknown): unknown {
      Atomics.store(state, HOOKED, 1);
      return enable.call(this);
    };
    this.#restore = () => (hook.enable = enable);
  }

  uninstall(): void {
    this.#restore?.();
  }

  /** Calls a cell's code up to its first `await`. */
  synchronously<T>(call: () => T): T {
    if (process.versions.node.startsWith("20.")) Atomics.store(this.state, SYNCHRONOUS, 1);
    try {
      return call();
    } finally {
      this.settle();
    }
  }

  /** The synchronous part is over; after a termination nobody else says so. */
  settle(): void {
    Atomics.store(this.state, SYNCHRONOUS, 0);
    Atomics.store(this.state, KEEP, 0);
  }
}
