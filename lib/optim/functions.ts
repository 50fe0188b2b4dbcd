/** The functions behind the optimisers: one step on one tensor. */
export type { OptimizerState } from "./optimizer.js";
export { adadeltaStep, type AdadeltaOptions } from "./adadelta.js";
export { adagradStep, type AdagradOptions } from "./adagrad.js";
export { adamStep, type AdamOptions, type AdamStepOptions } from "./adam.js";
export { rmsPropStep, type RMSPropOptions } from "./rmsprop.js";
export { sgdStep, type SGDOptions } from "./sgd.js";
