/**
 * Runs a notebook's cells one after another, with neither Jupyter nor Python, and gives back the notebook with
 * its outputs. Follows the conventions of nbclient and nbmake: the tags `raises-exception` and `skip-execution`,
 * and `execution: { timeout, allow_errors }` in the notebook's metadata.
 */
import { languageInfo, kernelspecMetadata } from "../language/info.js";
import { asObject, hasTag } from "./format.js";
import type { CodeCell, Notebook, NotebookCell } from "./format.js";
import { OutputCollector } from "./outputs.js";
import { TimeLimit } from "./time-limit.js";
import { Comms } from "../cells/comms.js";
import { Session } from "../cells/session.js";
import type { ErrorReport, Output } from "../cells/output.js";

/** The part of a session that a run needs. */
export type CellRunner = Pick<Session, "execute" | "interrupt" | "close">;

export interface RunOptions {
  /** The folder that the cells' relative imports and file names start from: an absolute path. */
  cwd: string;
  /** Seconds that one cell may take; default: no limit. The notebook's own `execution.timeout` takes precedence. */
  timeout?: number | undefined;
  /** Continue after a cell that fails, as `execution.allow_errors` in the notebook does; a time limit still ends the run. */
  allowErrors?: boolean | undefined;
  /** Called when a cell starts and when it has ended. */
  onProgress?: (progress: Progress) => void;
  /** Starts the session that runs the cells; default: a kernel session. */
  start?: (options: { cwd: string; output: Output }) => Promise<CellRunner>;
}

/** A cell that starts or has ended. */
export interface Progress {
  readonly state: "running" | "ok" | "failed";
  /** The cell's number among the cells to run, from 1. */
  readonly number: number;
  /** How many cells there are to run. */
  readonly total: number;
  /** Seconds since the cell started. */
  readonly seconds: number;
  readonly cell: CodeCell;
}

/** An error that ended the run, or would have ended it if the notebook did not allow errors. */
export interface CellFailure {
  readonly cell: CodeCell;
  /** The cell's place in the notebook, from 1, counting text cells too. */
  readonly position: number;
  readonly error: ErrorReport;
}

export interface RunReport {
  /** A new notebook: the same cells with counts and outputs. */
  readonly notebook: Notebook;
  /** Cells that ran. */
  readonly executed: number;
  /** Cells that were to run. */
  readonly total: number;
  /** Errors that are not allowed; the run stops at the first. */
  readonly failures: readonly CellFailure[];
  /** How many errors were allowed. */
  readonly allowed: number;
  readonly seconds: number;
}

/**
 * Runs every code cell until one fails.
 * @returns the executed notebook, also when a cell fails
 * @throws what starting the session throws
 */
export async function runNotebook(notebook: Notebook, options: RunOptions): Promise<RunReport> {
  const result = prepare(notebook);
  const settings = asObject(notebook.metadata.execution);
  const timeout = typeof settings.timeout === "number" ? settings.timeout : options.timeout;
  const cells = result.cells.filter(isRun);
  const collector = new OutputCollector();
  const started = performance.now();
  const session = await (options.start ?? startSession)({ cwd: options.cwd, output: collector });
  const limit = new TimeLimit(() => session.interrupt());
  const failures: CellFailure[] = [];
  let allowed = 0;
  const fail = (cell: CodeCell, error: ErrorReport, isAllowed: boolean) => {
    if (isAllowed) allowed++;
    else failures.push({ cell, position: result.cells.indexOf(cell) + 1, error });
  };
  const allowsAll = settings.allow_errors === true || options.allowErrors === true;
  const allows = (cell: CodeCell) => allowsAll || hasTag(cell, "raises-exception");
  const takeStrayErrors = () => {
    for (const { cell, error } of collector.strayErrors.splice(0)) fail(cell, error, allows(cell));
  };
  let executed = 0;
  try {
    for (const cell of cells) {
      const number = ++executed;
      const start = performance.now();
      const tell = (state: Progress["state"]) =>
        options.onProgress?.({
          state,
          number,
          total: cells.length,
          seconds: (performance.now() - start) / 1000,
          cell,
        });
      tell("running");
      cell.execution_count = number;
      collector.begin(number, cell);
      await limit.start(timeout);
      const outcome = await session.execute(cell.source, { cell: number });
      const timedOut = limit.stop();
      // Unhandled rejections are reported one turn of the event loop later; they belong to this cell.
      await new Promise((resolve) => setImmediate(resolve));
      if (outcome.status === "ok" && !timedOut) {
        if (outcome.result) collector.result({ ...outcome.result, execution_count: number }, number);
      } else {
        const thrown =
          outcome.status === "error" ? outcome : { ename: "KeyboardInterrupt", evalue: "", traceback: [] };
        const error = timedOut ? timeoutError(timeout!, thrown) : thrown;
        collector.failure(error, number);
        fail(cell, error, !timedOut && allows(cell));
      }
      takeStrayErrors();
      tell(failures.length > 0 ? "failed" : "ok");
      if (failures.length > 0) break;
    }
  } finally {
    await limit.close();
    await session.close();
  }
  takeStrayErrors();
  const widgets = collector.widgets.metadata;
  if (widgets) result.metadata.widgets = widgets;
  const seconds = (performance.now() - started) / 1000;
  return { notebook: result, executed, total: cells.length, failures, allowed, seconds };
}

/** A copy without the old outputs, so that a cell that did not run has none. */
function prepare(notebook: Notebook): Notebook {
  const copy = structuredClone(notebook);
  delete copy.metadata.widgets;
  copy.metadata.kernelspec = kernelspecMetadata(copy.metadata.kernelspec);
  copy.metadata.language_info = languageInfo();
  for (const cell of copy.cells) {
    if (cell.cell_type !== "code" || hasTag(cell, "skip-execution")) continue;
    cell.execution_count = null;
    cell.outputs = [];
  }
  return copy;
}

/** Whether a cell is run: like Jupyter, a run skips cells that hold only white space. */
function isRun(cell: NotebookCell): cell is CodeCell {
  return cell.cell_type === "code" && cell.source.trim() !== "" && !hasTag(cell, "skip-execution");
}

function timeoutError(seconds: number, interrupt: ErrorReport): ErrorReport {
  const ename = "CellTimeoutError";
  const evalue =
    `the cell ran for more than ${seconds} s and was stopped; ` +
    "allow more with --timeout or the notebook's metadata execution.timeout.";
  return { ename, evalue, traceback: [`${ename}: ${evalue}`, ...interrupt.traceback] };
}

async function startSession(options: { cwd: string; output: Output }): Promise<CellRunner> {
  const session = await Session.start(options);
  // Numbers, so that the same notebook gives the same file.
  let conversations = 0;
  new Comms(session, options.output, () => `widget-${++conversations}`);
  // The start of the compiler belongs to no cell: it does not count against a time limit.
  await session.evaluate("0", { cell: "start" });
  return session;
}
