/**
 * Where a running cell's output goes. The evaluator writes to this interface and knows nothing of sockets or
 * files: the Jupyter kernel sends what arrives here, `chainrule run` writes it into the notebook.
 *
 * Every method may be called after the cell has ended (a timer, a promise) and names the cell it belongs to.
 */
import type { StreamName } from "../../lib/host/kernel-contract.js";

/** Which cell an output belongs to: the number given to `execute`, or the id of the request. */
export type CellId = string | number;

export type { StreamName };

/** The three kinds of message in a conversation (comm) with a front end's widget. */
export type CommType = "comm_open" | "comm_msg" | "comm_close";

/** An error as Jupyter shows it. */
export interface ErrorReport {
  ename: string;
  evalue: string;
  /** Lines with ANSI colours, mapped to the cells' own TypeScript. */
  traceback: string[];
}

/** A value in the forms a front end may choose from. */
export interface CellResult {
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

/** One rich output. */
export interface DisplayData {
  /** MIME type → text, base64 or JSON. */
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  /** Set for displays that can be updated. */
  displayId?: string | undefined;
  /** True: replace the content of every earlier display with this id instead of adding one. */
  update: boolean;
}

/** A message of a conversation between a plugin and a front end's widget. */
export interface CommMessage {
  readonly type: CommType;
  readonly content: Record<string, unknown>;
  readonly metadata: Record<string, unknown>;
  readonly buffers: readonly Uint8Array[];
}

export interface Output {
  stream(name: StreamName, text: string, cell: CellId | undefined): void;
  display(display: DisplayData, cell: CellId | undefined): void;
  /** @param wait true: clear only when the next output arrives */
  clear(wait: boolean, cell: CellId | undefined): void;
  /** An error that no cell awaited: thrown in a callback or an unhandled rejection. */
  error(error: ErrorReport, cell: CellId | undefined): void;
  /** Asks the user for one line and blocks until it is there; absent: `prompt()` throws. */
  input?(prompt: string, password: boolean, cell: CellId | undefined): string;
  /** Asks the user for one line without blocking the cell; absent: cells read the process's own standard input. */
  ask?(prompt: string, password: boolean, cell: CellId | undefined): Promise<string>;
  /** Carries a comm message to the front end; absent: comms cannot be opened. */
  comm?(message: CommMessage, cell: CellId | undefined): void;
}
