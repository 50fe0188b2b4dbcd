/** The functions behind the losses: the loss and its gradient, without state. */
export type { Reduction, Targets } from "./loss.js";
export { binaryCrossEntropyBackward, binaryCrossEntropyForward } from "./binary-cross-entropy.js";
export { euclideanBackward, euclideanForward } from "./euclidean.js";
export { hingeBackward, hingeForward, type HingeOptions, type HingeCache } from "./hinge.js";
export { huberBackward, huberForward, type HuberOptions, type HuberCache } from "./huber.js";
export { l1Backward, l1Forward } from "./l1.js";
export {
  negativeLogLikelihoodBackward,
  negativeLogLikelihoodForward,
  type NegativeLogLikelihoodOptions,
  type NegativeLogLikelihoodCache,
} from "./negative-log-likelihood.js";
export {
  softmaxCrossEntropyBackward,
  softmaxCrossEntropyForward,
  type SoftmaxCrossEntropyOptions,
  type SoftmaxCrossEntropyCache,
} from "./softmax-cross-entropy.js";
export type { ReductionOptions, ComparisonCache } from "./targets.js";
