/**
 * The calls between two of the kernel's threads: the one that runs the cells and the one that holds the channels. The
 * msg_id of its request names a cell.
 */
import type { CompiledSource } from "../cells/compiled-source.js";
import type { CommMessage, DisplayData, ErrorReport, StreamName } from "../cells/output.js";
import type { ExecuteResult, NamedValue } from "../cells/session.js";
import type { ValuePath } from "../language/language.js";
import type { CompletionItem, MimeBundle } from "../plugins/contract.js";
import type { Bundle } from "./protocol.js";

/** A cell on its way to be run. */
export interface CellRequest {
  readonly cell: string;
  /** The cell's name in stack traces. */
  readonly name: string;
  readonly code: string;
  /** Expressions to evaluate when the cell is done, by label. */
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
  /** Ends a cell that has not ended yet. Any answer means that the thread is not computing. */
  interrupt(cell: string | undefined): Promise<void>;
  /** Whether an interrupted cell is about to end by itself: it may take longer than others. */
  endsByItself(cell: string): Promise<boolean>;
  /** What plugins know about a word. */
  inspect(word: string, code: string, cursor: number): Promise<MimeBundle | undefined>;
  /** Completions from magics and plugins. */
  complete(code: string, cursor: number): Promise<readonly CompletionItem[]>;
  /** The names that a value of the cells has. */
  names(path: ValuePath): Promise<readonly CompletionItem[]>;
  /** The variables of the cells and what their values are. */
  variables(): Promise<readonly NamedValue[]>;
  /** Whether the channels are told of compiled code before it runs. @returns what was compiled before */
  watch(isOn: boolean): Promise<readonly CompiledSource[]>;
  /** Tells cells the notebook's file as Jupyter's servers do: in the variable JPY_SESSION_NAME. */
  belongTo(notebook: string): Promise<void>;
  /** Settles when the message has been dealt with. */
  comm(message: CommMessage, cell: string): Promise<void>;
  /** Ends the process. */
  shutdown(): void;
}

/** The thread that holds the channels, as the cells see it. Only the calls that return a promise are answered. */
export interface ChannelsThread {
  stream(name: StreamName, text: string, cell: string | undefined): void;
  display(display: DisplayData, cell: string | undefined): void;
  clear(wait: boolean, cell: string | undefined): void;
  /** An error that no cell awaited. */
  error(report: ErrorReport, cell: string | undefined): void;
  /** `prompt()`: the cell sleeps until the answer is in the shared memory. */
  input(question: string, password: boolean, cell: string | undefined): void;
  /** Asks for one line of input without blocking the cell. @throws when the front end cannot ask, or the cell is interrupted */
  ask(question: string, password: boolean, cell: string | undefined): Promise<string>;
  comm(message: CommMessage, cell: string | undefined): void;
  /** Code is about to run, and waits until this settles: a debugger sets its breakpoints. */
  compiled(sources: readonly CompiledSource[]): Promise<void>;
  /** The process got a SIGINT. */
  signal(): void;
}
