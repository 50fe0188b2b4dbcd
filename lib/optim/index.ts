/** Optimisers, which turn gradients into steps; schedules of the learning rate; clipping. */
export { Optimizer, type OptimizerOptions } from "./optimizer.js";
export { Adadelta } from "./adadelta.js";
export { Adagrad } from "./adagrad.js";
export { Adam, AdamW } from "./adam.js";
export { clipByNorm, clipByValue } from "./clip.js";
export { RMSProp } from "./rmsprop.js";
export {
  constantRate,
  cosineDecay,
  Plateau,
  stepDecay,
  warmUp,
  type PlateauOptions,
  type Schedule,
} from "./schedule.js";
export { SGD } from "./sgd.js";

export * from "./functions.js";
