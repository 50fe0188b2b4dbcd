/**
 * Does things for a run that an interrupt can cut short. Code that is terminated never settles its own promise, and
 * every function on the stack dies with it; so each thing is called on an empty stack, as an event of its own, and its
 * promise is settled from outside.
 */
import { listen, openChannel } from "#host/workers";
import type { CurrentRun } from "./current-run.js";
import type { InterruptState } from "./interrupt-state.js";
import { KeyboardInterrupt } from "./keyboard-interrupt.js";
import type { Run } from "./run.js";
import type { Timers } from "./timers.js";

export class Interruptible {
  readonly #current: CurrentRun;
  readonly #state: InterruptState;
  readonly #timers: Timers;
  readonly #turns = openChannel();
  #next: (() => void) | undefined;
  /** Ends what is being done with what was thrown. */
  #fail: ((thrown: unknown) => void) | undefined;

  constructor(current: CurrentRun, state: InterruptState, timers: Timers) {
    this.#current = current;
    this.#state = state;
    this.#timers = timers;
    listen(this.#turns[0], () => {
      const next = this.#next;
      this.#next = undefined;
      next?.();
    });
  }

  /** Does one thing as part of a run; rejects when `interrupt` is called first, or was called before. */
  do<T>(run: Run, call: () => Promise<T> | T): Promise<T> {
    if (run.interrupted) return Promise.reject(new KeyboardInterrupt());
    const done = new Promise<T>((resolve, reject) => {
      this.#fail = reject;
      this.#next = () => {
        this.#state.running(true);
        void this.#current.within(run, async () => call()).then(resolve, reject);
      };
      this.#turns[1].postMessage(undefined);
    });
    return done.finally(() => this.#state.running(false));
  }

  /** Ends what is done for a run, its timers and everything it still awaits. */
  interrupt(run: Run): void {
    run.interrupt();
    this.#timers.clear(run);
    this.#state.settle();
    this.#current.leave();
    const fail = this.#fail;
    this.#fail = undefined;
    fail?.(new KeyboardInterrupt());
  }

  close(): void {
    this.#turns[0].close();
  }
}
