/** One execution of one cell: what it waits for, what is done at its end, and whether it was interrupted. */
import { KeyboardInterrupt } from "./keyboard-interrupt.js";
import type { CellId } from "./output.js";

/** How long an interrupted cell has to end what ends by itself, a training for example, in milliseconds. */
export const SETTLE_MS = 10_000;

/** How often it is looked whether what ends by itself has ended, in milliseconds. */
export const LOOK_MS = 50;

/** The global `setTimeout`, before the cells' own timers replace it. */
const setTimeout = globalThis.setTimeout.bind(globalThis);

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, milliseconds));

export class Run {
  readonly cell: CellId;
  /** The cell's name in stack traces, which write `cell[name]`. */
  readonly name: string;
  /** Aborted by an interrupt: everything that this run still does must stop. */
  readonly signal: AbortSignal;
  /** Rejects with a KeyboardInterrupt when the run is interrupted. */
  readonly interruption: Promise<never>;
  interrupted = false;
  /** Whether it was interrupted while something ran that ends by itself, see `settles`. */
  endsByItself = false;
  /** True when its code must stop at its next `await`, while the session does not yet know of the interrupt. */
  asked = false;
  /** What the cell waits for before it ends: displays that are still being rendered. */
  readonly pending = new Set<Promise<unknown>>();
  /** What settles soon after an interrupt, by its own account: the end of a training. */
  readonly settling = new Set<Promise<unknown>>();
  /** How many questions to the user are open that its end waits for. */
  #questions = 0;
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
    this.endsByItself = this.settling.size > 0;
    this.#reject(new KeyboardInterrupt());
    // Last, because it calls the user's code.
    this.#controller.abort();
  }

  /** Registers a promise that settles soon after an interrupt: the cell then ends after it. */
  settles(promise: Promise<unknown>): void {
    this.settling.add(promise);
    const done = (): void => void this.settling.delete(promise);
    promise.then(done, done);
  }

  /** Asks the user on behalf of what ends by itself, which has the time that he takes. */
  async asks<T>(question: () => Promise<T>): Promise<T> {
    this.#questions++;
    try {
      return await question();
    } finally {
      this.#questions--;
    }
  }

  /** Whether the user is being asked. */
  get isAsking(): boolean {
    return this.#questions > 0;
  }

  /** Settles when all has ended that ends by itself, or has had its time. */
  async settled(): Promise<void> {
    let last = performance.now() + SETTLE_MS;
    while (this.settling.size > 0 && performance.now() < last) {
      if (this.isAsking) last = performance.now() + SETTLE_MS;
      await Promise.race([Promise.allSettled(this.settling), pause(LOOK_MS)]);
    }
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
