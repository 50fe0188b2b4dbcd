/**
 * One notebook's worth of running cells, in process and free of sockets: the evaluator, the compiler in its own
 * thread, the magics and the plugins. The Jupyter kernel and `chainrule run` are both front ends of this class.
 */
import type { CellId, ErrorReport, Output } from "./output.js";

export type { CellId, DisplayData, ErrorReport, Output } from "./output.js";

export interface SessionOptions {
  /** The folder that relative imports and file names start from. */
  cwd: string;
  output: Output;
  /** Plugins by specifier or path, beside those that the packages around `cwd` name. */
  plugins?: readonly string[];
}

export interface ExecuteOptions {
  /** The cell's number: names it in tracebacks and in everything it outputs. */
  cell: CellId;
}

/** What a cell came to. `result` is absent when the last statement has no value. */
export type ExecuteResult =
  | { status: "ok"; result?: { data: Record<string, unknown>; metadata: Record<string, unknown> } }
  | ({ status: "error" } & ErrorReport);

export class Session {
  /** Starts the compiler and the plugins; the first cell may be executed at once, it waits for them. */
  static start(_options: SessionOptions): Promise<Session> {
    throw new Error("Session.start: not written yet.");
  }

  /** Runs one cell; cells run one after another in the order asked. Never rejects. */
  execute(_code: string, _options: ExecuteOptions): Promise<ExecuteResult> {
    throw new Error("Session.execute: not written yet.");
  }

  /** Stops the running cell, which then ends with a KeyboardInterrupt; harmless when nothing runs. */
  interrupt(): void {}

  /** Stops the compiler's thread, unloads the plugins and gives the process its own stdout back. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
