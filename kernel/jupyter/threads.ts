/**
 * What the kernel's two threads ask of each other: the one that runs the cells and the one that holds the channels. A
 * cell is named by the msg_id of its request.
 */
import type { CommMessage, DisplayData, ErrorReport, StreamName } from "../cells/output.js";
import type { ExecuteResult } from "../cells/session.js";
import type { CompletionItem, MimeBundle } from "../plugins/contract.js";
import type { Bundle } from "./protocol.js";

/** A cell on its way to be run. */
export interface CellRequest {
  readonly cell: string;
  /** What stack traces call it. */
  readonly name: string;
  readonly code: string;
  /** Expressions to evaluate when the cell is done, by their label. */
  readonly expressions: Readonly<Record<string, string>>;
}

export type ExpressionResult = ({ status: "ok" } & Bundle) | Extract<ExecuteResult, { status: "error" }>;

export interface CellAnswer {
  readonly result: ExecuteResult;
  readonly expressions: Readonly<Record<string, ExpressionResult>>;
}

/** The thread that runs the cells, as the channels see it. */
export interface CellsThread {
  execute(request: CellRequest): Promise<CellAnswer>;
  /** Ends a cell that has not ended yet. An answer, whatever it is, means that the thread does not compute. */
  interrupt(cell: string): Promise<void>;
  /** What plugins say of a word. */
  inspect(word: string, code: string, cursor: number): Promise<MimeBundle | undefined>;
  /** What magics and plugins complete. */
  complete(code: string, cursor: number): Promise<readonly CompletionItem[]>;
  /** Settles when the message has been dealt with. */
  comm(message: CommMessage, cell: string): Promise<void>;
  /** Ends the process. */
  shutdown(): void;
}

/** The thread that holds the channels, as the cells see it. What answers is said. */
export interface ChannelsThread {
  stream(name: StreamName, text: string, cell: string | undefined): void;
  display(display: DisplayData, cell: string | undefined): void;
  clear(wait: boolean, cell: string | undefined): void;
  /** An error that no cell awaited. */
  error(report: ErrorReport, cell: string | undefined): void;
  /** `prompt()`: the cell sleeps until the answer is in the shared memory. */
  input(question: string, password: boolean, cell: string | undefined): void;
  /** One line of input that the cell does not sleep for. @throws when the front end cannot be asked, or the cell was interrupted */
  ask(question: string, password: boolean, cell: string | undefined): Promise<string>;
  comm(message: CommMessage, cell: string | undefined): void;
  /** The process got a SIGINT. */
  signal(): void;
}
