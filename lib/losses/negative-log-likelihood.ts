/**
 * Negative log-likelihood, for networks whose outputs are log-probabilities. A LogSoftmax layer followed by this loss is the
 * softmax cross-entropy.
 */
import { expectRank } from "../array/check.js";
import { ShapeError, ValueError } from "../array/errors.js";
import { flat, type Shape, type Tensor } from "../array/tensor.js";
import { rounded } from "../layers/accumulate.js";
import { checkClassWeights, checkLabels, isTensor, weightOfLabels } from "./labels.js";
import { FunctionLoss, type Reduction, type Targets } from "./loss.js";
import { placesAsRows, rowsAsPlaces } from "./places.js";

export const derivation = String.raw`
### Negative log-likelihood

$x_{nk}$ is the logarithm of the probability that example $n$ is of class $k$; it is of class $y_n$. With class weights $\omega_k$ (all 1 unless given),

$$\mathcal L = -\frac1Z\sum_n \omega_{y_n}\, x_{n y_n}, \qquad Z = \sum_n \omega_{y_n} \tag{1}$$

($Z=1$ for a sum instead of a mean; examples that are to be ignored are in neither sum).

**Backward.** One number of each row counts:

$$dx_{nk} = -\frac{\omega_{y_n}}{Z}\,[k=y_n] \tag{2}$$
`;

/**
 * The class weights of `NegativeLogLikelihood`, the label that is ignored, and how the losses of a batch are combined.
 */
export interface NegativeLogLikelihoodOptions {
  /** K weights of 0 or more, one for each class; all 1. */
  classWeights?: ArrayLike<number>;
  /** Examples with this label do not count; any whole number, such as −1; none. */
  ignoreIndex?: number;
  /** The mean over the examples or their sum; "mean". */
  reduction?: Reduction;
}

/** What `negativeLogLikelihoodForward` keeps for its backward. */
export interface NegativeLogLikelihoodCache {
  readonly logProbabilities: Tensor;
  readonly labels: ArrayLike<number>;
  readonly options: NegativeLogLikelihoodOptions;
  /** Z of equation (1). */
  readonly divisor: number;
  /** The original shape, where every position has its own row. */
  readonly shape?: Shape;
}

/**
 * The mean negative log-probability of the right classes, equation (1).
 * @param logProbabilities  N×K; or N×K×d₁×…, where every position counts as an example
 * @param labels            N (or N·d₁·…) class numbers from 0 to K − 1
 * @returns the loss, and the cache for backward
 * @throws ShapeError, ValueError for labels that are not classes, options out of range, and a mean over no examples
 */
export function negativeLogLikelihoodForward(
  logProbabilities: Tensor,
  labels: Targets,
  options: NegativeLogLikelihoodOptions = {},
): { loss: number; cache: NegativeLogLikelihoodCache } {
  if (logProbabilities.shape.length > 2) {
    const { shape } = logProbabilities;
    const { loss, cache } = negativeLogLikelihoodForward(placesAsRows(logProbabilities), labels, options);
    return { loss, cache: { ...cache, shape } };
  }
  const divisor = checkLikelihood(logProbabilities, labels, options);
  const { classWeights, ignoreIndex } = options;
  const classes = labels as ArrayLike<number>;
  const [N, K] = logProbabilities.shape;
  const X = flat(logProbabilities);
  let total = 0;
  for (let n = 0; n < N; n++) {
    if (classes[n] === ignoreIndex) continue;
    total -= (classWeights?.[classes[n]] ?? 1) * X[n * K + classes[n]]; // (1)
  }
  return { loss: total / divisor, cache: { logProbabilities, labels: classes, options, divisor } };
}

/**
 * Checks that labels and options fit the log-probabilities.
 * @returns Z of equation (1), the divisor of the loss
 * @throws ShapeError, ValueError when they do not
 */
export function checkLikelihood(
  logProbabilities: Tensor,
  labels: Targets,
  options: NegativeLogLikelihoodOptions,
): number {
  const { classWeights, ignoreIndex, reduction = "mean" } = options;
  expectRank("negativeLogLikelihood", "logProbabilities", logProbabilities, "N×K");
  const [N, K] = logProbabilities.shape;
  if (isTensor(labels)) {
    throw new ValueError(
      `negativeLogLikelihood: the targets are a tensor; give one class number an example, such as [3, 0, 7].`,
    );
  }
  if (N === 0) {
    throw new ShapeError(`negativeLogLikelihood: the batch is empty; a mean needs one example or more.`);
  }
  checkLabels("negativeLogLikelihood", labels, N, K, ignoreIndex);
  if (classWeights) checkClassWeights("negativeLogLikelihood", classWeights, K);
  return reduction === "sum" ? 1 : weightOfLabels("negativeLogLikelihood", labels, options);
}

/**
 * The gradient of `negativeLogLikelihoodForward`, equation (2).
 * @returns dlogProbabilities: the log-probabilities' shape, the gradient of the loss
 */
export function negativeLogLikelihoodBackward({
  logProbabilities,
  labels,
  options: { classWeights, ignoreIndex },
  divisor,
  shape,
}: NegativeLogLikelihoodCache): { dlogProbabilities: Tensor } {
  const [N, K] = logProbabilities.shape;
  const dX = new Float64Array(N * K);
  for (let n = 0; n < N; n++) {
    if (labels[n] === ignoreIndex) continue;
    dX[n * K + labels[n]] = -(classWeights?.[labels[n]] ?? 1) / divisor; // (2)
  }
  const rows = rounded(dX, [N, K], logProbabilities.dtype);
  return { dlogProbabilities: shape ? rowsAsPlaces(rows, shape) : rows };
}

/**
 * The negative log-probability of the right class, for networks that end in `LogSoftmax`. It takes N×K log-probabilities, or
 * N×K×d₁×… for every position, and labels.
 */
export class NegativeLogLikelihood extends FunctionLoss<
  NegativeLogLikelihoodOptions,
  NegativeLogLikelihoodCache,
  { dlogProbabilities: Tensor }
> {
  static readonly derivation: string = derivation;

  constructor(options: NegativeLogLikelihoodOptions = {}) {
    super(options, negativeLogLikelihoodForward, negativeLogLikelihoodBackward, "dlogProbabilities");
  }
}
