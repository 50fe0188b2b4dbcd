/** Target numbers for every output, shared by the losses that compare number by number. */
import { sameDType } from "../array/check.js";
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import { flat, type Tensor } from "../array/tensor.js";
import { isTensor } from "./labels.js";
import type { Reduction, Targets } from "./loss.js";

/** How the losses of a batch become one number: their mean or their sum. */
export interface ReductionOptions {
  /** The mean over the examples or their sum; "mean". The numbers of one example are always summed. */
  reduction?: Reduction;
}

/** The cache of a loss that compares number by number. */
export interface ComparisonCache {
  readonly prediction: Tensor;
  /** One number for each of the prediction's, in row-major order. */
  readonly targets: ArrayLike<number>;
  /** The divisor of the sum: N, or 1. */
  readonly divisor: number;
}

/**
 * @param prediction  N×…
 * @param targets     a tensor of the prediction's shape; or N numbers, when every example has one output
 * @throws ShapeError, DTypeError, ValueError when they do not fit each other
 */
export function compare(
  operation: string,
  prediction: Tensor,
  targets: Targets,
  reduction: Reduction = "mean",
): ComparisonCache {
  const N = prediction.shape[0];
  const [shape, length] = isTensor(targets)
    ? [targets.shape, targets.size]
    : [[targets.length], targets.length];
  const alike = showShape(shape) === showShape(prediction.shape);
  const oneEach = prediction.size === N && length === N && (shape.length === 1 || shape.length === 2);
  if (!alike && !oneEach) {
    throw new ShapeError(
      `${operation}: the targets are ${showShape(shape)}, the prediction ${showShape(prediction.shape)}; ` +
        `give one number for each of the prediction's.`,
    );
  }
  if (N === 0 || N === undefined) {
    throw new ShapeError(`${operation}: the batch is empty; a mean needs one example or more.`);
  }
  if (reduction !== "mean" && reduction !== "sum") {
    throw new ValueError(`${operation}: reduction is ${String(reduction)}; it must be "mean" or "sum".`);
  }
  if (isTensor(targets)) sameDType(operation, { prediction, targets });
  return {
    prediction,
    targets: isTensor(targets) ? flat(targets) : targets,
    divisor: reduction === "mean" ? N : 1,
  };
}
