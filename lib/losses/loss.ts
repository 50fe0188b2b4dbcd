/** What a loss is: one number that says how wrong a batch of predictions is, and its gradient. */
import type { Tensor } from "../array/tensor.js";
import type { binaryCrossEntropyBackward, binaryCrossEntropyForward } from "./binary-cross-entropy.js";
import type { euclideanBackward, euclideanForward } from "./euclidean.js";
import type { hingeBackward, hingeForward } from "./hinge.js";
import type { huberBackward, huberForward } from "./huber.js";
import type { l1Backward, l1Forward } from "./l1.js";
import type {
  negativeLogLikelihoodBackward,
  negativeLogLikelihoodForward,
} from "./negative-log-likelihood.js";
import type { softmaxCrossEntropyBackward, softmaxCrossEntropyForward } from "./softmax-cross-entropy.js";

/** The functions that an engine must offer to the losses. */
export interface LossOperations {
  softmaxCrossEntropyForward: typeof softmaxCrossEntropyForward;
  softmaxCrossEntropyBackward: typeof softmaxCrossEntropyBackward;
  binaryCrossEntropyForward: typeof binaryCrossEntropyForward;
  binaryCrossEntropyBackward: typeof binaryCrossEntropyBackward;
  euclideanForward: typeof euclideanForward;
  euclideanBackward: typeof euclideanBackward;
  hingeForward: typeof hingeForward;
  hingeBackward: typeof hingeBackward;
  huberForward: typeof huberForward;
  huberBackward: typeof huberBackward;
  l1Forward: typeof l1Forward;
  l1Backward: typeof l1Backward;
  negativeLogLikelihoodForward: typeof negativeLogLikelihoodForward;
  negativeLogLikelihoodBackward: typeof negativeLogLikelihoodBackward;
}

/** What a loss asks of a pass. */
export interface LossPass {
  readonly engine: LossOperations;
  keep(owner: object, cache: unknown): void;
  take(owner: object): unknown;
}

/**
 * How the losses of a batch become one number. Every loss first sums over what belongs to one example; "mean" then
 * takes the mean over the examples, so that the learning rate does not depend on the batch size.
 */
export type Reduction = "mean" | "sum";

/** Class numbers, one an example; or a row of target numbers an example. */
export type Targets = ArrayLike<number> | Tensor;

export abstract class Loss {
  /** @returns the loss of the batch */
  abstract forward(prediction: Tensor, targets: Targets, pass: LossPass): number;
  /** @returns the gradient of the loss with respect to the prediction */
  abstract backward(pass: LossPass): Tensor;
}
