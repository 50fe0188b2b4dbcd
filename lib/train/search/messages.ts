/** The messages between a search and the processes that run its trials. */
import type { Program } from "./program.js";
import type { Configuration, Space } from "./space.js";
import type { Outcome, TrialContext } from "./trial.js";

/** What a trial's process is told of it. */
export interface Task {
  readonly configuration: Configuration<Space>;
  /** Seconds that it may take. */
  readonly limit?: number;
  readonly context: Omit<TrialContext, "report">;
}

export type ToWorker =
  | { readonly type: "program"; readonly program: Program }
  | { readonly type: "task"; readonly task: Task }
  | { readonly type: "verdict"; readonly end: boolean };

/** How far a trial has come; the answer is a verdict. */
export interface Report {
  readonly report: readonly [step: number, value: number];
}

/** How a trial ended; `missing` names something that `train` reads and that was not sent. */
export type FromWorker = Outcome | { readonly status: "missing"; readonly name: string };
