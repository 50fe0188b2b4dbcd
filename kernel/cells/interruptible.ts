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
  /** What is to be called, each in a turn of its own. */
  readonly #next: (() => void)[] = [];
  /** What is being done and for whom: one thing may be a part of another, as a magic's code is. */
  readonly #doing = new Map<(thrown: unknown) => void, Run>();

  constructor(current: CurrentRun, state: InterruptState, timers: Timers) {
    this.#current = current;
    this.#state = state;
    this.#timers = timers;
    listen(this.#turns[0], () => this.#next.shift()?.());
  }

  /** Does one thing as part of a run; rejects when `interrupt` is called first. */
  do<T>(run: Run, call: () => Promise<T> | T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#doing.set(reject, run);
      const end = (): void => void this.#doing.delete(reject);
      this.#next.push(
        () =>
          void this.#current
            .within(run, async () => call())
            .finally(end)
            .then(resolve, reject),
      );
      this.#turns[1].postMessage(undefined);
    });
  }

  /** Ends what is done for a run, its timers and everything it still awaits. */
  interrupt(run: Run): void {
    this.#timers.clear(run);
    this.#state.settle();
    if (this.#current.running === run) this.#current.leave();
    for (const [fail, doing] of this.#doing) {
      if (doing !== run) continue;
      this.#doing.delete(fail);
      fail(new KeyboardInterrupt());
    }
    run.interrupt();
  }

  close(): void {
    this.#turns[0].close();
  }
}
