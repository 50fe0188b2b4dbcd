/**
 * One notebook's worth of running cells, in process and free of sockets: the evaluator, the compiler in its own
 * thread, the magics and the plugins. The Jupyter kernel and `chainrule run` are both front ends of this class.
 *
 * From `start` to `close` the process's standard output and error belong to the cells: a program that hosts a
 * session prints with `fs.writeSync(1, …)`. There can be one session at a time.
 */
import path from "node:path";
import { Run } from "./run.js";
import { DisplayHandle } from "./displays.js";
import { Evaluator, KeyboardInterrupt } from "./evaluator.js";
import { startLanguage } from "../language/client.js";
import type { Language } from "../language/language.js";
import { Magics, shell } from "../magics/magics.js";
import type { MagicHost } from "../magics/magics.js";
import { cellMagic, mayHaveMagics, partsOf } from "../magics/parts.js";
import type { Part } from "../magics/parts.js";
import type { CellId, CellResult, ErrorReport, Output, StreamName } from "./output.js";
import type { CompletionItem, MagicCall } from "../plugins/contract.js";
import { PluginHost } from "../plugins/host.js";
import { cellFile, describeDiagnostics } from "./trace.js";
import { tslabModule } from "./tslab.js";

export type { CellId, CellResult, DisplayData, ErrorReport, Output } from "./output.js";

export interface SessionOptions {
  /** The folder that relative imports and file names start from. */
  cwd: string;
  output: Output;
  /** Plugins by specifier or path, beside those that the packages around `cwd` name. */
  plugins?: readonly string[];
  /** What compiles the cells, which the session then owns: a thread of its own unless given. */
  language?: Language;
}

export interface ExecuteOptions {
  /** The cell's identity: everything it outputs carries it. */
  cell: CellId;
  /** What stack traces call the cell, as in `cell[3]`; the identity when absent. */
  name?: string;
}

/** What a cell came to. `result` is absent when the last statement has no value. */
export type ExecuteResult = { status: "ok"; result?: CellResult } | ({ status: "error" } & ErrorReport);

/** How long no cell must have come before the compiler works ahead, in milliseconds. */
const IDLE_MS = 100;

/** A cell's value in a box: a value with a method `then` must not be taken for a promise. */
interface Value {
  value: unknown;
}

/** Thrown inside the session for a cell that does not compile. */
class CompileError extends Error {
  readonly report: ErrorReport;

  constructor(report: ErrorReport) {
    super(report.evalue);
    this.report = report;
  }
}

export class Session {
  readonly language: Language;
  readonly plugins: PluginHost;
  readonly #evaluator: Evaluator;
  readonly #output: Output;
  readonly #cwd: string;
  readonly #magics: Magics;
  /** Settles when everything asked before has ended. */
  #queue: Promise<unknown>;
  #run: Run | undefined;
  /** How many calls have not ended. */
  #waiting = 0;
  #prepared = false;
  #idle: NodeJS.Timeout | undefined;

  private constructor(options: SessionOptions) {
    const cwd = (this.#cwd = path.resolve(options.cwd));
    this.#output = options.output;
    this.language = options.language ?? startLanguage(cwd);
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
    this.#magics = new Magics(this.#magicHost());
    evaluator.install();
    this.#queue = this.#prepare(options.plugins ?? []).then(() => this.#workAhead());
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

  /** Shared memory that says whether the running code may be terminated; see safety.ts. */
  get safety(): Int32Array {
    return this.#evaluator.safety.state;
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

  /** Completions of magics and of plugins, for what stands before the cursor. */
  async complete(code: string, cursor: number): Promise<CompletionItem[]> {
    return [...this.#magics.complete(code, cursor), ...(await this.plugins.complete(code, cursor))];
  }

  /** Stops the compiler's thread, unloads the plugins and gives the process its own streams back. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
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
    this.#waiting++;
    clearTimeout(this.#idle);
    const result = this.#queue.then(call, call);
    this.#queue = result.finally(() => {
      this.#waiting--;
      this.#workAhead();
    });
    return result;
  }

  /** Lets the compiler prepare for the next import when no cell has come for a moment. */
  #workAhead(): void {
    if (this.#waiting || this.#prepared) return;
    this.#idle = setTimeout(() => {
      this.#prepared = true;
      this.language.prepare().catch(() => {});
    }, IDLE_MS).unref();
  }

  async #execute(code: string, options: ExecuteOptions, keep = true): Promise<ExecuteResult> {
    const run = (this.#run = new Run(options.cell));
    try {
      const { value } = await this.#runCell(code, options, run, keep);
      const result: ExecuteResult = { status: "ok" };
      if (value !== undefined && !(value instanceof DisplayHandle)) {
        result.result = await this.#evaluator.interruptible(run, () =>
          this.#evaluator.displays.render(value),
        );
      }
      await this.#evaluator.interruptible(run, () => run.flush());
      while (run.pending.size)
        await this.#evaluator.interruptible(run, () =>
          Promise.all([...run.pending].map((one) => settle(run, one))),
        );
      return result;
    } catch (thrown) {
      if (!run.interrupted) {
        await this.#evaluator.interruptible(run, () => run.flush()).catch(() => {});
        await Promise.allSettled(run.pending);
      }
      const report = thrown instanceof CompileError ? thrown.report : this.#evaluator.tracer.describe(thrown);
      return { status: "error", ...report };
    } finally {
      run.end();
      if (this.#run === run) this.#run = undefined;
    }
  }

  /** Runs a cell's code and magics in their order; the value is that of its last part. */
  async #runCell(code: string, options: ExecuteOptions, run: Run, keep: boolean): Promise<Value> {
    if (!mayHaveMagics(code)) return this.#runCode(code, options, run, keep);
    const whole = cellMagic(code);
    const parts = whole ? [whole] : partsOf(code, await this.language.magicLines(code));
    const name = options.name ?? String(options.cell);
    let last: Value = { value: undefined };
    for (const [i, part] of parts.entries()) {
      // Each part of code is a file of its own in stack traces.
      const own = { ...options, name: i ? `${name}.${i + 1}` : name };
      if (part.kind === "code") last = await this.#runCode(part.code, own, run, keep);
      else last = { value: await this.#runMagic(part, own, run, keep) };
    }
    return last;
  }

  #runMagic(
    part: Exclude<Part, { kind: "code" }>,
    options: ExecuteOptions,
    run: Run,
    keep: boolean,
  ): Promise<unknown> {
    const evaluator = this.#evaluator;
    const print = (name: StreamName, text: string): void => evaluator.capture.print(name, text, run);
    if (part.kind === "shell")
      return evaluator.interruptible(run, () =>
        shell(part.command, {
          cwd: this.#cwd,
          stdout: (text) => print("stdout", text),
          stderr: (text) => print("stderr", text),
          onInterrupt: (stop) => run.atEnd(stop),
        }),
      );
    const { name, argument, body } = part;
    const handler = this.#magics.find(name);
    const call: MagicCall = {
      name,
      argument,
      body,
      // The magic's own text keeps its line numbers.
      run: async (code) => {
        const before = code === body || body === undefined ? "\n".repeat(part.line) : "";
        return (await this.#runCode(before + code, options, run, keep)).value;
      },
      print: (text) => void print("stdout", text),
    };
    return evaluator.within(run, async () => handler(call));
  }

  #magicHost(): MagicHost {
    const { plugins } = this;
    const evaluator = this.#evaluator;
    return {
      cwd: this.#cwd,
      get names() {
        return evaluator.names;
      },
      lookup: (name) => evaluator.lookup(name),
      reset: async () => {
        evaluator.reset();
        await this.language.reset();
      },
      plugins,
    };
  }

  /** Compiles and runs code; returns the value of its last expression and throws what it throws. */
  async #runCode(code: string, options: ExecuteOptions, run: Run, keep: boolean): Promise<Value> {
    const name = options.name ?? String(options.cell);
    const compiled = await this.language.convert(code, cellFile(name));
    if (!compiled.ok) throw new CompileError(describeDiagnostics(compiled.diagnostics, cellFile(name)));
    if (run.interrupted) throw new KeyboardInterrupt();
    const outcome = await this.#evaluator.run(compiled, code, name, run);
    if (keep) await this.language.commit(compiled.id, outcome.bound);
    if (outcome.status === "error") throw outcome.thrown;
    return { value: outcome.value };
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
