/**
 * Sigmoid and cross-entropy in one, for outputs that are independent yes-or-no answers. Lecture C ("binary cross-entropy …
 * without the vanishing gradient").
 */
import { ValueError } from "../array/errors.js";
import { flat, type Tensor } from "../array/tensor.js";
import { rounded } from "../layers/accumulate.js";
import { FunctionLoss, type Targets } from "./loss.js";
import { compare, type ComparisonCache, type ReductionOptions } from "./targets.js";

export const derivation = String.raw`
### Binary cross-entropy with logits

A logit $z$ says yes with probability $p = \sigma(z) = 1/(1+e^{-z})$. With targets $t\in[0,1]$, of $z$'s shape, and $i$ running over
the numbers of an example,

$$\mathcal L = -\frac1N\sum_n\sum_i \Big(t_{ni}\log p_{ni} + (1-t_{ni})\log(1-p_{ni})\Big) \tag{1}$$

$p$ rounds to 0 or 1 long before $z$ is large, and then a logarithm is infinite. But $\log(1-p) = \log p - z$, and
$-\log p = \log(1+e^{-z})$, so one term is $(1-t)\,z + \log(1+e^{-z})$; and taking out $\max(-z,0)$ keeps the exponent negative:

$$\ell(z,t) = \max(z,0) - t\,z + \log\!\left(1+e^{-\lvert z\rvert}\right) \tag{2}$$

**Backward.** $\sigma' = \sigma(1-\sigma)$ cancels against the logarithms' slopes, and what was predicted minus what was true remains:

$$dz_{ni} = \frac{\sigma(z_{ni})-t_{ni}}{N} \tag{3}$$

The squared error of a sigmoid has that $\sigma(1-\sigma)$ still in its gradient, which vanishes just where the answer is most wrong.
`;

/**
 * The mean cross-entropy of yes-or-no answers, equation (2).
 * @param logits   N×…
 * @param targets  of the same shape, from 0 to 1; or N numbers, when every example has one output
 * @returns the loss, and the cache for backward
 * @throws ValueError for a target outside 0 … 1
 */
export function binaryCrossEntropyForward(
  logits: Tensor,
  targets: Targets,
  { reduction }: ReductionOptions = {},
): { loss: number; cache: ComparisonCache } {
  const cache = compare("binaryCrossEntropy", logits, targets, reduction);
  const [Z, T] = [flat(logits), cache.targets];
  let total = 0;
  for (let i = 0; i < Z.length; i++) {
    expectProbability(T, i);
    total += Math.max(Z[i], 0) - T[i] * Z[i] + Math.log1p(Math.exp(-Math.abs(Z[i]))); // (2)
  }
  return { loss: total / cache.divisor, cache };
}

/** @throws ValueError for a target outside 0 … 1 */
export function expectProbability(targets: ArrayLike<number>, i: number): void {
  if (targets[i] >= 0 && targets[i] <= 1) return;
  throw new ValueError(
    `binaryCrossEntropy: target ${i} is ${targets[i]}; targets are probabilities, from 0 (no) to 1 (yes).`,
  );
}

/**
 * The gradient of `binaryCrossEntropyForward`, equation (3).
 * @returns dlogits: the logits' shape, the gradient of the loss
 */
export function binaryCrossEntropyBackward({ prediction, targets, divisor }: ComparisonCache): {
  dlogits: Tensor;
} {
  const dZ = Float64Array.from(
    flat(prediction),
    (z, i) => (1 / (1 + Math.exp(-z)) - targets[i]) / divisor, // (3)
  );
  return { dlogits: rounded(dZ, prediction.shape, prediction.dtype) };
}

/**
 * Cross-entropy of independent yes-or-no answers, computed from scores of any shape, with targets of the same shape from 0
 * to 1. It contains the sigmoid and the logarithm, so that gradients do not vanish (lecture C).
 */
export class BinaryCrossEntropy extends FunctionLoss<ReductionOptions, ComparisonCache, { dlogits: Tensor }> {
  static readonly derivation: string = derivation;

  constructor(options: ReductionOptions = {}) {
    super(options, binaryCrossEntropyForward, binaryCrossEntropyBackward, "dlogits");
  }
}
