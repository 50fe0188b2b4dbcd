/**
 * Finds the cell that output, timers and errors belong to: the one whose code caused them, also after it has ended.
 * Node carries this cell through promises and callbacks (AsyncLocalStorage). In a browser only timers carry their cell
 * (timers.ts); everything else goes to the cell that runs, or ran last.
 */
import { awaitable } from "./awaitable.js";
import { newContext } from "#host/contexts";
import type { Run } from "./run.js";

export class CurrentRun {
  readonly #context = newContext<Run>();
  #running: Run | undefined;
  #last: Run | undefined;
  #carried: Run | undefined;

  /** The run that the code being executed belongs to. */
  get ofCode(): Run | undefined {
    return this.#context?.getStore() ?? this.#carried ?? this.#running ?? this.#last;
  }

  /** The run that the session executes now. */
  get running(): Run | undefined {
    return this.#running;
  }

  /** Calls a function as part of a run: its output belongs to the run, and so do the timers and promises it starts. */
  async within<T>(run: Run, call: () => Promise<T>): Promise<T> {
    const before = this.#running;
    this.#running = this.#last = run;
    try {
      return await awaitable(this.#context ? this.#context.run(run, call) : call());
    } finally {
      // A run that was interrupted may come back while another one is running.
      if (this.#running === run) this.#running = before;
    }
  }

  /** Calls a callback that the run set earlier, a timer's for example. */
  carry<T>(run: Run, call: () => T): T {
    if (this.#context) return call();
    const before = this.#carried;
    this.#carried = run === this.#running ? undefined : run;
    try {
      return call();
    } finally {
      this.#carried = before;
    }
  }

  /** Nothing is executed any more: the running code was interrupted. */
  leave(): void {
    this.#running = undefined;
  }
}
