/**
 * Runs compiled cells, and keeps the variables that they bind. It knows nothing of displays, of streams or of the
 * compiler.
 */
import { makeFunction } from "#host/evaluation";
import { isPromise } from "#host/inspection";
import { awaitable } from "./awaitable.js";
import type { CompiledCell } from "../language/language.js";
import type { CurrentRun } from "./current-run.js";
import type { Imports } from "./imports.js";
import type { InterruptState } from "./interrupt-state.js";
import type { Interruptible } from "./interruptible.js";
import { KeyboardInterrupt, halt } from "./keyboard-interrupt.js";
import type { Run } from "./run.js";

/** How a cell ended: with the value of its last expression, or with what it threw. */
export type Outcome = { bound: string[] } & (
  { status: "ok"; value: unknown } | { status: "error"; thrown: unknown }
);

/** What the evaluator needs of the session. */
export interface EvaluatorParts {
  readonly current: CurrentRun;
  readonly imports: Imports;
  readonly interruptible: Interruptible;
  readonly interrupts: InterruptState;
  /** The file name of the cells as seen by their imports: relative paths start from its folder. */
  readonly file: string;
}

/** What a cell's code sees as `$cell`. */
interface CellHelper {
  bind(name: string, get: () => unknown, set?: (value: unknown) => void): void;
  wait<T>(value: T, run: Run | undefined): T | Promise<never>;
  /** Ends an interrupted cell behind a statement that awaited, with the variables of which it was left. */
  stop(run: Run | undefined): void;
  /** The run that the code belongs to. */
  readonly run: Run | undefined;
  import(specifier: unknown): Promise<unknown>;
  readonly meta: Record<string, unknown>;
  /** Set to 1 before the cell is terminated; see language/hot-loops.ts. */
  readonly keep: Int32Array;
  /** Ends a loop that has seen `keep` set, where nothing else can; see language/loop-checks.ts. */
  halt(): never;
}

type CellBody = (
  cells: object,
  cell: CellHelper,
  ...imports: unknown[]
) => { value: unknown } | undefined | Promise<{ value: unknown } | undefined>;

/** What code of the kernel calls in the middle of a cell, which may have put others in their place. */
const { apply, defineProperty } = Reflect;
const { create } = Object;

/** How long an interrupted cell has then to bind what it awaited, in milliseconds. */
const BIND_MS = 100;

/** Before the cells' own timers take its place. */
const setTimeout = globalThis.setTimeout.bind(globalThis);

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, milliseconds));

/** A promise that never settles. An interrupted run that has already got its KeyboardInterrupt awaits it from then on. */
const FOREVER: Promise<never> = new Promise(() => {});

export class Evaluator {
  readonly #parts: EvaluatorParts;
  readonly #told = new WeakSet<Run>();
  #cells = create(null) as Record<string, unknown>;
  /** The variables of an exercise's tests, which see the others too; see language/exercise.ts. */
  #tests = create(this.#cells) as Record<string, unknown>;

  constructor(parts: EvaluatorParts) {
    this.#parts = parts;
  }

  /** The variables that cells have bound, but for those of an exercise's tests. */
  get cells(): Readonly<Record<string, unknown>> {
    return this.#cells;
  }

  /** Forgets every variable. */
  reset(): void {
    this.#cells = create(null) as Record<string, unknown>;
    this.#tests = create(this.#cells) as Record<string, unknown>;
  }

  /**
   * Runs one compiled cell, or a part of one.
   * @param file the cell's name in stack traces: `cell[3]`
   */
  async run(compiled: CompiledCell, file: string, run: Run): Promise<Outcome> {
    const { imports, interruptible, interrupts } = this.#parts;
    const bound: string[] = [];
    let ended: Promise<unknown> | undefined;
    try {
      const body = compile(compiled, file);
      const { isForTests = false, allowed } = compiled;
      const cells = isForTests ? this.#tests : this.#cells;
      const helper = this.#helper(cells, bound, run, isForTests);
      imports.update(compiled.modules, compiled.found);
      if (allowed) imports.allow(allowed);
      const modules =
        compiled.imports.length || compiled.found.length
          ? await interruptible.do(run, async () => {
              await imports.link(compiled.found);
              const loaded: unknown[] = [];
              for (const request of compiled.imports)
                loaded.push(await imports.load(request, undefined, isForTests));
              return loaded;
            })
          : [];
      const parts: Parameters<CellBody> = [cells, helper, ...modules];
      const call = (): ReturnType<CellBody> => apply(body, undefined, parts);
      // The cell's own ground: nothing is called here that an earlier cell may have replaced.
      const outcome = await interruptible.doForCell(run, async () => {
        const returned = interrupts.synchronously(call);
        if (isPromise(returned)) ended = awaitable(returned);
        // A cell that ends with a promise ends when the promise does.
        const value = (await returned)?.value;
        return { value: isPromise(value) ? await value : value, __proto__: null };
      });
      return { status: "ok", value: outcome.value, bound };
    } catch (thrown) {
      // What the cell awaited may end by the interrupt, as a training does: then its variable is bound.
      if (run.interrupted) await run.settled();
      if (run.interrupted && ended) await Promise.race([ended.catch(() => {}), pause(BIND_MS)]);
      return { status: "error", thrown, bound };
    }
  }

  #helper(cells: object, bound: string[], run: Run, isForTests: boolean): CellHelper {
    const { current, imports, interrupts, file } = this.#parts;
    return {
      bind: (name, get, set) => {
        const accessor = { get, set, enumerable: true, configurable: true, __proto__: null };
        defineProperty(cells, name, accessor);
        const one = { value: name, writable: true, enumerable: true, configurable: true, __proto__: null };
        defineProperty(bound, bound.length, one);
      },
      wait: (value, waiting) => {
        if (!waiting?.interrupted && !waiting?.asked) return value;
        // The first await after an interrupt throws, so that `finally` runs; later ones never come back.
        if (this.#told.has(waiting)) return FOREVER;
        this.#told.add(waiting);
        throw new KeyboardInterrupt();
      },
      stop: (stopping) => {
        if (stopping?.interrupted || stopping?.asked) throw new KeyboardInterrupt();
      },
      get run() {
        return current.ofCode ?? run;
      },
      import: (specifier) => imports.loadNamed(specifier, undefined, isForTests),
      meta: imports.metaOf(file),
      keep: interrupts.keep,
      halt,
    };
  }
}

/** A cell's function. Its top-level awaits belong to the run that called it. */
function compile({ javascript, isAsync, imports }: CompiledCell, file: string): CellBody {
  return makeFunction({
    parameters: ["$cells", "$cell", ...imports.map((_, i) => `$import${i}`)],
    head: "const $run = $cell.run;",
    body: javascript,
    isAsync,
    file,
  }) as CellBody;
}
