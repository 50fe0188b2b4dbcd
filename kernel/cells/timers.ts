/**
 * Timers that know their cell. A callback's output belongs to the cell that set the timer, and an interrupt
 * clears the timers of the cell it stops: a loop in a library that yields by `setTimeout` stops with it.
 */
import { promisify } from "node:util";
import type { CellContext, Run } from "./run.js";

type Callback = (...parts: unknown[]) => void;
type Timer = NodeJS.Timeout | NodeJS.Immediate;

/** How many timers a run may have before the cleared ones among them are forgotten. */
const PRUNE_AT = 1000;

function prune(timers: Set<Timer>): void {
  for (const timer of timers) if ((timer as { _destroyed?: boolean })._destroyed) timers.delete(timer);
}

const NAMES = ["setTimeout", "setInterval", "setImmediate"] as const;

export class Timers {
  readonly #context: CellContext;
  readonly #active = new WeakMap<Run, Set<Timer>>();
  readonly #restore: (() => void)[] = [];

  constructor(context: CellContext) {
    this.#context = context;
  }

  install(): void {
    for (const name of NAMES) {
      const original = globalThis[name] as (callback: Callback, ...parts: unknown[]) => Timer;
      const isOnce = name !== "setInterval";
      const wrapped = (callback: unknown, ...parts: unknown[]): Timer => {
        const run = this.#context.current;
        if (!run || typeof callback !== "function") return original(callback as Callback, ...parts);
        const timers = this.#timersOf(run);
        const timer = original(
          (...values: unknown[]) => {
            if (isOnce) timers.delete(timer);
            this.#context.carry(run, () => (callback as Callback)(...values));
          },
          ...parts,
        );
        if (timers.size > PRUNE_AT) prune(timers);
        timers.add(timer);
        return timer;
      };
      // `util.promisify(setTimeout)` and `timers/promises` keep their own way.
      Object.defineProperty(wrapped, promisify.custom, {
        value: (original as unknown as Record<symbol, unknown>)[promisify.custom],
      });
      (globalThis as Record<string, unknown>)[name] = wrapped;
      this.#restore.push(() => ((globalThis as Record<string, unknown>)[name] = original));
    }
  }

  uninstall(): void {
    for (const restore of this.#restore.splice(0)) restore();
  }

  /** Clears every timer that a run has set. */
  clear(run: Run): void {
    for (const timer of this.#timersOf(run)) {
      clearTimeout(timer as NodeJS.Timeout);
      clearImmediate(timer as NodeJS.Immediate);
    }
    this.#active.delete(run);
  }

  #timersOf(run: Run): Set<Timer> {
    let timers = this.#active.get(run);
    if (!timers) this.#active.set(run, (timers = new Set()));
    return timers;
  }
}
