/** One execution of one cell: what it waits for, what is done at its end, and whether it was interrupted. */
import { KeyboardInterrupt } from "./keyboard-interrupt.js";
import type { CellId } from "./output.js";

export class Run {
  readonly cell: CellId;
  /** The cell's name in stack traces, which write `cell[name]`. */
  readonly name: string;
  /** Aborted by an interrupt: everything that this run still does must stop. */
  readonly signal: AbortSignal;
  /** Rejects with a KeyboardInterrupt when the run is interrupted. */
  readonly interruption: Promise<never>;
  interrupted = false;
  /** True when its code must stop at its next `await`, while the session does not yet know of the interrupt. */
  asked = false;
  /** What the cell waits for before it ends: displays that are still being rendered. */
  readonly pending = new Set<Promise<unknown>>();
  /** Settles when the displays shown so far are sent: the next display waits for it, so that their order is kept. */
  shown: Promise<void> | undefined;
  /** The name in stack traces of the part that ran last. */
  file: string | undefined;
  /** Bytes it has written to its streams. */
  written = 0;
  ended = false;
  readonly #controller = new AbortController();
  #reject!: (thrown: KeyboardInterrupt) => void;
  readonly #beforeEnd: (() => void)[] = [];
  readonly #atEnd: (() => void)[] = [];

  /** @param name the cell's name in stack traces; default: its identity */
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
    // Last, because it calls the user's code.
    this.#controller.abort();
  }

  /** Registers a callback for when the cell's code is done. The cell also waits for what the callback adds to `pending`. */
  beforeEnd(call: () => void): void {
    this.#beforeEnd.push(call);
  }

  /** Calls what `beforeEnd` has registered. */
  flush(): void {
    for (const call of this.#beforeEnd.splice(0)) call();
  }

  /** Registers a callback for when the run ends or is interrupted; calls it at once when that has already happened. */
  atEnd(call: () => void): void {
    if (this.ended) call();
    else this.#atEnd.push(call);
  }

  end(): void {
    this.ended = true;
    for (const call of this.#atEnd.splice(0)) call();
  }
}
