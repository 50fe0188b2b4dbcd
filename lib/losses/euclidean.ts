/** The Euclidean loss: half the squared distance between prediction and target. Lecture B. */
import type { Tensor } from "../array/tensor.js";
import { flat } from "../array/tensor.js";
import { rounded } from "../layers/accumulate.js";
import { FunctionLoss, type Targets } from "./loss.js";
import { compare, type ComparisonCache, type ReductionOptions } from "./targets.js";

export const derivation = String.raw`
### The Euclidean loss

The prediction $x$ and the target $t$ are of one shape, $N\times\dots$; $i$ runs over the numbers of an example.

$$\mathcal L = \frac1N\sum_n \tfrac12\lVert x_n - t_n\rVert^2 = \frac1{2N}\sum_n\sum_i (x_{ni}-t_{ni})^2 \tag{1}$$

**Backward.** The ½ is there for this line:

$$dx_{ni} = \frac{x_{ni}-t_{ni}}{N} \tag{2}$$

The gradient grows with the error, so that one wild target pulls harder than all the others together. The best prediction is the
mean of the targets it has to answer for.
`;

/**
 * Half the squared distance, equation (1).
 * @param prediction  N×…
 * @param targets     of the same shape; or N numbers, when every example has one output
 * @returns the loss, and the cache for backward
 */
export function euclideanForward(
  prediction: Tensor,
  targets: Targets,
  { reduction }: ReductionOptions = {},
): { loss: number; cache: ComparisonCache } {
  const cache = compare("euclidean", prediction, targets, reduction);
  const [X, T] = [flat(prediction), cache.targets];
  let total = 0;
  for (let i = 0; i < X.length; i++) total += (X[i] - T[i]) ** 2 / 2; // (1)
  return { loss: total / cache.divisor, cache };
}

/**
 * The gradient of `euclideanForward`, equation (2).
 * @returns dprediction: the prediction's shape, the gradient of the loss
 */
export function euclideanBackward({ prediction, targets, divisor }: ComparisonCache): {
  dprediction: Tensor;
} {
  const dX = Float64Array.from(flat(prediction), (x, i) => (x - targets[i]) / divisor); // (2)
  return { dprediction: rounded(dX, prediction.shape, prediction.dtype) };
}

/**
 * Half the squared distance between the prediction and the targets, which have its shape: for regression (lecture B).
 */
export class Euclidean extends FunctionLoss<ReductionOptions, ComparisonCache, { dprediction: Tensor }> {
  static readonly derivation: string = derivation;

  constructor(options: ReductionOptions = {}) {
    super(options, euclideanForward, euclideanBackward, "dprediction");
  }
}
