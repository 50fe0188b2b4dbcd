/**
 * Runs the cells of one notebook, in this process and without sockets: their output, imports, magics and plugins. The
 * evaluator executes the cells; the compiler compiles them in its own thread. The Jupyter kernel and `chainrule run`
 * both use this class.
 *
 * From `start` to `close` the process's standard output and error belong to the cells: the program that hosts the
 * session prints with `fs.writeSync(1, …)`, which goes past the capture outside cells. A process can have one session at a time.
 */
import { join, resolve } from "#host/paths";
import { callLater } from "#host/program";
import { endGroups } from "#host/streams";
import { allowLooking } from "#host/termination";
import { importAnew } from "#host/modules";
import type { Formatter } from "../display/bundle.js";
import { DISPLAY } from "../display/bundle.js";
import { helpBundle } from "../display/help.js";
import { isInstance } from "../display/hostile.js";
import { valueNames } from "./value-names.js";
import type { ValueName } from "./value-names.js";
import { summaryOf } from "../display/value-summary.js";
import type { ValueSummary } from "../display/value-summary.js";
import { startLanguage } from "../language/client.js";
import type { Language, ValuePath } from "../language/language.js";
import type { KernelCall, MagicHost, Magics } from "../magics/magics.js";
import {
  cellMagic,
  helpWanted,
  magicBefore,
  magicHelpWanted,
  mayHaveMagics,
  partsOf,
} from "../magics/parts.js";
import type { Part } from "../magics/parts.js";
import type { CompletionItem } from "../plugins/contract.js";
import { PluginHost } from "../plugins/host.js";
import { Capture } from "./capture.js";
import { installGlobals } from "./cell-globals.js";
import { CELLS } from "./compiled-source.js";
import type { CompiledSource } from "./compiled-source.js";
import { CurrentRun } from "./current-run.js";
import { Displays } from "./displays.js";
import { Evaluator } from "./evaluator.js";
import { Ground } from "./ground.js";
import { Imports } from "./imports.js";
import { InterruptState } from "./interrupt-state.js";
import { Interruptible } from "./interruptible.js";
import { KeyboardInterrupt } from "./keyboard-interrupt.js";
import { installMissing, type NpmImports } from "./npm-imports.js";
import type { CellId, CellResult, ErrorReport, Output } from "./output.js";
import { LOOK_MS, Run, SETTLE_MS } from "./run.js";
import { Timers } from "./timers.js";
import { Tracer, cellFile, describeDiagnostics } from "./trace.js";
import { tslabModule } from "./tslab.js";

export type { CellId, CellResult, DisplayData, ErrorReport, Output } from "./output.js";

export interface SessionOptions {
  /** The folder that relative imports and file names start from. */
  cwd: string;
  output: Output;
  /** Plugins by specifier or path, in addition to those that the packages around `cwd` name. */
  plugins?: readonly string[];
  /** The compiler of the cells, which the session closes at its end; default: a new thread. */
  language?: Language;
  /** Milliseconds without a new cell after which the compiler and the magics work ahead; a tenth of a second unless given. */
  patience?: number;
  /** State shared with the thread that terminates the running code; default: the session's own. */
  interrupts?: InterruptState;
}

export interface ExecuteOptions {
  /** The cell's identity: everything it outputs carries it. */
  cell: CellId;
  /** The cell's name in stack traces, as in `cell[3]`; default: its identity. */
  name?: string;
}

/** A name of the cells and what its value is. */
export type NamedValue = { readonly name: string } & ValueSummary;

/** How a cell ended. `result` is absent when the last statement has no value. */
export type ExecuteResult = { status: "ok"; result?: CellResult } | ({ status: "error" } & ErrorReport);

/** Milliseconds without a new cell after which the session is idle. */
const IDLE_MS = 100;

/** Milliseconds that an interrupted cell has to end by itself; then the session continues without it. */
const GRACE_MS = 500;

/** How many times the last update of an interrupted cell is tried. */
const FLUSHES = 10;

/** The global `setTimeout`, before the cells' own timers replace it. */
const setTimeout = globalThis.setTimeout.bind(globalThis);

/** A cell's value inside an object, so that a value with a method `then` is not taken for a promise. */
interface Value {
  value: unknown;
}

/** Code of a cell, or of a part of one, on its way to be run. */
interface CodePart {
  readonly code: string;
  /** Its name in stack traces, as in `cell[3.2]`. */
  readonly name: string;
  readonly run: Run;
  /** The cell that it is a part of. */
  readonly whole: string;
  /** Whether its variables are kept for later cells. */
  readonly keep: boolean;
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
  readonly #cwd: string;
  /** The folder that magics and commands start from. */
  #folder: string;
  readonly #output: Output;
  readonly #patience: number;
  readonly #current = new CurrentRun();
  readonly #tracer = new Tracer();
  readonly #ground = new Ground();
  readonly #timers = new Timers(this.#current, () => this.#ground.settle());
  readonly #interrupts: InterruptState;
  readonly #interruptible: Interruptible;
  /** What plugins add to the display protocol. */
  readonly #formatters: Formatter[] = [];
  readonly #capture: Capture;
  readonly #displays: Displays;
  readonly #imports: Imports;
  readonly #evaluator: Evaluator;
  /** Functions that give back what the session took from the process, called from the last to the first. */
  readonly #restore: (() => void)[];
  /** Settles when every cell asked for so far has ended. */
  #queue: Promise<unknown>;
  #run: Run | undefined;
  /** The runs that have not ended. The first one runs now, or is the next to run. */
  readonly #runs: Run[] = [];
  /** Calls for messages of the front end, which belong to cells that have ended. */
  readonly #handlers: Run[] = [];
  #prepared = false;
  /** Is told of compiled code before it runs. */
  #watcher: ((sources: readonly CompiledSource[]) => Promise<void>) | undefined;
  /** What the first cell is told of the notebook's project. */
  #note: Promise<string | undefined> | undefined;
  /** The magics. They are loaded when a cell first uses one, or when the session is idle. */
  #magics: Promise<Magics> | undefined;
  /** Cancels the work planned for an idle moment. */
  #callOff: () => void = () => {};

  private constructor(options: SessionOptions) {
    const { output } = options;
    const cwd = (this.#cwd = this.#folder = resolve(options.cwd));
    this.#output = output;
    this.#patience = options.patience ?? IDLE_MS;
    this.#interrupts = options.interrupts ?? new InterruptState();
    this.#interruptible = new Interruptible({
      current: this.#current,
      state: this.#interrupts,
      timers: this.#timers,
      ground: this.#ground,
    });
    this.language = options.language ?? startLanguage(cwd);
    this.#capture = new Capture({
      ...{ output, current: this.#current, tracer: this.#tracer, ground: this.#ground },
      fail: (run, thrown) => this.#interruptible.fail(run, thrown),
    });
    this.#displays = new Displays(output, this.#current, this.#formatters);
    this.#imports = new Imports(cwd, this.#tracer, this.#interrupts.keep);
    this.#imports.provide("tslab", tslabModule(this.#displays.display));
    this.#evaluator = new Evaluator({
      current: this.#current,
      imports: this.#imports,
      interruptible: this.#interruptible,
      interrupts: this.#interrupts,
      file: join(cwd, "__cell__.ts"),
    });
    this.plugins = new PluginHost({
      cwd,
      formatters: this.#formatters,
      lookup: (name) => this.lookup(name),
      setAmbientTypes: (key, declarations) => this.language.setAmbientTypes(key, declarations),
      setHint: (type, place, hint) => this.language.setHint(type, place, hint),
      addPackage: (name, root) => {
        this.#imports.addPackage(name, root);
        return this.language.addPackage(name, root);
      },
      report: (message) => output.stream("stderr", `${message}\n`, this.#run?.cell),
    });
    this.#restore = [
      this.#tracer.install(),
      this.#capture.install(),
      this.#timers.install(),
      this.#interrupts.install(),
      allowLooking((cell) => this.#askToStop(cell)),
      installGlobals({
        cwd,
        current: this.#current,
        displays: this.#displays,
        imports: this.#imports,
        output,
        cells: () => this.#evaluator.cells,
      }),
      () => this.#interruptible.close(),
    ];
    this.#queue = this.#prepare(options.plugins ?? []).then(() => this.#workAhead());
  }

  /** Starts the compiler and the plugins. The first cell may be asked for at once: it waits for them. */
  static start(options: SessionOptions): Promise<Session> {
    return Promise.resolve(new Session(options));
  }

  /** Runs one cell; cells run one after another in the order asked. Never rejects. */
  execute(code: string, { cell, name }: ExecuteOptions): Promise<ExecuteResult> {
    return this.#enqueue(code, new Run(cell, name), true);
  }

  /** Evaluates an expression beside the cells: nothing it declares stays. Never rejects. */
  evaluate(expression: string, { cell, name }: ExecuteOptions): Promise<ExecuteResult> {
    return this.#enqueue(expression, new Run(cell, name), false);
  }

  /**
   * Stops a cell that runs, is being compiled or waits for its turn; it then ends with a KeyboardInterrupt. Does nothing
   * when there is no such cell. Calls of `handle` end too.
   * @param cell default: the cell that runs, or will run next
   */
  interrupt(cell?: CellId): void {
    const run = cell === undefined ? this.#runs[0] : this.#runs.find((one) => one.cell === cell);
    const ended = [...this.#handlers, ...(run ? [run] : [])];
    for (const one of ended) this.#interruptible.interrupt(one);
    // It may have ended by itself since it was asked to.
    if (ended.length === 0) this.#interrupts.settle();
    if (ended.length > 0) this.plugins.interrupted();
  }

  /**
   * Calls a function for a message of the front end, such as the move of a slider.
   * @param cell the cell that its output belongs to
   * @throws what the function throws; KeyboardInterrupt when it was interrupted
   */
  async handle<T>(cell: CellId, call: () => Promise<T> | T): Promise<T> {
    const run = new Run(cell);
    this.#handlers.push(run);
    try {
      return await this.#interruptible.doForCell(run, call);
    } finally {
      this.#handlers.splice(this.#handlers.indexOf(run), 1);
      run.end();
    }
  }

  /** The cell that the code being executed belongs to. */
  get cellOfCode(): CellId | undefined {
    return this.#current.ofCode?.cell;
  }

  /**
   * Called while code runs: the code of the cell stops at its next `await`.
   * @returns whether it runs. Until the plugins are loaded no cell runs, and their loading must not be interrupted
   */
  #askToStop(cell: string | undefined): boolean {
    this.#ground.stand();
    const run = this.#run ?? this.#handlers[0];
    if (run === undefined || (cell !== undefined && String(run.cell) !== cell)) return false;
    return (run.asked = true);
  }

  /** Whether an interrupted cell is about to end by itself: it may take longer than others. */
  endsByItself(cell: CellId): boolean {
    return this.#runs.some((one) => one.cell === cell && one.endsByItself);
  }

  /** Called before the kernel deals with a message; see ground.ts. */
  settle(): void {
    this.#ground.settle();
  }

  /** The cell that is being compiled or runs now. */
  get running(): CellId | undefined {
    return this.#run?.cell;
  }

  /** The names that cells have bound. */
  get names(): string[] {
    return Object.keys(this.#evaluator.cells);
  }

  /** The value a name has now. */
  lookup(name: string): unknown {
    return this.#evaluator.cells[name];
  }

  /**
   * For a debugger: calls back before compiled code runs, and shows the variables under the global name CELLS.
   * @param watcher what is awaited before the code runs; undefined to end this
   * @returns what was compiled before
   */
  watch(watcher: ((sources: readonly CompiledSource[]) => Promise<void>) | undefined): CompiledSource[] {
    this.#watcher = watcher;
    if (watcher) {
      const get = (): unknown => this.#evaluator.cells;
      Object.defineProperty(globalThis, CELLS, { get, configurable: true, enumerable: false });
    } else Reflect.deleteProperty(globalThis, CELLS);
    return watcher ? this.#tracer.sources : [];
  }

  /** What the names of the cells stand for now. To look at the values runs none of the user's code. */
  variables(): NamedValue[] {
    const { cells } = this.#evaluator;
    return Object.keys(cells).map((name) => ({ name, ...summaryOf(valueOf(cells, name)) }));
  }

  /** The names that a value has now. To look for them runs none of the user's code. */
  valueNames(path: ValuePath): ValueName[] {
    return valueNames(path, this.#evaluator.cells);
  }

  /** Completions from magics and plugins for the text before the cursor. */
  async complete(code: string, cursor: number): Promise<CompletionItem[]> {
    const typed = magicBefore(code, cursor);
    const magics = typed === undefined ? [] : (await this.#loadMagics()).complete(typed, cursor);
    return [...magics, ...(await this.plugins.complete(code, cursor))];
  }

  /** Stops the compiler's thread, unloads the plugins and gives the process its own streams back. */
  async close(): Promise<void> {
    this.#callOff();
    this.interrupt();
    await this.plugins.unloadAll();
    await this.language.close();
    for (const restore of this.#restore.splice(0).reverse()) restore();
  }

  async #prepare(specifiers: readonly string[]): Promise<void> {
    await this.plugins.loadAll(specifiers);
    for (const [i, code] of [...this.plugins.startups].entries()) {
      const result = await this.#execute(code, new Run(`startup ${i + 1}`), true);
      if (result.status === "error")
        this.#output.stream("stderr", `Start-up code failed:\n${result.traceback.join("\n")}\n`, undefined);
    }
    this.#note = this.language.projectNote().catch(() => undefined);
  }

  /** Runs a cell when those before it have ended. */
  #enqueue(code: string, run: Run, keep: boolean): Promise<ExecuteResult> {
    this.#runs.push(run);
    this.#callOff();
    const abandoned = this.#abandoned(run);
    const start = (): Promise<ExecuteResult> => Promise.race([this.#execute(code, run, keep), abandoned]);
    const turn = this.#queue.then(start, start);
    this.#queue = turn;
    return Promise.race([turn, abandoned]).finally(() => {
      this.#runs.splice(this.#runs.indexOf(run), 1);
      this.#workAhead();
    });
  }

  /** The result of an interrupted cell that does not end by itself: the code that would end it may have been terminated. */
  #abandoned(run: Run): Promise<ExecuteResult> {
    return new Promise((resolve) => {
      run.interruption.catch((thrown: unknown) => {
        const end = (): void => {
          const report = this.#tracer.describe(thrown, run.file);
          this.#leave(run);
          resolve({ status: "error", ...report });
        };
        if (!run.endsByItself) return setTimeout(end, GRACE_MS);
        let last = performance.now() + SETTLE_MS;
        // What was being shown when the code was terminated may be lost, and never settles.
        const before = new Set(run.pending);
        // What ends by itself is looked for: the code that waits for it may have been terminated.
        const look = (): void => {
          if (run.ended) return;
          if (run.isAsking) last = performance.now() + SETTLE_MS;
          if (run.settling.size === 0) flushed(run);
          const isDone = run.settling.size === 0 && [...run.pending].every((one) => before.has(one));
          if (isDone || performance.now() > last) setTimeout(end, 0);
          else setTimeout(look, LOOK_MS);
        };
        return setTimeout(look, GRACE_MS);
      });
    });
  }

  /** Removes a run that has ended or was abandoned. */
  #leave(run: Run): void {
    if (run.ended) return;
    run.end();
    endGroups();
    if (this.#run === run) this.#run = undefined;
  }

  /** Loads what the next cells may need when no cell has come for a moment. */
  #workAhead(): void {
    if (this.#runs.length || this.#prepared) return;
    const plans = [
      callLater(IDLE_MS, () => void this.#tracer.prepare().catch(() => {})),
      callLater(this.#patience, () => {
        this.#prepared = true;
        this.language.prepare().catch(() => {});
        this.#loadMagics().catch(() => {});
      }),
    ];
    this.#callOff = () => plans.forEach((callOff) => callOff());
  }

  async #execute(code: string, run: Run, keep: boolean): Promise<ExecuteResult> {
    this.#run = run;
    const during = <T>(call: () => Promise<T> | T): Promise<T> => this.#interruptible.do(run, call);
    try {
      if (run.interrupted) throw new KeyboardInterrupt();
      const { value } = await this.#runCell(code, run, keep);
      const result: ExecuteResult = { status: "ok" };
      const shown = value === undefined ? undefined : await during(() => this.#displays.render(value));
      if (shown) result.result = shown;
      await during(() => run.flush());
      while (run.pending.size)
        await during(() => Promise.all([...run.pending].map((one) => settle(run, one))));
      return result;
    } catch (thrown) {
      // Of an interrupted cell too the last update is shown, if it comes in time.
      // Whoever interrupts may ask again, which ends the call before its turn has come.
      let isCalled = false;
      const flush = (): void => {
        isCalled = true;
        run.flush();
      };
      for (let i = 0; i < FLUSHES && !isCalled; i++) await during(flush).catch(() => {});
      await Promise.allSettled(run.pending);
      return { status: "error", ...(await this.#describe(thrown, run)) };
    } finally {
      this.#leave(run);
    }
  }

  /** Describes what a cell threw. To look at it may run the user's code (a getter), which may never end. */
  async #describe(thrown: unknown, run: Run): Promise<ErrorReport> {
    if (isInstance(thrown, CompileError)) return thrown.report;
    const describe = (error: unknown): ErrorReport => this.#tracer.describe(error, run.file);
    if (isInstance(thrown, KeyboardInterrupt)) return describe(thrown);
    try {
      return await this.#interruptible.do(run, () => describe(thrown));
    } catch (error) {
      return describe(error);
    }
  }

  /** Runs a cell's code and magics in order; its value is the value of the last part. */
  async #runCell(code: string, run: Run, keep: boolean): Promise<Value> {
    const told = this.#note;
    this.#note = undefined;
    const note = told && (await unlessInterrupted(run, told));
    this.#tell(note, run);
    const magic = magicHelpWanted(code);
    if (magic !== undefined) return { value: textShown((await this.#loadMagics()).help(magic)) };
    const name = helpWanted(code);
    if (name !== undefined) return { value: await unlessInterrupted(run, this.#help(name)) };
    if (!mayHaveMagics(code)) return this.#runCode({ code, whole: code, name: run.name, run, keep });
    const whole = cellMagic(code);
    const parts = whole
      ? [whole]
      : partsOf(code, await unlessInterrupted(run, this.language.magicLines(code)));
    let last: Value = { value: undefined };
    for (const [i, part] of parts.entries()) {
      // In stack traces each part of the code is a separate file.
      const own = { name: i ? `${run.name}.${i + 1}` : run.name, whole: code, run, keep };
      if (part.kind === "code") last = await this.#runCode({ code: part.code, ...own });
      else if (part.kind === "shell") last = { value: await this.#runCommand(part.command, run) };
      else last = { value: await this.#runMagic(part, own) };
    }
    return last;
  }

  /** Tells what is to be known of the notebook's project. */
  #tell(note: string | undefined, run: Run): void {
    if (note !== undefined) this.#output.stream("stderr", `${note}\n`, run.cell);
  }

  #runCommand(command: string, run: Run): Promise<void> {
    return this.#interruptible.do(run, async () => {
      const { runCommand } = await import("#host/shell");
      const { printTo: print, onStop: onStart } = this.#streamsOf(run);
      try {
        await runCommand(command, { cwd: this.#folder, print, onStart });
      } finally {
        if (INSTALLS.test(command)) await this.#packagesChanged();
      }
    });
  }

  /** What a magic or a program prints of a run, and how the run's end reaches it. */
  #streamsOf(run: Run): Pick<KernelCall, "print" | "printTo" | "onStop"> {
    return {
      print: (text) => this.#capture.print("stdout", text, run),
      printTo: (stream, text) => this.#capture.print(stream, text, run),
      onStop: (stop) => run.atEnd(stop),
    };
  }

  async #packagesChanged(): Promise<void> {
    importAnew();
    await this.language.packagesChanged();
  }

  async #runMagic(part: Extract<Part, { kind: "magic" }>, own: Omit<CodePart, "code">): Promise<unknown> {
    const { run } = own;
    const { name, argument, body } = part;
    const handler = (await this.#loadMagics()).find(name);
    const call: KernelCall = {
      name,
      argument,
      body,
      // The text inside the magic keeps its line numbers.
      run: async (code) => {
        const before = code === body || body === undefined ? "\n".repeat(part.line) : "";
        return (await this.#runCode({ code: before + code, ...own })).value;
      },
      ...this.#streamsOf(run),
    };
    return this.#interruptible.do(run, () => handler(call));
  }

  #loadMagics(): Promise<Magics> {
    return (this.#magics ??= import("../magics/magics.js").then(
      ({ Magics }) => new Magics(this.#magicHost()),
    ));
  }

  /** What is known of a name, as a value that shows it. @throws when nothing is */
  async #help(name: string): Promise<unknown> {
    const word = name.slice(name.lastIndexOf(".") + 1);
    const [typed, added] = await Promise.all([
      this.language.inspect(name, name.length),
      this.plugins.inspect(word, name, name.length),
    ]);
    const bundle = helpBundle(typed, added);
    if (!Object.keys(bundle).length) {
      const line = (await this.language.missingImport(name, name.length))?.text.trim();
      const way = line ? ` An import brings one: ${line}` : "";
      throw new Error(`${name}?: nothing of that name is known here.${way}`);
    }
    return { [DISPLAY]: () => bundle };
  }

  #magicHost(): MagicHost {
    const session = this as Session;
    return {
      cwd: this.#cwd,
      get folder() {
        return session.#folder;
      },
      set folder(folder) {
        session.#folder = folder;
      },
      get names() {
        return session.names;
      },
      lookup: (name) => this.lookup(name),
      reset: async () => {
        this.#evaluator.reset();
        await this.language.reset();
      },
      packagesChanged: () => this.#packagesChanged(),
      plugins: this.plugins,
    };
  }

  #npmImports(run: Run): NpmImports {
    return {
      run,
      language: this.language,
      output: this.#output,
      npm: async () => (await this.#loadMagics()).npm,
      install: (work) => this.#interruptible.do(run, () => work(this.#streamsOf(run))),
    };
  }

  /** Compiles and runs code; returns the value of its last expression and throws what it throws. */
  async #runCode({ code, whole, name, run, keep }: CodePart): Promise<Value> {
    const file = cellFile(name);
    await unlessInterrupted(run, installMissing(code, this.#npmImports(run)));
    // The first time, the source map reader is loaded at the same time.
    const ready = Promise.all([this.language.convert(code, file), this.#tracer.prepare()]);
    const [compiled] = await unlessInterrupted(run, ready);
    this.#tell(compiled.note, run);
    if (!compiled.ok) throw new CompileError(describeDiagnostics(compiled.diagnostics, file));
    run.file = file;
    this.#tracer.addCell(file, run.cell, code, compiled.map, whole);
    if (this.#watcher) {
      const cell = { name: file, text: code, map: compiled.map, cell: whole };
      const modules = compiled.modules.map(({ path, text, map }) => ({ name: path, text, map }));
      await unlessInterrupted(run, this.#watcher([cell, ...modules]));
    }
    const outcome = await this.#evaluator.run(compiled, file, run);
    if (keep) await this.language.commit(compiled.id, outcome.bound);
    if (outcome.status === "error") throw outcome.thrown;
    return { value: outcome.value };
  }
}

/** Shows the last update of an interrupted run. */
function flushed(run: Run): void {
  try {
    run.flush();
  } catch {
    // The value that was to be shown fails in that.
  }
}

/** The value of a name; undefined for one that its cell has not reached. */
function valueOf(cells: Readonly<Record<string, unknown>>, name: string): unknown {
  try {
    return cells[name];
  } catch {
    return undefined;
  }
}

/** Commands of the shell that may change which packages there are. */
const INSTALLS = /\b(?:npm|npx|pnpm|yarn|bun|bunx)\b/;

/** A text as the value of a cell. */
const textShown = (text: string): object => ({ [DISPLAY]: () => ({ "text/plain": text }) });

/** Waits for work that another thread does for a run. @throws KeyboardInterrupt when the run is interrupted first */
function unlessInterrupted<T>(run: Run, promise: Promise<T>): Promise<T> {
  return Promise.race([promise, run.interruption]);
}

/** Waits for one display of a run; if it fails, the cell fails. */
async function settle(run: Run, sent: Promise<unknown>): Promise<void> {
  try {
    await sent;
  } finally {
    run.pending.delete(sent);
  }
}
