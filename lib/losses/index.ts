/** Losses, which measure how wrong a network's outputs are, and penalties on weights. */
export { FunctionLoss, Loss, type LossPass, type PendingLoss } from "./loss.js";
export { BinaryCrossEntropy } from "./binary-cross-entropy.js";
export { Euclidean } from "./euclidean.js";
export { Hinge } from "./hinge.js";
export { Huber } from "./huber.js";
export { L1 } from "./l1.js";
export { NegativeLogLikelihood } from "./negative-log-likelihood.js";
export { l1Penalty, l2Penalty, WeightPenalty, type WeightPenaltyOptions } from "./penalty.js";
export { SoftmaxCrossEntropy } from "./softmax-cross-entropy.js";

export * from "./functions.js";
