/**
 * Memory shared by the thread that interrupts and the thread that computes. The computing thread says in it whether its
 * code may be terminated: while async hooks are on (AsyncLocalStorage turns them on), a termination aborts the whole
 * process on Node 22 without --experimental-async-context-frame, and on Node 20 after a cell's first await. It is
 * better to refuse the interrupt than to lose every variable. The interrupting thread asks in it that the code store
 * its variables before it is terminated.
 */
import { SAFE_BEFORE_AWAIT, watchAsyncHooks } from "#host/contexts";
import { canShare } from "#host/threads";

/** A cell may put others in their place. */
const { load, store } = Atomics;

const HOOKED = 0;
const SYNCHRONOUS = 1;
const KEEP = 2;
const WORDS = 3;

/** Read from any thread. */
export function mayTerminate(words: Int32Array): boolean {
  return load(words, HOOKED) === 0 || load(words, SYNCHRONOUS) === 1;
}

/** Asks the running code to store its variables, because it will be terminated; see language/hot-loops.ts. */
export function askToKeep(words: Int32Array): void {
  store(words, KEEP, 1);
}

export class InterruptState {
  readonly words: Int32Array = new Int32Array(
    canShare() ? new SharedArrayBuffer(4 * WORDS) : new ArrayBuffer(4 * WORDS),
  );
  /** One word that is not zero while the running code should store its variables. */
  readonly keep: Int32Array = this.words.subarray(KEEP);

  /** Watches whether async hooks are turned on, on the versions where that matters. @returns a function that stops it */
  install(): () => void {
    return watchAsyncHooks(() => store(this.words, HOOKED, 1));
  }

  /** Calls a cell's code up to its first `await`. */
  synchronously<T>(call: () => T): T {
    if (SAFE_BEFORE_AWAIT) store(this.words, SYNCHRONOUS, 1);
    try {
      return call();
    } finally {
      this.settle();
    }
  }

  /** Marks the synchronous part as over. After a termination this is the only call that does so. */
  settle(): void {
    store(this.words, SYNCHRONOUS, 0);
    store(this.words, KEEP, 0);
  }
}
