/**
 * Stops what the main thread is doing, from another thread. The main thread is asked first: idle or awaiting, it ends
 * the cell itself. When it does not answer, it is looked at in the middle of what it does: code of the user's is
 * terminated, a kernel that is only slow is waited for, and what waits outside JavaScript is told so and stopped when
 * it comes back. Variables stay as they are.
 */
import { openTerminator } from "#host/termination";
import type { Terminator } from "../../lib/host/kernel-contract.js";
import { askToKeep, mayTerminate } from "./interrupt-state.js";

/** Milliseconds that the main thread has to answer. */
const PATIENCE = 150;
/** Milliseconds after which whoever asked is told that it does not. */
const LONG = 1000;
/** How often the main thread may seem to run nothing and yet not answer: then it runs one microtask after another. */
const UNSEEN = 3;
/** How often code that must not be terminated is asked to end. */
const ATTEMPTS = 25;

export class Interrupter {
  readonly #ask: () => Promise<unknown>;
  readonly #words: Int32Array | undefined;
  #busy: Promise<boolean> | undefined;

  /**
   * @param ask asks the main thread to end the cell; its answer means that it does not compute
   * @param words the session's, where the main thread may hold variables worth keeping; see interrupt-state.ts
   */
  constructor(ask: () => Promise<unknown>, words?: Int32Array) {
    this.#ask = ask;
    this.#words = words;
  }

  /**
   * @param cell the cell that is to end; the one that runs unless given
   * @returns whether the main thread answers again; false when it does not within a second, though it is still stopped
   *   when it comes back
   */
  interrupt(cell?: string): Promise<boolean> {
    this.#busy ??= this.#interrupt(cell).finally(() => (this.#busy = undefined));
    return within(LONG, this.#busy);
  }

  async #interrupt(cell: string | undefined): Promise<boolean> {
    if (this.#words) askToKeep(this.#words);
    if (await this.#answers()) return true;
    const terminator = openTerminator();
    if (!terminator) return false;
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
      this.#ask().then(() => true),
    );
  }
}

/** What a promise comes to; false when that takes longer. */
function within(milliseconds: number, promise: Promise<boolean>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(false), milliseconds);
    promise.then((value) => {
      clearTimeout(timer);
      resolve(value);
    }, reject);
  });
}
