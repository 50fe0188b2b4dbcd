/**
 * Calls functions for a run so that an interrupt can end them early. Terminated code never settles its promise, and
 * termination also ends every other function on the stack. So each function is called on an empty stack, in its own turn
 * of the event loop, and its promise is settled from outside.
 */
import { listen, openChannel } from "#host/workers";
import { awaitable } from "./awaitable.js";
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
  /** The functions to call, each in its own turn of the event loop. */
  readonly #next: (() => void)[] = [];
  /** The calls in progress and their runs. One call may be part of another, as the code inside a magic is. */
  readonly #doing = new Map<(thrown: unknown) => void, Run>();

  constructor({ current, state, timers, ground }: InterruptibleParts) {
    this.#current = current;
    this.#state = state;
    this.#timers = timers;
    this.#ground = ground;
    listen(this.#turns[0], () => this.#next.shift()?.());
  }

  /** Calls a function of the kernel's as part of a run; rejects when `interrupt` is called first. */
  do<T>(run: Run, call: () => Promise<T> | T): Promise<T> {
    return this.#enqueue(run, (resolve, reject) => this.#turn(run, call, resolve, reject));
  }

  /** The same for the code of a cell, for which the cells' own built-ins are in place; see ground.ts. */
  doForCell<T>(run: Run, call: () => Promise<T> | T): Promise<T> {
    const yielding = async (): Promise<T> => {
      this.#ground.yield();
      try {
        return await awaitable(call());
      } finally {
        this.#ground.stand();
      }
    };
    return this.#enqueue(run, (resolve, reject) => this.#turn(run, yielding, resolve, reject));
  }

  #enqueue<T>(
    run: Run,
    turn: (resolve: (value: T) => void, reject: (thrown: unknown) => void) => Promise<void>,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#doing.set(reject, run);
      this.#next.push(() => void turn(resolve, reject));
      this.#turns[1].postMessage(undefined);
    });
  }

  /** While the cell's built-ins are in place (ground.ts), no built-in may be called here, not even a promise's method. */
  async #turn<T>(
    run: Run,
    call: () => Promise<T> | T,
    resolve: (value: T) => void,
    reject: (thrown: unknown) => void,
  ): Promise<void> {
    // It was interrupted before its turn came.
    if (!this.#doing.has(reject)) return;
    try {
      resolve(await awaitable(this.#current.within(run, async () => await awaitable(call()))));
    } catch (thrown) {
      reject(thrown);
    }
    this.#doing.delete(reject);
  }

  /** Ends the calls in progress for a run, its timers and everything that it still awaits. */
  interrupt(run: Run): void {
    this.#ground.stand();
    // Whoever interrupts may ask several times. What the first time has set going, to end in order, is not stopped again.
    if (!run.interrupted) this.#timers.clear(run);
    this.#state.settle();
    if (this.#current.running === run) this.#current.leave();
    this.fail(run, new KeyboardInterrupt());
    run.interrupt();
  }

  /** Ends the calls in progress for a run with an error. */
  fail(run: Run, thrown: unknown): void {
    for (const [fail, doing] of this.#doing) {
      if (doing !== run) continue;
      this.#doing.delete(fail);
      fail(thrown);
    }
  }

  close(): void {
    this.#turns[0].close();
  }
}
