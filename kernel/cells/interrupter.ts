/**
 * Stops what the main thread is doing, from another thread. The main thread is asked first: idle or awaiting, it ends
 * the cell itself. When it does not answer it computes, and its JavaScript is terminated. Variables stay as they are.
 */
import { openTerminator } from "#host/termination";
import { askToKeep, mayTerminate, runsCell } from "./interrupt-state.js";

/** Milliseconds that the main thread has to answer; more with every attempt, for a machine may be busy. */
const PATIENCE = 150;
/** The same while no cell's code runs: what would be terminated is the kernel's own, and what waits for it waits for ever. */
const OWN_PATIENCE = 5000;
const ATTEMPTS = 25;

export class Interrupter {
  readonly #ask: () => Promise<unknown>;
  readonly #state: Int32Array | undefined;
  readonly #careful: boolean;
  #busy: Promise<boolean> | undefined;

  /**
   * @param ask asks the main thread to end the cell; its answer means that it does not compute
   * @param state the session's; see interrupt-state.ts
   * @param careful whether the main thread may hold variables worth keeping: rather than lose them, the cell goes on
   */
  constructor(ask: () => Promise<unknown>, state?: Int32Array, { careful = true } = {}) {
    this.#ask = ask;
    this.#state = state;
    this.#careful = careful;
  }

  /** @returns whether the main thread answers again */
  interrupt(): Promise<boolean> {
    this.#busy ??= this.#interrupt().finally(() => (this.#busy = undefined));
    return this.#busy;
  }

  async #interrupt(): Promise<boolean> {
    if (this.#state) askToKeep(this.#state);
    if (await this.#answers(PATIENCE)) return true;
    if (this.#careful && this.#state && !mayTerminate(this.#state)) return false;
    const terminator = openTerminator();
    if (!terminator) return false;
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        await terminator.terminate();
        if (await this.#answers(PATIENCE * (1 + attempt / 5))) return true;
      }
      return false;
    } finally {
      terminator.close();
    }
  }

  /** Whether the main thread answers before patience ends. */
  async #answers(patience: number): Promise<boolean> {
    let answered = false;
    let wake: (() => void) | undefined;
    this.#ask().then(
      () => {
        answered = true;
        wake?.();
      },
      () => {},
    );
    for (let waited = 0; !answered && waited < OWN_PATIENCE; waited += patience) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patience);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (!this.#state || runsCell(this.#state)) break;
    }
    return answered;
  }
}
