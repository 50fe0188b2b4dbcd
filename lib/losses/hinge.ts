/**
 * The multi-class hinge loss (support vector machine): it is zero when the right class scores higher than every other class
 * by a margin. Lecture E; Weston and Watkins, 1999.
 */
import { expectRank } from "../array/check.js";
import { ShapeError, ValueError } from "../array/errors.js";
import { flat, type Tensor } from "../array/tensor.js";
import { rounded } from "../layers/accumulate.js";
import { checkLabels, isTensor } from "./labels.js";
import { FunctionLoss, type Reduction, type Targets } from "./loss.js";

export const derivation = String.raw`
### Multi-class hinge

Scores $s$ are $N\times K$, example $n$ is of class $y_n$. Every other class $j$ violates the margin $\Delta$ by

$$m_{nj} = \max(0,\; s_{nj} - s_{n y_n} + \Delta), \qquad j\ne y_n \tag{1}$$

$$\mathcal L = \frac1N\sum_n\sum_{j\ne y_n} m_{nj}^{\,p} \tag{2}$$

with $p=1$, or $p=2$ for the squared hinge, which punishes large violations more and has no kink.

**Backward.** $m_{nj}$ is a straight line in $s_{nj} - s_{ny_n}$ where it is above 0, and flat elsewhere:

$$ds_{nj} = \frac{p}{N}\, m_{nj}^{\,p-1}\;[m_{nj}>0], \qquad j\ne y_n \tag{3}$$

$$ds_{n y_n} = -\sum_{j\ne y_n} ds_{nj} \tag{4}$$

Each violating class is pushed down, and the right one up by as much in total. An example that clears all its margins has no gradient,
however little it clears them by: the loss is then exactly 0. Before training all scores are about 0 and $\mathcal L\approx(K-1)\,\Delta^p$.
`;

/** The margin of `Hinge`, whether it is squared, and how the losses of a batch are combined. */
export interface HingeOptions {
  /** Δ, above 0; 1. */
  margin?: number;
  /** p: 1, or 2 for the squared hinge; 1. */
  power?: 1 | 2;
  /** The mean over the examples or their sum; "mean". */
  reduction?: Reduction;
}

/** What `hingeForward` keeps for its backward. */
export interface HingeCache {
  readonly scores: Tensor;
  readonly labels: ArrayLike<number>;
  readonly options: HingeOptions;
}

/**
 * How much the right scores fail to be the largest by the margin, equations (1) and (2).
 * @param scores  N×K
 * @param labels  N class numbers from 0 to K − 1
 * @returns the loss, and the cache for backward
 * @throws ShapeError, ValueError for labels that are not classes and options out of range
 */
export function hingeForward(
  scores: Tensor,
  labels: Targets,
  options: HingeOptions = {},
): { loss: number; cache: HingeCache } {
  const classes = checkHinge(scores, labels, options);
  const { margin = 1, power = 1, reduction = "mean" } = options;
  const [N, K] = scores.shape;
  const S = flat(scores);
  let total = 0;
  for (let n = 0; n < N; n++) {
    const right = S[n * K + classes[n]];
    for (let j = 0; j < K; j++) {
      if (j === classes[n]) continue;
      const violation = Math.max(0, S[n * K + j] - right + margin); // (1)
      total += violation ** power; // (2)
    }
  }
  return { loss: reduction === "mean" ? total / N : total, cache: { scores, labels: classes, options } };
}

/**
 * The gradient of `hingeForward`, equations (3) and (4).
 * @returns dscores: N×K, the gradient of the loss
 */
export function hingeBackward({ scores, labels, options }: HingeCache): { dscores: Tensor } {
  const { margin = 1, power = 1, reduction = "mean" } = options;
  const [N, K] = scores.shape;
  const S = flat(scores);
  const dS = new Float64Array(S.length);
  const divisor = reduction === "mean" ? N : 1;
  for (let n = 0; n < N; n++) {
    const rightAt = n * K + labels[n];
    for (let at = n * K; at < n * K + K; at++) {
      const violation = S[at] - S[rightAt] + margin;
      if (at === rightAt || violation <= 0) continue;
      const slope = (power * violation ** (power - 1)) / divisor;
      dS[at] = slope; // (3)
      dS[rightAt] -= slope; // (4)
    }
  }
  return { dscores: rounded(dS, scores.shape, scores.dtype) };
}

/** Checks that labels and options fit the scores. @returns the labels @throws ShapeError, ValueError when they do not */
export function checkHinge(
  scores: Tensor,
  labels: Targets,
  { margin = 1, power = 1 }: HingeOptions,
): ArrayLike<number> {
  expectRank("hinge", "scores", scores, "N×K");
  const [N, K] = scores.shape;
  if (N === 0) throw new ShapeError(`hinge: the batch is empty; a mean needs one example or more.`);
  if (isTensor(labels)) {
    throw new ValueError(
      `hinge: the targets are a tensor; give one class number an example, such as [3, 0, 7].`,
    );
  }
  if (!(margin > 0)) throw new ValueError(`hinge: margin is ${margin}; it must be above 0.`);
  if (power !== 1 && power !== 2)
    throw new ValueError(`hinge: power is ${String(power)}; it must be 1 or 2.`);
  checkLabels("hinge", labels, N, K);
  return labels;
}

/**
 * The loss of a support vector machine: it is zero when the score of the right class is larger than every other by a margin.
 * N×K scores, N labels (Weston and Watkins, 1999; lecture E).
 */
export class Hinge extends FunctionLoss<HingeOptions, HingeCache, { dscores: Tensor }> {
  static readonly derivation: string = derivation;

  constructor(options: HingeOptions = {}) {
    super(options, hingeForward, hingeBackward, "dscores");
  }
}
