/** The messages between a search and the processes that run its trials. */
import type { Program } from "./program.js";
import type { Configuration, Space } from "./space.js";
import type { Outcome, TrialContext } from "./trial.js";

/** What a trial's process is told of it. */
export interface Task {
  readonly configuration: Configuration<Space>;
  readonly context: TrialContext;
}

export type ToWorker =
  { readonly type: "program"; readonly program: Program } | { readonly type: "task"; readonly task: Task };

/** How a trial ended; `missing` names something that `train` reads and that was not sent. */
export type FromWorker = Outcome | { readonly status: "missing"; readonly name: string };
