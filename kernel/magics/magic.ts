/** What a magic of the kernel's own is, and what it needs of the session. */
import type { StreamName } from "../../lib/host/kernel-contract.js";
import type { PluginHost } from "../plugins/host.js";
import type { MagicCall } from "../plugins/contract.js";

/** One use of a magic, with what plugins' magics do not get. */
export interface KernelCall extends MagicCall {
  /** Writes to one of the cell's streams. */
  printTo(stream: StreamName, text: string): void;
  /** Calls back when the cell is interrupted or has ended. */
  onStop(stop: () => void): void;
}

export interface Magic {
  readonly name: string;
  /** How it is written, a line each. */
  readonly usage: readonly string[];
  /** One sentence. */
  readonly summary: string;
  /** What else a reader of `%name?` should know. */
  readonly details?: string;
  /** Words that can follow its name, for completion. */
  readonly words?: readonly string[];
  run(call: KernelCall): unknown;
}

/** What the magics need of the session. */
export interface MagicHost {
  /** The notebook's folder. */
  readonly cwd: string;
  /** The folder that commands run in and file names start from: the notebook's, until `%cd`. */
  folder: string;
  readonly names: readonly string[];
  lookup(name: string): unknown;
  reset(): Promise<void>;
  /** Tells the compiler and the imports that packages were installed or removed. */
  packagesChanged(): Promise<void>;
  readonly plugins: PluginHost;
}
