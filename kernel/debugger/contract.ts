/** The debugger as the message loop sees it, and what it needs of the kernel around it. */
import type { CompiledSource } from "../cells/compiled-source.js";
import type { NamedValue } from "../cells/session.js";

type Json = Record<string, unknown>;

/** Answers the requests of the Debug Adapter Protocol, and those that Jupyter has added to it. */
export interface Debugger {
  /** Answers a request with a response of the protocol, also where it fails. */
  request(request: Json): Promise<Json>;
  /** Takes code that is about to run; settles when its breakpoints are set. */
  compiled(sources: readonly CompiledSource[]): Promise<void>;
  /** Told of the cell that runs now; undefined when it has ended. */
  running(cell: string | undefined): void;
  /** Lets a stopped cell go on, and stops nowhere until `hold` is called: an interrupt comes. */
  letGo(): void;
  hold(): void;
  /** Lets go of the cells' thread for good. */
  close(): void;
}

/** What a debugger needs of the kernel. */
export interface DebuggedKernel {
  /** Publishes an event of the protocol. */
  event(event: Json): void;
  /** Whether `compiled` is called from now on. @returns what was compiled before */
  watch(isOn: boolean): Promise<readonly CompiledSource[]>;
  /** The variables of the cells; undefined while the thread computes. */
  variables(): Promise<readonly NamedValue[] | undefined>;
  /** What a cell that ends with this expression would show. */
  show(expression: string): Promise<{ data: Json; metadata: Json }>;
}
