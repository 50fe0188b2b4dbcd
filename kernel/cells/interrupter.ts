/**
 * Stops what the main thread is doing, from another thread. The main thread is asked first: idle or awaiting, it ends
 * the cell itself. When it does not answer it computes, and its JavaScript is terminated. Variables stay as they are.
 */
import { openTerminator } from "#host/termination";
import { askToKeep, mayTerminate } from "./interrupt-state.js";

/** Milliseconds that the main thread has to answer. */
const PATIENCE = 150;
const ATTEMPTS = 25;

export class Interrupter {
  readonly #ask: () => Promise<unknown>;
  readonly #safety: Int32Array | undefined;
  #busy: Promise<boolean> | undefined;

  /**
   * @param ask asks the main thread to end the cell; its answer means that it does not compute
   * @param safety the session's, where the main thread may hold variables worth keeping; see interrupt-state.ts
   */
  constructor(ask: () => Promise<unknown>, safety?: Int32Array) {
    this.#ask = ask;
    this.#safety = safety;
  }

  /** @returns whether the main thread answers again */
  interrupt(): Promise<boolean> {
    this.#busy ??= this.#interrupt().finally(() => (this.#busy = undefined));
    return this.#busy;
  }

  async #interrupt(): Promise<boolean> {
    if (this.#safety) askToKeep(this.#safety);
    if (await this.#answers()) return true;
    if (this.#safety && !mayTerminate(this.#safety)) return false;
    const terminator = openTerminator();
    if (!terminator) return false;
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        await terminator.terminate();
        if (await this.#answers()) return true;
      }
      return false;
    } finally {
      terminator.close();
    }
  }

  /** Whether the main thread answers before patience ends. */
  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), PATIENCE);
      this.#ask().then(
        () => {
          clearTimeout(timer);
          resolve(true);
        },
        () => {},
      );
    });
  }
}
