/**
 * The shared memory on which the thread of the cells sleeps while `prompt()` waits for the front end: two words, the
 * state and the length of the answer, then its text.
 */
import { KeyboardInterrupt } from "../cells/keyboard-interrupt.js";

const State = { idle: 0, waiting: 1, answered: 2, interrupted: 3, refused: 4, tooLong: 5 } as const;

const HEAD = 8;
/** The most bytes that an answer may have. */
const LONGEST: number = 2 ** 20;

export class InputMemory {
  readonly shared: SharedArrayBuffer;
  readonly #head: Int32Array;

  /** @param shared the memory that the other thread has; new memory when absent */
  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(HEAD + LONGEST)) {
    this.shared = shared;
    this.#head = new Int32Array(shared, 0, 2);
  }

  /**
   * In the thread of the cells: sends a question and sleeps until the other thread has an answer.
   * @throws KeyboardInterrupt, or an Error when no answer is possible
   */
  ask(send: () => void): string {
    Atomics.store(this.#head, 0, State.waiting);
    send();
    Atomics.wait(this.#head, 0, State.waiting);
    switch (Atomics.load(this.#head, 0)) {
      case State.answered:
        // A copy: shared memory cannot be decoded.
        return new TextDecoder().decode(
          new Uint8Array(this.shared, HEAD, Atomics.load(this.#head, 1)).slice(),
        );
      case State.interrupted:
        throw new KeyboardInterrupt();
      case State.tooLong:
        throw new Error(`prompt(): the answer is longer than ${LONGEST / 2 ** 20} MB.`);
      default:
        throw new Error("prompt() is not available: this front end does not allow input for this cell.");
    }
  }

  /** In the other thread: wakes the cell with what the user typed. */
  give(value: string): void {
    const text = new TextEncoder().encode(value);
    if (text.length > LONGEST) return this.#wake(State.tooLong);
    new Uint8Array(this.shared, HEAD).set(text);
    Atomics.store(this.#head, 1, text.length);
    this.#wake(State.answered);
  }

  /** In the other thread: wakes the cell with an error, because this front end cannot ask the user. */
  refuse(): void {
    this.#wake(State.refused);
  }

  /** In the other thread: wakes the cell with a KeyboardInterrupt; does nothing when the cell does not wait. */
  interrupt(): void {
    this.#wake(State.interrupted);
  }

  #wake(state: number): void {
    Atomics.compareExchange(this.#head, 0, State.waiting, state);
    Atomics.notify(this.#head, 0);
  }
}
