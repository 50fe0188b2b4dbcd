/** The Huber loss: quadratic for small errors, linear for large ones. Huber, 1964. */
import { ValueError } from "../array/errors.js";
import { flat, type Tensor } from "../array/tensor.js";
import { rounded } from "../layers/accumulate.js";
import { FunctionLoss, type Targets } from "./loss.js";
import { compare, type ComparisonCache, type ReductionOptions } from "./targets.js";

export const derivation = String.raw`
### The Huber loss

With the error $u_{ni} = x_{ni}-t_{ni}$ of every number of every example, and a threshold $\delta$,

$$h(u) = \begin{cases} \tfrac12u^2 & \lvert u\rvert\le\delta \\ \delta\,(\lvert u\rvert-\tfrac12\delta) & \lvert u\rvert>\delta \end{cases}
\qquad\qquad \mathcal L = \frac1N\sum_n\sum_i h(u_{ni}) \tag{1}$$

The straight lines continue the parabola where it has reached the slope $\delta$.

**Backward.** The slope is the error, cut off at $\pm\delta$:

$$dx_{ni} = \frac1N\,\max(-\delta,\;\min(\delta,\; u_{ni})) \tag{2}$$

Near the target it is the Euclidean loss, far from it the L1 loss.
`;

/** The error up to which `Huber` is quadratic, and how the losses of a batch are combined. */
export interface HuberOptions extends ReductionOptions {
  /** δ, above 0: the largest error that counts as small; 1. */
  threshold?: number;
}

/** What `huberForward` keeps for its backward. */
export interface HuberCache extends ComparisonCache {
  readonly threshold: number;
}

/**
 * Quadratic for small errors and linear for large ones, equation (1).
 * @param prediction  N×…
 * @param targets     of the same shape; or N numbers, when every example has one output
 * @returns the loss, and the cache for backward
 */
export function huberForward(
  prediction: Tensor,
  targets: Targets,
  { threshold = 1, reduction }: HuberOptions = {},
): { loss: number; cache: HuberCache } {
  expectThreshold(threshold);
  const cache = { ...compare("huber", prediction, targets, reduction), threshold };
  const [X, T] = [flat(prediction), cache.targets];
  let total = 0;
  for (let i = 0; i < X.length; i++) {
    const error = Math.abs(X[i] - T[i]);
    total += error <= threshold ? error ** 2 / 2 : threshold * (error - threshold / 2); // (1)
  }
  return { loss: total / cache.divisor, cache };
}

/**
 * The gradient of `huberForward`, equation (2).
 * @returns dprediction: the prediction's shape, the gradient of the loss
 */
export function huberBackward({ prediction, targets, divisor, threshold }: HuberCache): {
  dprediction: Tensor;
} {
  const dX = Float64Array.from(
    flat(prediction),
    (x, i) => Math.max(-threshold, Math.min(threshold, x - targets[i])) / divisor, // (2)
  );
  return { dprediction: rounded(dX, prediction.shape, prediction.dtype) };
}

/** @throws ValueError for a threshold that is not above 0 */
export function expectThreshold(threshold: number): void {
  if (!(threshold > 0)) throw new ValueError(`huber: threshold is ${threshold}; it must be above 0.`);
}

/**
 * Quadratic for small errors and linear for large ones, so that outliers have less influence than in `Euclidean`. Targets
 * have the prediction's shape (Huber, 1964).
 */
export class Huber extends FunctionLoss<HuberOptions, HuberCache, { dprediction: Tensor }> {
  static readonly derivation: string = derivation;

  constructor(options: HuberOptions = {}) {
    super(options, huberForward, huberBackward, "dprediction");
  }
}
