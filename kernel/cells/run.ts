/** One run of one cell: what it waits for, what is done at its end, and whether it was interrupted. */
import { KeyboardInterrupt } from "./keyboard-interrupt.js";
import type { CellId } from "./output.js";

export class Run {
  readonly cell: CellId;
  /** What stack traces call the cell: `cell[name]`. */
  readonly name: string;
  /** Aborted by an interrupt: everything that this run still does must stop. */
  readonly signal: AbortSignal;
  /** Rejects with a KeyboardInterrupt when the run is interrupted. */
  readonly interruption: Promise<never>;
  interrupted = false;
  /** Its code is to stop at its next `await`, though the session does not know of the interrupt yet. */
  asked = false;
  /** What the cell waits for before it ends: displays that are being rendered. */
  readonly pending = new Set<Promise<unknown>>();
  /** Settles when the displays shown so far are sent: the next one comes after them, however soon it is drawn. */
  shown: Promise<void> | undefined;
  /** What stack traces call the part that ran last. */
  file: string | undefined;
  /** Bytes it has written to its streams. */
  written = 0;
  ended = false;
  readonly #controller = new AbortController();
  #reject!: (thrown: KeyboardInterrupt) => void;
  readonly #beforeEnd: (() => void)[] = [];
  readonly #atEnd: (() => void)[] = [];

  /** @param name what stack traces call the cell; the identity when absent */
  constructor(cell: CellId, name = String(cell)) {
    this.cell = cell;
    this.name = name;
    this.signal = this.#controller.signal;
    this.interruption = new Promise((_, reject) => (this.#reject = reject));
    this.interruption.catch(() => {});
  }

  interrupt(): void {
    if (this.interrupted) return;
    this.interrupted = true;
    this.#reject(new KeyboardInterrupt());
    // The last, since it calls code of the user's.
    this.#controller.abort();
  }

  /** Calls back when the cell's code is done; what that adds to `pending` is still waited for. */
  beforeEnd(call: () => void): void {
    this.#beforeEnd.push(call);
  }

  /** Does what was to be done before the end. */
  flush(): void {
    for (const call of this.#beforeEnd.splice(0)) call();
  }

  /** Calls back when the run ends or is interrupted; at once when it has. */
  atEnd(call: () => void): void {
    if (this.ended) call();
    else this.#atEnd.push(call);
  }

  end(): void {
    this.ended = true;
    for (const call of this.#atEnd.splice(0)) call();
  }
}
