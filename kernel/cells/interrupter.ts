/**
 * Stops what the main thread is doing, from another thread. The main thread is asked first: if it is idle or awaiting,
 * it ends the cell itself. If it does not answer, its stack is inspected while it runs: the user's code is terminated;
 * the kernel's own code, which is only slow, is given time; code that waits outside JavaScript is reported, and stopped
 * when it returns. Variables keep their values.
 */
import { openTerminator } from "#host/termination";
import { nextTurn } from "#host/turns";
import type { Terminator } from "../../lib/host/kernel-contract.js";
import { askToKeep, mayTerminate } from "./interrupt-state.js";

/** Milliseconds that the main thread has to answer. */
const PATIENCE = 150;
/** Milliseconds after which the caller is told that the main thread does not answer. */
const LONG = 1000;
/** How many times the main thread may seem to run nothing and still not answer; after that, it must be running an endless
 * chain of microtasks. */
const UNSEEN = 3;
/** How many times code that must not be terminated is asked to end. */
const ATTEMPTS = 25;

export class Interrupter {
  readonly #ask: () => Promise<unknown>;
  readonly #words: Int32Array | undefined;
  readonly #long: number;
  #busy: Promise<boolean> | undefined;
  /** Whether the main thread has answered since the last interrupt. */
  #hasAnswered = false;

  /**
   * @param ask asks the main thread to end the cell; an answer means that the main thread is not computing
   * @param words the session's shared memory (interrupt-state.ts), for a main thread whose code can store its variables
   * @param long milliseconds after which the caller is told that the main thread does not answer
   */
  constructor(ask: () => Promise<unknown>, words?: Int32Array, long = LONG) {
    this.#ask = ask;
    this.#long = long;
    this.#words = words;
  }

  /**
   * @param cell the cell to end; default: the running one
   * @returns whether the main thread answers again; false when it does not answer in time. Its cell is then
   *   stopped when it returns to JavaScript
   */
  interrupt(cell?: string): Promise<boolean> {
    this.#busy ??= this.#interrupt(cell).finally(() => (this.#busy = undefined));
    return within(this.#long, this.#busy);
  }

  async #interrupt(cell: string | undefined): Promise<boolean> {
    if (this.#words) askToKeep(this.#words);
    this.#hasAnswered = false;
    if (await this.#answers()) return true;
    const terminator = openTerminator();
    // Where nothing can end the code, its loops see by themselves that they shall end, and a library's call may take long.
    if (!terminator) return this.#ask().then(() => true);
    try {
      return await this.#stop(terminator, cell);
    } finally {
      terminator.close();
    }
  }

  async #stop(terminator: Terminator, cell: string | undefined): Promise<boolean> {
    let unseen = 0;
    for (let attempt = 0; attempt < ATTEMPTS || this.#mayTerminate; attempt++) {
      const seen = await terminator.look(cell);
      // On a busy machine its answer may only now arrive; what computes then is what comes after the cell.
      await nextTurn();
      if (this.#hasAnswered) return true;
      const isEnded = seen === "computing" || (seen === "nothing" && ++unseen > UNSEEN);
      if (this.#mayTerminate && isEnded) {
        unseen = 0;
        await terminator.terminate();
      }
      if (await this.#answers()) return true;
    }
    return false;
  }

  get #mayTerminate(): boolean {
    return !this.#words || mayTerminate(this.#words);
  }

  /** Whether the main thread answers before patience ends. */
  #answers(): Promise<boolean> {
    return within(
      PATIENCE,
      this.#ask().then(() => (this.#hasAnswered = true)),
    );
  }
}

/** The value of a promise; false when it takes longer. */
function within(milliseconds: number, promise: Promise<boolean>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(false), milliseconds);
    promise.then((value) => {
      clearTimeout(timer);
      resolve(value);
    }, reject);
  });
}
