/**
 * What the thread that interrupts must know of the thread that computes, in memory that both see: whether the running
 * code may be terminated. While async hooks are on (AsyncLocalStorage turns them on), a termination aborts the whole
 * process on Node 22 without --experimental-async-context-frame, and on Node 20 past a cell's first await; better to
 * say so than to lose every variable. The other way round it says that the code should store what it works on.
 */
import { SAFE_BEFORE_AWAIT, watchAsyncHooks } from "#host/contexts";
import { canShare } from "#host/threads";

const HOOKED = 0;
const SYNCHRONOUS = 1;
const KEEP = 2;
const WORDS = 3;

/** Read from any thread. */
export function mayTerminate(words: Int32Array): boolean {
  return Atomics.load(words, HOOKED) === 0 || Atomics.load(words, SYNCHRONOUS) === 1;
}

/** Asks the running code to store what it works on, since it will be terminated; see language/hot-loops.ts. */
export function askToKeep(words: Int32Array): void {
  Atomics.store(words, KEEP, 1);
}

export class InterruptState {
  readonly words: Int32Array = new Int32Array(
    canShare() ? new SharedArrayBuffer(4 * WORDS) : new ArrayBuffer(4 * WORDS),
  );
  /** One word that is not zero while the running code should store what it works on. */
  readonly keep: Int32Array = this.words.subarray(KEEP);

  /** Watches for async hooks being turned on, where they matter. @returns stops watching */
  install(): () => void {
    return watchAsyncHooks(() => Atomics.store(this.words, HOOKED, 1));
  }

  /** Calls a cell's code up to its first `await`. */
  synchronously<T>(call: () => T): T {
    if (SAFE_BEFORE_AWAIT) Atomics.store(this.words, SYNCHRONOUS, 1);
    try {
      return call();
    } finally {
      this.settle();
    }
  }

  /** The synchronous part is over; after a termination nobody else says so. */
  settle(): void {
    Atomics.store(this.words, SYNCHRONOUS, 0);
    Atomics.store(this.words, KEEP, 0);
  }
}
