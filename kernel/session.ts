/**
 * One notebook's worth of running cells, in process and free of sockets: the evaluator, the compiler in its own
 * thread, the magics and the plugins. The Jupyter kernel and `chainrule run` are both front ends of this class.
 *
 * From `start` to `close` the process's standard output and error belong to the cells: a program that hosts a
 * session prints with `fs.writeSync(1, …)`. There can be one session at a time.
 */
import path from "node:path";
import { Run } from "./context.js";
import { DisplayHandle } from "./displays.js";
import { Evaluator, KeyboardInterrupt } from "./evaluator.js";
import { LanguageThread } from "./language/client.js";
import type { CellId, CellResult, ErrorReport, Output } from "./output.js";
import { PluginHost } from "./plugin-host.js";
import { cellFile, describeDiagnostics } from "./trace.js";
import { tslabModule } from "./tslab.js";

export type { CellId, CellResult, DisplayData, ErrorReport, Output } from "./output.js";

export interface SessionOptions {
  /** The folder that relative imports and file names start from. */
  cwd: string;
  output: Output;
  /** Plugins by specifier or path, beside those that the packages around `cwd` name. */
  plugins?: readonly string[];
}

export interface ExecuteOptions {
  /** The cell's identity: everything it outputs carries it. */
  cell: CellId;
  /** What stack traces call the cell, as in `cell[3]`; the identity when absent. */
  name?: string;
}

/** What a cell came to. `result` is absent when the last statement has no value. */
export type ExecuteResult = { status: "ok"; result?: CellResult } | ({ status: "error" } & ErrorReport);

/** Thrown inside the session for a cell that does not compile. */
class CompileError extends Error {
  readonly report: ErrorReport;

  constructor(report: ErrorReport) {
    super(report.evalue);
    this.report = report;
  }
}

export class Session {
  readonly language: LanguageThread;
  readonly plugins: PluginHost;
  readonly #evaluator: Evaluator;
  readonly #output: Output;
  /** Settles when everything asked before has ended. */
  #queue: Promise<unknown>;
  #run: Run | undefined;

  private constructor(options: SessionOptions) {
    const cwd = path.resolve(options.cwd);
    this.#output = options.output;
    this.language = new LanguageThread(cwd);
    const evaluator = (this.#evaluator = new Evaluator(cwd, options.output));
    evaluator.imports.provide("tslab", tslabModule(evaluator.displays.display));
    this.plugins = new PluginHost({
      cwd,
      formatters: evaluator.formatters,
      lookup: (name) => evaluator.lookup(name),
      setAmbientTypes: (key, declarations) => this.language.setAmbientTypes(key, declarations),
      addPackage: (name, root) => {
        evaluator.imports.addPackage(name, root);
        return this.language.addPackage(name, root);
      },
      report: (message) => options.output.stream("stderr", `${message}\n`, this.#run?.cell),
    });
    evaluator.install();
    this.#queue = this.#prepare(options.plugins ?? []);
  }

  /** Starts the compiler and the plugins; the first cell may be executed at once, it waits for them. */
  static start(options: SessionOptions): Promise<Session> {
    return Promise.resolve(new Session(options));
  }

  /** Runs one cell; cells run one after another in the order asked. Never rejects. */
  execute(code: string, options: ExecuteOptions): Promise<ExecuteResult> {
    return this.#enqueue(() => this.#execute(code, options));
  }

  /** Evaluates an expression beside the cells: nothing it declares stays. Never rejects. */
  evaluate(expression: string, options: ExecuteOptions): Promise<ExecuteResult> {
    return this.#enqueue(() => this.#execute(expression, options, false));
  }

  /** Stops the running cell, which then ends with a KeyboardInterrupt; harmless when nothing runs. */
  interrupt(): void {
    this.#evaluator.interrupt(this.#run);
  }

  /** The cell that is compiled or runs now. */
  get running(): CellId | undefined {
    return this.#run?.cell;
  }

  /** The names that cells have bound. */
  get names(): string[] {
    return this.#evaluator.names;
  }

  /** The value a name has now. */
  lookup(name: string): unknown {
    return this.#evaluator.lookup(name);
  }

  /** Stops the compiler's thread, unloads the plugins and gives the process its own streams back. */
  async close(): Promise<void> {
    this.interrupt();
    await this.plugins.unloadAll();
    await this.language.close();
    this.#evaluator.uninstall();
  }

  async #prepare(specifiers: readonly string[]): Promise<void> {
    await this.plugins.loadAll(specifiers);
    for (const [i, code] of [...this.plugins.startups].entries()) {
      const result = await this.#execute(code, { cell: `startup ${i + 1}` });
      if (result.status === "error")
        this.#output.stream("stderr", `Start-up code failed:\n${result.traceback.join("\n")}\n`, undefined);
    }
  }

  #enqueue<T>(call: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(call, call);
    this.#queue = result;
    return result;
  }

  async #execute(code: string, options: ExecuteOptions, keep = true): Promise<ExecuteResult> {
    const run = (this.#run = new Run(options.cell));
    try {
      const value = await this.#runCode(code, options, run, keep);
      const result: ExecuteResult = { status: "ok" };
      if (value !== undefined && !(value instanceof DisplayHandle)) {
        result.result = await this.#evaluator.interruptible(run, () =>
          this.#evaluator.displays.render(value),
        );
      }
      run.flush();
      while (run.pending.size)
        await this.#evaluator.interruptible(run, () =>
          Promise.all([...run.pending].map((one) => settle(run, one))),
        );
      return result;
    } catch (thrown) {
      run.flush();
      await Promise.allSettled(run.interrupted ? [] : run.pending);
      const report = thrown instanceof CompileError ? thrown.report : this.#evaluator.tracer.describe(thrown);
      return { status: "error", ...report };
    } finally {
      run.end();
      if (this.#run === run) this.#run = undefined;
    }
  }

  /** Compiles and runs code; returns the value of its last expression and throws what it throws. */
  async #runCode(code: string, options: ExecuteOptions, run: Run, keep: boolean): Promise<unknown> {
    const name = options.name ?? String(options.cell);
    const compiled = await this.language.convert(code, cellFile(name));
    if (!compiled.ok) throw new CompileError(describeDiagnostics(compiled.diagnostics, cellFile(name)));
    if (run.interrupted) throw new KeyboardInterrupt();
    const outcome = await this.#evaluator.run(compiled, code, name, run);
    if (keep) await this.language.commit(compiled.id, outcome.bound);
    if (outcome.status === "error") throw outcome.thrown;
    return outcome.value;
  }
}

/** Waits for one display of a run; its failure is the cell's. */
async function settle(run: Run, sent: Promise<unknown>): Promise<void> {
  try {
    await sent;
  } finally {
    run.pending.delete(sent);
  }
}
