/**
 * Timers that know their cell. A callback's output belongs to the cell that set the timer, and an interrupt
 * clears the timers of the cell it stops: a loop in a library that yields by `setTimeout` stops with it.
 */
import type { CurrentRun } from "./current-run.js";
import type { Run } from "./run.js";

type Callback = (...parts: unknown[]) => void;
/** An object in Node, a number in a browser. */
type Timer = unknown;
type Setter = (callback: unknown, ...parts: unknown[]) => Timer;
type Clearer = (timer: Timer) => void;

/** The functions that set timers, and those that clear them; a browser has no `setImmediate`. */
const NAMES = {
  setTimeout: "clearTimeout",
  setInterval: "clearInterval",
  setImmediate: "clearImmediate",
} as const;

/** The symbol by which `util.promisify(setTimeout)` finds the promise version of a timer; it is kept. */
const PROMISIFIED = Symbol.for("nodejs.util.promisify.custom");

const globals = globalThis as unknown as Record<string, unknown>;

export class Timers {
  readonly #current: CurrentRun;
  readonly #after: () => void;
  /** The active timers of each run, and the function that clears each: those neither cleared nor called for the last time. */
  readonly #active = new Map<Run, Map<Timer, Clearer>>();

  /** @param after is called after each callback */
  constructor(current: CurrentRun, after: () => void = () => {}) {
    this.#current = current;
    this.#after = after;
  }

  /** Replaces the global timer functions by these. @returns a function that puts the old ones back */
  install(): () => void {
    const restore: (() => void)[] = [];
    const replace = (name: string, own: unknown): void => {
      const before = globals[name];
      globals[name] = own;
      restore.push(() => (globals[name] = before));
    };
    for (const [setting, clearing] of Object.entries(NAMES)) {
      if (typeof globals[setting] !== "function") continue;
      const set = globals[setting] as Setter;
      const clear = globals[clearing] as Clearer;
      replace(setting, this.#setter(set, clear, setting !== "setInterval"));
      replace(clearing, (timer: Timer) => {
        for (const run of this.#active.keys()) this.#forget(run, timer);
        clear(timer);
      });
    }
    return () => restore.forEach((undo) => undo());
  }

  /** Clears every timer that a run has set. */
  clear(run: Run): void {
    for (const [timer, clear] of this.#active.get(run) ?? []) clear(timer);
    this.#active.delete(run);
  }

  #setter(set: Setter, clear: Clearer, isOnce: boolean): Setter {
    const own: Setter = (callback, ...parts) => {
      const run = this.#current.ofCode;
      if (!run || typeof callback !== "function") return set(callback, ...parts);
      const timer = set(
        (...values: unknown[]) => {
          if (isOnce) this.#forget(run, timer);
          try {
            this.#current.carry(run, () => (callback as Callback)(...values));
          } finally {
            this.#after();
          }
        },
        ...parts,
      );
      let timers = this.#active.get(run);
      if (!timers) this.#active.set(run, (timers = new Map()));
      timers.set(timer, clear);
      return timer;
    };
    const promisified: unknown = Reflect.get(set, PROMISIFIED);
    return promisified === undefined ? own : Object.defineProperty(own, PROMISIFIED, { value: promisified });
  }

  #forget(run: Run, timer: Timer): void {
    const timers = this.#active.get(run);
    if (timers?.delete(timer) && !timers.size) this.#active.delete(run);
  }
}
