/** The messages between a search and its worker processes. */
import type { Program } from "./program.js";
import type { Configuration, Space } from "./space.js";
import type { Outcome, TrialContext } from "./trial.js";

export type ToWorker =
  | { readonly type: "program"; readonly program: Program }
  | { readonly type: "trial"; readonly configuration: Configuration<Space>; readonly context: TrialContext };

/** How a trial ended; `missing` names something that `train` reads and that was not sent. */
export type FromWorker = Outcome | { readonly status: "missing"; readonly name: string };
