/**
 * Which cell is it? Output, timers and errors belong to the cell whose code caused them, also after it has ended.
 *
 * Node follows a cell through promises and callbacks with AsyncLocalStorage, but on Node 20 and 22 that needs
 * async hooks, and terminating a loop while they are on aborts the process. So it is used only where Node keeps
 * contexts without hooks (24, or 22 with --experimental-async-context-frame); elsewhere timers carry their cell
 * (timers.ts), and the rest goes to the cell that runs, or ran last.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { CellId } from "./output.js";

/** One run of one cell. */
export class Run {
  readonly cell: CellId;
  /** Aborted by an interrupt: everything that this run still does must stop. */
  readonly signal: AbortSignal;
  /** What the cell waits for before it ends: displays that are being rendered. */
  readonly pending = new Set<Promise<unknown>>();
  /** Settles when the displays shown so far are sent: the next one comes after them, however soon it is drawn. */
  shown: Promise<void> | undefined;
  /** Bytes it has written to its streams. */
  written = 0;
  ended = false;
  readonly #interruption = new AbortController();
  readonly #beforeEnd: (() => void)[] = [];
  readonly #atEnd: (() => void)[] = [];

  constructor(cell: CellId) {
    this.cell = cell;
    this.signal = this.#interruption.signal;
  }

  get interrupted(): boolean {
    return this.signal.aborted;
  }

  interrupt(): void {
    this.#interruption.abort();
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

/** Whether this Node follows async contexts without async hooks. */
export function followsContexts(): boolean {
  const major = Number(process.versions.node.split(".")[0]);
  return major >= 24 || process.execArgv.includes("--experimental-async-context-frame");
}

export class CellContext {
  readonly #storage = followsContexts() ? new AsyncLocalStorage<Run>() : undefined;
  /** The run that the kernel is executing now. */
  running: Run | undefined;
  #last: Run | undefined;
  #carried: Run | undefined;

  /** The run that the code being executed belongs to. */
  get current(): Run | undefined {
    return this.#storage?.getStore() ?? this.#carried ?? this.running ?? this.#last;
  }

  /** Calls a function as part of a run; what it leaves behind belongs to that run too. */
  enter<T>(run: Run, call: () => T): T {
    this.#last = run;
    return this.#storage ? this.#storage.run(run, call) : call();
  }

  /** Calls a callback that an earlier moment of a run asked for. */
  carry<T>(run: Run | undefined, call: () => T): T {
    if (this.#storage || !run) return call();
    const before = this.#carried;
    this.#carried = run === this.running ? undefined : run;
    try {
      return call();
    } finally {
      this.#carried = before;
    }
  }
}
