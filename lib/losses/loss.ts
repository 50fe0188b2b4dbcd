/** What a loss is: one number that says how wrong a batch of predictions is, and its gradient. */
import { Printed, showOptions } from "../array/printed.js";
import type { Tensor } from "../array/tensor.js";
import type { Rivals } from "../layers/rival.js";

/** What a loss asks of a pass. */
export interface LossPass {
  /** Whose functions compute: `pass.engine.of(euclideanForward)`. */
  readonly engine: Rivals;
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

export abstract class Loss extends Printed {
  toString(): string {
    return showOptions(this.constructor.name, (this as { options?: object }).options ?? {});
  }

  /** @returns the loss of the batch */
  abstract forward(prediction: Tensor, targets: Targets, pass: LossPass): number;
  /** @returns the gradient of the loss with respect to the prediction */
  abstract backward(pass: LossPass): Tensor;
}
