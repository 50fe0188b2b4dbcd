/**
 * Does things for a run that an interrupt can cut short. Code that is terminated never settles its own promise, and
 * every function on the stack dies with it; so each thing is called on an empty stack, as an event of its own, and its
 * promise is settled from outside.
 */
import { listen, openChannel } from "#host/workers";
import type { CurrentRun } from "./current-run.js";
import type { Ground } from "./ground.js";
import type { InterruptState } from "./interrupt-state.js";
import { KeyboardInterrupt } from "./keyboard-interrupt.js";
import type { Run } from "./run.js";
import type { Timers } from "./timers.js";

export interface InterruptibleParts {
  readonly current: CurrentRun;
  readonly state: InterruptState;
  readonly timers: Timers;
  readonly ground: Ground;
}

export class Interruptible {
  readonly #current: CurrentRun;
  readonly #state: InterruptState;
  readonly #timers: Timers;
  readonly #ground: Ground;
  readonly #turns = openChannel();
  /** What is to be called, each in a turn of its own. */
  readonly #next: (() => void)[] = [];
  /** What is being done and for whom: one thing may be a part of another, as a magic's code is. */
  readonly #doing = new Map<(thrown: unknown) => void, Run>();

  constructor({ current, state, timers, ground }: InterruptibleParts) {
    this.#current = current;
    this.#state = state;
    this.#timers = timers;
    this.#ground = ground;
    listen(this.#turns[0], () => this.#next.shift()?.());
  }

  /** Does one thing as part of a run; rejects when `interrupt` is called first. */
  do<T>(run: Run, call: () => Promise<T> | T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#doing.set(reject, run);
      this.#next.push(() => void this.#turn(run, call, resolve, reject));
      this.#turns[1].postMessage(undefined);
    });
  }

  /** While the cell's code has the ground, nothing is called here that it may have replaced: no method of a promise. */
  async #turn<T>(
    run: Run,
    call: () => Promise<T> | T,
    resolve: (value: T) => void,
    reject: (thrown: unknown) => void,
  ): Promise<void> {
    // An interrupt that came before its turn has ended it already.
    if (!this.#doing.has(reject)) return;
    try {
      const value = await this.#current.within(run, async () => {
        this.#ground.yield();
        try {
          return await call();
        } finally {
          this.#ground.stand();
        }
      });
      resolve(value);
    } catch (thrown) {
      reject(thrown);
    }
    this.#doing.delete(reject);
  }

  /** Ends what is done for a run, its timers and everything it still awaits. */
  interrupt(run: Run): void {
    this.#ground.stand();
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
