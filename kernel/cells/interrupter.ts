/**
 * Stops what the main thread is doing, from the sockets' thread and without signals. The main thread is asked
 * first: idle or awaiting, it ends the cell itself. When it does not answer it computes, and the inspector
 * terminates its JavaScript: loops, microtasks, callbacks, `Atomics.wait`. Variables stay as they are.
 *
 * Node must run with --no-force-async-hooks-checks, or it aborts when it finds the terminated stack.
 */
import { Session } from "node:inspector";
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
    const inspector = new Session();
    inspector.connectToMainThread();
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        await new Promise<void>((resolve) => inspector.post("Runtime.terminateExecution", () => resolve()));
        if (await this.#answers()) return true;
      }
      return false;
    } finally {
      inspector.disconnect();
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
