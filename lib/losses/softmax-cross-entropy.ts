/**
 * Softmax and cross-entropy in one: the negative logarithm of the probability that the network gives the right
 * class. Lectures A, C and E.
 */
import { expectRank, expectShape, sameDType } from "../array/check.js";
import { ShapeError, ValueError } from "../array/errors.js";
import { exp, log1p } from "../array/exponential.js";
import { allocate, flat, wrap, type Shape, type Tensor } from "../array/tensor.js";
import { checkClassWeights, checkLabels, isTensor, weightOfLabels } from "./labels.js";
import { FunctionLoss, type Reduction, type Targets } from "./loss.js";
import { placesAsRows, rowsAsPlaces } from "./places.js";

export const derivation = String.raw`
### Softmax cross-entropy

The logits $z$ are $N\times K$, a row an example. Softmax turns a row into probabilities,

$$p_{nk} = \frac{e^{z_{nk}}}{\sum_j e^{z_{nj}}} \tag{1}$$

and with targets $t_{nk}\ge 0$ that sum to 1 (a one at the right class) the loss is the mean over the batch

$$\mathcal L = -\frac1N\sum_n\sum_k t_{nk}\log p_{nk} \tag{2}$$

$e^{1000}$ overflows, so $\log p$ is never computed from $p$. Adding a constant to a row changes nothing in (1); with $M=\max_j z_{nj}$,

$$\log p_{nk} = z_{nk} - M - \log\sum_j e^{z_{nj}-M} \tag{3}$$

where the largest term of the sum is exactly 1 and none overflows (*log-sum-exp*).

**Backward.** By (3), $\partial\log p_{nk}/\partial z_{nj} = [j=k] - p_{nj}$. With (2) and $\sum_k t_{nk} = 1$,

$$dz_{nj} = -\frac1N\sum_k t_{nk}\,([j=k]-p_{nj}) = \frac{p_{nj}-t_{nj}}{N} \tag{4}$$

what was predicted minus what was true. Before training all $K$ classes are about equally likely, and $\mathcal L \approx \ln K$.

**Weights and smoothing.** Class weights $\omega_k$ make rare classes count for more, and label smoothing $\epsilon$ (Szegedy et al., 2016) takes
a little certainty from the targets. Both turn $t$ into

$$q_{nk} = \omega_k\left((1-\epsilon)\,t_{nk} + \frac\epsilon K\right) \tag{5}$$

and the mean's $N$ into $Z = \sum_n\omega_{y_n}$, the weight of the examples' own classes ($Z=N$ for rows of probabilities, $Z=1$ for a sum instead of a
mean). Examples that are to be ignored are left out of all sums. As the $q_{nk}$ of a row need not sum to 1, the same steps give

$$\mathcal L = -\frac1Z\sum_n\sum_k q_{nk}\log p_{nk}, \qquad dz_{nj} = \frac1Z\Big(p_{nj}\sum_k q_{nk} - q_{nj}\Big) \tag{6}$$

of which (2) and (4) are the case $\omega_k=1$, $\epsilon=0$.

**With numbers.** Two examples; $\ln 2$ and $\ln 3$ among the logits make the probabilities $\tfrac14,\tfrac12,\tfrac14$ and $\tfrac35,\tfrac15,\tfrac15$.

${"```text"}
loss    = softmaxCrossEntropy(logits, labels)
logits  = [[0, ln(2), 0], [ln(3), 0, 0]]             2×3
labels  = [1, 0]
loss    = −(ln(1/2) + ln(3/5))/2 = 0.6020            (2)
dlogits = [[(1/4 − 0)/2, (1/2 − 1)/2, (1/4 − 0)/2], [(3/5 − 1)/2, (1/5 − 0)/2, (1/5 − 0)/2]]
        = [[0.125, −0.25, 0.125], [−0.2, 0.1, 0.1]]  (4)
${"```"}
`;

/**
 * The mean negative log-probability of the targets, equation (2) or (6).
 * @param logits   N×K; or N×K×d₁×…, where every position counts as an example
 * @param targets  N (or N·d₁·…) class numbers from 0 to K − 1, or probabilities of the logits' shape that sum to 1 over the
 *   classes (one-hot rows, for example)
 * @returns the loss, and the cache for backward, with the probabilities
 * @throws ValueError for labels out of range, rows that are not probabilities, logits that are NaN or +∞, options out of
 *   range, and a mean over no examples
 */
export function softmaxCrossEntropyForward(
  logits: Tensor,
  targets: Targets,
  options: SoftmaxCrossEntropyOptions = {},
): { loss: number; cache: SoftmaxCrossEntropyCache } {
  if (logits.shape.length > 2) {
    const { shape } = logits;
    if (isTensor(targets)) expectShape("softmaxCrossEntropy", "targets", targets, shape);
    const rows = isTensor(targets) ? placesAsRows(targets) : targets;
    const { loss, cache } = softmaxCrossEntropyForward(placesAsRows(logits), rows, options);
    return { loss, cache: { ...cache, shape } };
  }
  const divisor = checkTargets(logits, targets, options);
  const [N, K] = logits.shape;
  const Z = flat(logits);
  const P = allocate(Z.length, logits.dtype);
  const T = isTensor(targets) ? flat(targets) : undefined;
  const weighted = new Float64Array(K);
  let total = 0;
  for (let n = 0; n < N; n++) {
    const row = n * K;
    let top = row;
    for (let k = row; k < row + K; k++) {
      if (Number.isNaN(Z[k]) || Z[k] === Infinity) throw badLogit(n, k - row, Z[k]);
      if (Z[k] > Z[top]) top = k;
    }
    if (Z[top] === -Infinity) throw badLogit(n);
    let others = 0; // Σ e^(z − M) without the largest term, which is exactly 1
    for (let k = row; k < row + K; k++) if (k !== top) others += exp(Z[k] - Z[top]);
    const logSum = log1p(others);
    for (let k = row; k < row + K; k++) P[k] = exp(Z[k] - Z[top]) / (1 + others); // (1)
    if (!weightedTargets(T, targets, n, options, weighted)) continue;
    for (let k = 0; k < K; k++) {
      if (weighted[k] !== 0) total -= weighted[k] * (Z[row + k] - Z[top] - logSum); // (2), (3), (6)
    }
  }
  return { loss: total / divisor, cache: { probabilities: wrap(P, [N, K]), targets, options, divisor } };
}

/**
 * The gradient of `softmaxCrossEntropyForward`, equation (4) or (6).
 * @returns dlogits: the logits' shape, the gradient of the loss
 */
export function softmaxCrossEntropyBackward({
  probabilities,
  targets,
  options,
  divisor,
  shape,
}: SoftmaxCrossEntropyCache): { dlogits: Tensor } {
  const [N, K] = probabilities.shape;
  const P = flat(probabilities);
  const dZ = allocate(P.length, probabilities.dtype);
  const T = isTensor(targets) ? flat(targets) : undefined;
  const weighted = new Float64Array(K);
  for (let n = 0; n < N; n++) {
    if (!weightedTargets(T, targets, n, options, weighted)) continue;
    const sum = weighted.reduce((a, q) => a + q, 0);
    for (let k = 0; k < K; k++) dZ[n * K + k] = (P[n * K + k] * sum - weighted[k]) / divisor; // (4), (6)
  }
  const dlogits = wrap(dZ, [N, K]);
  return { dlogits: shape ? rowsAsPlaces(dlogits, shape) : dlogits };
}

/**
 * Writes the q of example n, equation (5).
 * @param rows  the targets' numbers, if they are rows of probabilities
 * @returns false if the example is ignored
 */
function weightedTargets(
  rows: Float32Array | Float64Array | undefined,
  targets: Targets,
  n: number,
  { labelSmoothing = 0, classWeights, ignoreIndex }: SoftmaxCrossEntropyOptions,
  q: Float64Array,
): boolean {
  const K = q.length;
  if (rows) {
    for (let k = 0; k < K; k++) q[k] = (1 - labelSmoothing) * rows[n * K + k] + labelSmoothing / K; // (5)
  } else {
    const label = (targets as ArrayLike<number>)[n];
    if (label === ignoreIndex) return false;
    q.fill(labelSmoothing / K);
    q[label] += 1 - labelSmoothing; // (5)
  }
  if (classWeights) for (let k = 0; k < K; k++) q[k] *= classWeights[k]; // (5)
  return true;
}

/**
 * The usual loss of a classifier: softmax and the negative logarithm of the right class's probability in one. It takes N×K
 * scores, or N×K×d₁×… for every position, and labels or rows of probabilities (lectures A, C and E).
 */
export class SoftmaxCrossEntropy extends FunctionLoss<
  SoftmaxCrossEntropyOptions,
  SoftmaxCrossEntropyCache,
  { dlogits: Tensor }
> {
  static readonly derivation: string = derivation;

  constructor(options: SoftmaxCrossEntropyOptions = {}) {
    super(options, softmaxCrossEntropyForward, softmaxCrossEntropyBackward, "dlogits");
  }
}

/** Label smoothing, the class weights, the label that is ignored, and how the losses of a batch are combined. */
export interface SoftmaxCrossEntropyOptions {
  /** ε, from 0 to below 1: the targets become (1 − ε)·t + ε/K; 0. */
  labelSmoothing?: number;
  /** K weights of 0 or more, one for each class; all 1. */
  classWeights?: ArrayLike<number>;
  /** Examples with this label do not count; any whole number, such as −1; none. */
  ignoreIndex?: number;
  /** The mean over the examples or their sum; "mean". */
  reduction?: Reduction;
}

/** What `softmaxCrossEntropyForward` keeps for its backward. */
export interface SoftmaxCrossEntropyCache {
  /** N×K, one row for each example or position. */
  readonly probabilities: Tensor;
  readonly targets: Targets;
  readonly options: SoftmaxCrossEntropyOptions;
  /** Z of equation (6). */
  readonly divisor: number;
  /** The logits' shape, where every position has its own row. */
  readonly shape?: Shape;
}

/**
 * Checks that the targets and the options fit the logits.
 * @returns Z of equation (6), the divisor of the loss
 * @throws ShapeError, DTypeError, ValueError
 */
export function checkTargets(
  logits: Tensor,
  targets: Targets,
  { labelSmoothing = 0, classWeights, ignoreIndex, reduction = "mean" }: SoftmaxCrossEntropyOptions = {},
): number {
  expectRank("softmaxCrossEntropy", "logits", logits, "N×K");
  const [N, K] = logits.shape;
  if (N === 0)
    throw new ShapeError(`softmaxCrossEntropy: the batch is empty; a mean needs one example or more.`);
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new ValueError(
      `softmaxCrossEntropy: labelSmoothing is ${labelSmoothing}; it must be from 0 to below 1.`,
    );
  }
  if (classWeights !== undefined) checkClassWeights("softmaxCrossEntropy", classWeights, K);
  if (isTensor(targets)) {
    checkProbabilities(logits, targets);
    return reduction === "sum" ? 1 : N;
  }
  checkLabels("softmaxCrossEntropy", targets, N, K, ignoreIndex);
  return reduction === "sum"
    ? 1
    : weightOfLabels("softmaxCrossEntropy", targets, { classWeights, ignoreIndex });
}

/** Checks that the targets are rows of probabilities. @throws ShapeError, DTypeError, ValueError */
function checkProbabilities(logits: Tensor, targets: Tensor): void {
  const [N, K] = logits.shape;
  sameDType("softmaxCrossEntropy", { logits, targets });
  expectShape("softmaxCrossEntropy", "targets", targets, [N, K], "one row of probabilities an example");
  const T = flat(targets);
  for (let n = 0; n < N; n++) {
    let sum = 0;
    for (let k = n * K; k < n * K + K; k++) sum += T[k] >= 0 ? T[k] : NaN;
    if (!(Math.abs(sum - 1) < 1e-3)) {
      throw new ValueError(
        `softmaxCrossEntropy: row ${n} of the targets is not a list of probabilities (they are from 0 up and sum to 1, ` +
          `these sum to ${sum}); give one-hot rows or class numbers.`,
      );
    }
  }
}

/** The error of a row with a logit that is NaN or +∞, or of one that has nothing but −∞. */
export function badLogit(
  example: number,
  k = 0,
  value: number | string = "−∞, like all the others of its row",
): ValueError {
  return new ValueError(
    `softmaxCrossEntropy: logit ${k} of example ${example} is ${value}; ` +
      `look for NaN in the input, or for weights that grew without bound (a smaller learning rate).`,
  );
}
