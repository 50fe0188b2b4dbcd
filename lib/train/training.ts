/** Training without the search: fit, evaluate, checkpoints, and their results. */
export { evaluate, Evaluation, type EvaluateOptions } from "./evaluate.js";
export { findLearningRate, LearningRateTrial, type FindLearningRateOptions } from "./find-learning-rate.js";
export { fit, type FitOptions } from "./fit.js";
export { trainStep, type StepOptions } from "./step.js";
export { watchDistributions, Watch, type WatchOptions, type SpreadKind } from "./watch.js";
export { storeGlobalStatistics } from "./global-statistics.js";
export { Run, type HandChange, type RunStatus } from "./run.js";
export { loadCheckpoint, saveCheckpoint, type SaveOptions } from "./checkpoint.js";
