/**
 * Which cell is it? Output, timers and errors belong to the cell whose code caused them, also after it has ended. Where
 * the place follows a value through promises and callbacks, the cell is that value; elsewhere timers carry their cell
 * (timers.ts), and the rest goes to the cell that runs, or ran last.
 */
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

  /** Calls a function as part of a run: what it prints and shows is the run's, and so is what it leaves behind. */
  async within<T>(run: Run, call: () => Promise<T>): Promise<T> {
    const before = this.#running;
    this.#running = this.#last = run;
    try {
      return await (this.#context ? this.#context.run(run, call) : call());
    } finally {
      // A run that was interrupted may come back while another one is running.
      if (this.#running === run) this.#running = before;
    }
  }

  /** Calls a callback that an earlier moment of a run asked for. */
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
