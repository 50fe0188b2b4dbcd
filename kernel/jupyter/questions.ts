/**
 * Questions between the threads, on the sockets' side: `prompt()`, which the main thread blocks in until the front
 * end answers, and what plugins say, for which a busy main thread is not waited for.
 */
import { INPUT_BYTES, INPUT_HEAD, InputState } from "./messages.js";

/** The answer to `prompt()`, in memory that the main thread sleeps on. */
export class InputAnswer {
  readonly #memory: SharedArrayBuffer;
  readonly #head: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#memory = memory;
    this.#head = new Int32Array(memory, 0, 2);
  }

  /** Wakes the main thread with what the user typed. */
  give(value: string): void {
    const text = Buffer.from(value);
    if (text.length > INPUT_BYTES) return this.#settle(InputState.tooLong);
    new Uint8Array(this.#memory, INPUT_HEAD).set(text);
    Atomics.store(this.#head, 1, text.length);
    this.#settle(InputState.answered);
  }

  /** Wakes it with an error: this front end does not ask. */
  refuse(): void {
    this.#settle(InputState.refused);
  }

  /** Wakes it with a KeyboardInterrupt; harmless when it does not wait. */
  interrupt(): void {
    this.#settle(InputState.interrupted);
  }

  #settle(state: number): void {
    Atomics.compareExchange(this.#head, 0, InputState.waiting, state);
    Atomics.notify(this.#head, 0);
  }
}

/** Milliseconds that the main thread has to answer. */
const PATIENCE = 250;

/** Questions to the main thread: undefined when it does not answer in time. */
export class Questions {
  readonly #waiting = new Map<number, (value: unknown) => void>();
  #count = 0;

  /** @param send asks the main thread under a number, which its answer names */
  ask<T>(send: (ask: number) => void): Promise<T | undefined> {
    const ask = ++this.#count;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(ask);
        resolve(undefined);
      }, PATIENCE);
      this.#waiting.set(ask, (value) => {
        clearTimeout(timer);
        resolve(value as T);
      });
      send(ask);
    });
  }

  answer(ask: number, value: unknown): void {
    this.#waiting.get(ask)?.(value);
    this.#waiting.delete(ask);
  }
}
