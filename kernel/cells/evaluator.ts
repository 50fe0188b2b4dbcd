/**
 * Runs compiled cells, in process and on the main thread, and knows nothing of sockets or of the compiler.
 *
 * It owns what cells share: the variables they bind, the modules they import, the globals `display`,
 * `clearOutput`, `prompt` and `require`, the process's streams. Between `install` and `uninstall` the process is
 * the cells'; there can be one evaluator at a time.
 */
import path from "node:path";
import vm from "node:vm";
import { MessageChannel } from "node:worker_threads";
import { Capture } from "./capture.js";
import { CellContext, Run } from "./run.js";
import type { Formatter } from "../display/protocol.js";
import { Displays } from "./displays.js";
import { Imports, importMeta } from "./imports.js";
import type { CompiledCell } from "../language/language.js";
import type { Output } from "./output.js";
import { portable } from "./portable.js";
import { TerminationSafety } from "./termination.js";
import { Timers } from "./timers.js";
import { Tracer, cellFile } from "./trace.js";

/** Ends a cell that was interrupted. */
export class KeyboardInterrupt extends Error {
  override readonly name = "KeyboardInterrupt";

  constructor() {
    super("The cell was interrupted.");
    // Where the kernel stands when it interrupts says nothing about the cell.
    this.stack = `${this.name}: ${this.message}`;
  }
}

/** What a cell came to: the value of its last expression, or what it threw. */
export type Outcome = { bound: string[] } & (
  { status: "ok"; value: unknown } | { status: "error"; thrown: unknown }
);

/** What a cell's code sees as `$cell`. */
interface CellHelper {
  bind(name: string, get: () => unknown, set?: (value: unknown) => void): void;
  wait<T>(value: T, run: Run | undefined): T | Promise<never>;
  readonly run: Run | undefined;
  import(specifier: string): Promise<unknown>;
  readonly meta: Record<string, unknown>;
  /** Raised before the cell is terminated; see language/hot-loops.ts. */
  readonly keep: Int32Array;
}

type CellBody = (
  cells: object,
  cell: CellHelper,
  run: Run,
  ...imports: unknown[]
) => { value: unknown } | undefined | Promise<{ value: unknown } | undefined>;

/** A promise that never settles: what code of an interrupted run awaits, once it has been told. */
const FOREVER: Promise<never> = new Promise(() => {});

export class Evaluator {
  readonly context: CellContext = new CellContext();
  readonly tracer: Tracer = new Tracer();
  readonly imports: Imports;
  readonly displays: Displays;
  readonly capture: Capture;
  readonly safety: TerminationSafety = new TerminationSafety();
  /** What plugins add to the display protocol. */
  readonly formatters: Formatter[] = [];
  readonly #cwd: string;
  readonly #output: Output;
  readonly #timers: Timers;
  readonly #told = new WeakSet<Run>();
  readonly #restore: (() => void)[] = [];
  #cells: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  #turns: MessageChannel | undefined;
  #next: (() => void) | undefined;
  /** Ends the running cell with what was thrown. */
  #fail: ((thrown: unknown) => void) | undefined;

  constructor(cwd: string, output: Output) {
    this.#cwd = cwd;
    this.#output = output;
    this.imports = new Imports(cwd, this.tracer);
    this.displays = new Displays(output, this.context, this.formatters);
    this.capture = new Capture(output, this.context, this.tracer);
    this.#timers = new Timers(this.context);
  }

  /** Gives the process to the cells. */
  install(): void {
    this.tracer.install();
    this.capture.install();
    this.#timers.install();
    this.safety.install();
    const file = path.join(this.#cwd, "__cell__.ts");
    const globals: Record<string, unknown> = {
      display: this.displays.display,
      clearOutput: this.displays.clearOutput,
      prompt: this.prompt,
      require: this.imports.require,
      __filename: file,
      __dirname: this.#cwd,
    };
    // By this convention a library's long loop learns that its cell was interrupted.
    const signal = Symbol.for("Jupyter.signal");
    Object.defineProperty(globalThis, signal, {
      get: () => this.context.current?.signal,
      configurable: true,
    });
    this.#restore.push(() => void delete (globalThis as Record<symbol, unknown>)[signal]);
    const describing = Symbol.for("Jupyter.portable");
    Object.defineProperty(globalThis, describing, { value: portable(() => this.#cells), configurable: true });
    this.#restore.push(() => void delete (globalThis as Record<symbol, unknown>)[describing]);
    for (const [name, value] of Object.entries(globals)) {
      const before = Object.getOwnPropertyDescriptor(globalThis, name);
      Object.defineProperty(globalThis, name, {
        value,
        writable: true,
        configurable: true,
        enumerable: false,
      });
      this.#restore.push(() => {
        if (before) Object.defineProperty(globalThis, name, before);
        else delete (globalThis as Record<string, unknown>)[name];
      });
    }
  }

  /** Gives the process back. */
  uninstall(): void {
    for (const restore of this.#restore.splice(0).reverse()) restore();
    this.#turns?.port1.close();
    this.#turns = undefined;
    this.#timers.uninstall();
    this.safety.uninstall();
    this.capture.uninstall();
    this.tracer.uninstall();
  }

  /** The names that cells have bound. */
  get names(): string[] {
    return Object.keys(this.#cells);
  }

  lookup(name: string): unknown {
    return this.#cells[name];
  }

  /** Forgets every variable. */
  reset(): void {
    this.#cells = Object.create(null) as Record<string, unknown>;
  }

  /** Calls a function as part of a cell: what it prints and shows is the cell's. */
  async within<T>(run: Run, call: () => Promise<T>): Promise<T> {
    const before = this.context.running;
    this.context.running = run;
    try {
      return await this.context.enter(run, call);
    } finally {
      // A run that was interrupted may come back while another one is running.
      if (this.context.running === run) this.context.running = before;
    }
  }

  /**
   * Runs one cell to its end, the displays it started included.
   * @param name what stack traces call it
   */
  async run(compiled: CompiledCell, source: string, name: string, run: Run): Promise<Outcome> {
    const bound: string[] = [];
    this.tracer.addCell(name, run.cell, source, compiled.map);
    try {
      const outcome = await this.interruptible(run, async () => {
        this.imports.update(compiled.modules);
        const modules: unknown[] = [];
        for (const request of compiled.imports) modules.push(await this.imports.load(request));
        const body = this.#compile(compiled, name);
        const ended = await this.safety.synchronously(() =>
          body(this.#cells, this.#helper(bound, run), run, ...modules),
        );
        // A cell that ends with a promise ends when the promise does.
        return { value: ended?.value instanceof Promise ? ((await ended.value) as unknown) : ended?.value };
      });
      return { status: "ok", value: outcome.value, bound };
    } catch (thrown) {
      return { status: "error", thrown, bound };
    }
  }

  /** Does one thing for a run; rejects when `interrupt` is called first. */
  interruptible<T>(run: Run, call: () => Promise<T> | T): Promise<T> {
    // Code that is terminated never settles its own promise; this one is settled from outside.
    let settle!: { resolve(value: T): void; reject(thrown: unknown): void };
    const outcome = new Promise<T>((resolve, reject) => (settle = { resolve, reject }));
    this.#fail = settle.reject;
    this.#turn(() => void this.within(run, async () => call()).then(settle.resolve, settle.reject));
    return outcome;
  }

  /** Ends the running cell, its timers and everything it still awaits. Harmless when nothing runs. */
  interrupt(run: Run | undefined = this.context.running): void {
    if (!run) return;
    run.interrupt();
    this.#timers.clear(run);
    this.safety.settle();
    this.context.running = undefined;
    const fail = this.#fail;
    this.#fail = undefined;
    fail?.(new KeyboardInterrupt());
  }

  /** The global `prompt`: one line from the user, waited for. */
  readonly prompt = (question = "", password = false): string => {
    if (!this.#output.input)
      throw new Error("prompt() is not available here: this front end has no way to ask for input.");
    return this.#output.input(String(question), Boolean(password), this.context.current?.cell);
  };

  /**
   * Calls back on an empty stack, as an event of its own: when the code is terminated, every function that is on
   * the stack dies with it, and the kernel's own must not be among them.
   */
  #turn(call: () => void): void {
    this.#next = call;
    this.#turns ??= this.#openTurns();
    this.#turns.port2.postMessage(undefined);
  }

  #openTurns(): MessageChannel {
    const turns = new MessageChannel();
    turns.port1.on("message", () => {
      const next = this.#next;
      this.#next = undefined;
      next?.();
    });
    return turns;
  }

  #compile(compiled: CompiledCell, name: string): CellBody {
    const parameters = ["$cells", "$cell", "$run", ...compiled.imports.map((_, i) => `$import${i}`)];
    const head = `(${compiled.isAsync ? "async " : ""}function (${parameters.join(", ")}) { "use strict";`;
    const script = new vm.Script(`${head}\n${compiled.javascript}\n})`, {
      filename: cellFile(name),
      lineOffset: -1,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    return script.runInThisContext() as CellBody;
  }

  #helper(bound: string[], run: Run): CellHelper {
    const cells = this.#cells;
    const context = this.context;
    return {
      bind: (name, get, set) => {
        Object.defineProperty(cells, name, { get, set, enumerable: true, configurable: true });
        bound.push(name);
      },
      wait: (value, waiting) => {
        if (!waiting?.interrupted) return value;
        // The first await after an interrupt throws, so that `finally` runs; later ones never come back.
        if (this.#told.has(waiting)) return FOREVER;
        this.#told.add(waiting);
        throw new KeyboardInterrupt();
      },
      get run() {
        return context.current ?? run;
      },
      import: (specifier) => this.imports.load({ specifier: String(specifier) }),
      meta: importMeta(path.join(this.#cwd, "__cell__.ts")),
      keep: this.safety.keep,
    };
  }
}
