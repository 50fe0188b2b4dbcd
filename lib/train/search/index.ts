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
export { queue, slurm } from "#host/places";
export type { Workplace, QueueOptions, Ran, Runs, SlurmOptions, Work } from "../../host/contract.js";
export type { Train, Trial, TrialContext, TrialScore } from "./trial.js";
