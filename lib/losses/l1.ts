/** The L1 loss: the absolute distance between prediction and target. */
import { flat, type Tensor } from "../array/tensor.js";
import { rounded } from "../layers/accumulate.js";
import { FunctionLoss, type Targets } from "./loss.js";
import { compare, type ComparisonCache, type ReductionOptions } from "./targets.js";

export const derivation = String.raw`
### The L1 loss

The prediction $x$ and the target $t$ are of one shape, $N\times\dots$; $i$ runs over the numbers of an example.

$$\mathcal L = \frac1N\sum_n\sum_i \lvert x_{ni}-t_{ni}\rvert \tag{1}$$

**Backward.** The slope of $\lvert u\rvert$ is the sign of $u$; at the kink, where there is none, we take 0:

$$dx_{ni} = \frac{\operatorname{sign}(x_{ni}-t_{ni})}{N} \tag{2}$$

Every error pulls equally hard, large or small, so that a wild target does no more harm than a near one. The best prediction is the
median of the targets it has to answer for.
`;

/**
 * The sum of absolute errors, equation (1).
 * @param prediction  N×…
 * @param targets     of the same shape; or N numbers, when every example has one output
 * @returns the loss, and the cache for backward
 */
export function l1Forward(
  prediction: Tensor,
  targets: Targets,
  { reduction }: ReductionOptions = {},
): { loss: number; cache: ComparisonCache } {
  const cache = compare("l1", prediction, targets, reduction);
  const [X, T] = [flat(prediction), cache.targets];
  let total = 0;
  for (let i = 0; i < X.length; i++) total += Math.abs(X[i] - T[i]); // (1)
  return { loss: total / cache.divisor, cache };
}

/**
 * The gradient of `l1Forward`, equation (2).
 * @returns dprediction: the prediction's shape, the gradient of the loss
 */
export function l1Backward({ prediction, targets, divisor }: ComparisonCache): { dprediction: Tensor } {
  const dX = Float64Array.from(flat(prediction), (x, i) => Math.sign(x - targets[i]) / divisor); // (2)
  return { dprediction: rounded(dX, prediction.shape, prediction.dtype) };
}

/**
 * The sum of absolute differences between the prediction and the targets, which have the same shape. The best constant
 * prediction is the median of the targets.
 */
export class L1 extends FunctionLoss<ReductionOptions, ComparisonCache, { dprediction: Tensor }> {
  static readonly derivation: string = derivation;

  constructor(options: ReductionOptions = {}) {
    super(options, l1Forward, l1Backward, "dprediction");
  }
}
