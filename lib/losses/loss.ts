/** What a loss is: one number that says how wrong a batch of predictions is, and its gradient. */
import type { Tensor } from "../array/tensor.js";
import type { softmaxCrossEntropyBackward, softmaxCrossEntropyForward } from "./softmaxcrossentropy.js";

/** The functions that an engine must offer to the losses. */
export interface LossOperations {
  softmaxCrossEntropyForward: typeof softmaxCrossEntropyForward;
  softmaxCrossEntropyBackward: typeof softmaxCrossEntropyBackward;
}

/** What a loss asks of a pass. */
export interface LossPass {
  readonly engine: LossOperations;
  keep(owner: object, cache: unknown): void;
  take(owner: object): unknown;
}

/** Class numbers, one an example; or a row of target numbers an example. */
export type Targets = ArrayLike<number> | Tensor;

export abstract class Loss {
  /** @returns the loss of the batch */
  abstract forward(prediction: Tensor, targets: Targets, pass: LossPass): number;
  /** @returns the gradient of the loss with respect to the prediction */
  abstract backward(pass: LossPass): Tensor;
}
