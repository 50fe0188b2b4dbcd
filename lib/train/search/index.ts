/** Architecture search: a space of configurations, and the results of those that were tried. */
export { Search } from "./results.js";
export { readSearch, search, type SearchOptions } from "./search.js";
export {
  choice,
  integers,
  logUniform,
  uniform,
  type Configuration,
  type Dimension,
  type Space,
} from "./space.js";
export type { HalvingOptions, StrategyName } from "./strategies.js";
export type { PruneOptions } from "./pruner.js";
export { queue, slurm } from "./places.js";
export type {
  Workplace,
  QueueOptions,
  Ran,
  Runs,
  OnStop,
  SlurmOptions,
  TaskWatch,
  User,
  Work,
} from "../../host/place-contract.js";
export { Pruned } from "./trial.js";
export type { Train, Trial, TrialContext, TrialScore } from "./trial.js";
