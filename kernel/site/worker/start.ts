/** What the page and the worker of the cells tell each other when a kernel starts. */
import type { Port } from "../../../lib/host/kernel-contract.js";

/** What a kernel starts with. */
export interface CellsStart {
  /** The folder that the notebook is in. */
  readonly cwd: string;
  /** Settings of the library and of the kernel, as environment variables in Node. */
  readonly settings: Readonly<Record<string, string>>;
  /** Declarations that every cell sees, by what they declare. */
  readonly declarations: Readonly<Record<string, string>>;
}

/** The worker's first message: how the page reaches what it has started. */
export interface CellsStarted {
  /** To the thread of the cells. */
  readonly cells: Port;
  /** To the compiler's thread. */
  readonly language: Port;
  /** Memory that the page shares with the cells; absent where none can be shared. */
  readonly shared?: SharedMemory;
}

export interface SharedMemory {
  /** Of an InputMemory. */
  readonly input: SharedArrayBuffer;
  /** Of an Arrivals. */
  readonly arrivals: SharedArrayBuffer;
  /** Of an InterruptState. */
  readonly words: Int32Array;
}

/** A message of the cells' worker: it needs a worker, which the page starts. */
export interface WorkerAsk {
  readonly chainruleWorker: {
    readonly address: string;
    readonly options: { readonly type?: string; readonly name?: string };
    /** Takes `{ say }` for the worker and `{ end }`; gives what it `{ said }`, and that it `{ failed }`. */
    readonly port: unknown;
  };
}
