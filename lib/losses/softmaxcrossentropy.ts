/**
 * Softmax and cross-entropy in one: the negative logarithm of the probability that the network gives the right
 * class. Lectures A, C and E.
 */
import { expectRank, expectShape, sameDType } from "../array/check.js";
import { ShapeError, ValueError } from "../array/errors.js";
import { allocate, flat, wrap, type Tensor } from "../array/tensor.js";
import { Loss, type LossPass, type Targets } from "./loss.js";

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
`;

export interface SoftmaxCrossEntropyCache {
  /** N×K. */
  readonly probabilities: Tensor;
  readonly targets: Targets;
}

/**
 * @param logits   N×K
 * @param targets  N class numbers from 0 to K − 1, or N×K probabilities whose rows sum to 1 (one-hot rows, for example)
 * @returns the mean loss, and the cache for backward, with the probabilities
 * @throws ValueError for labels out of range, rows that are no probabilities, and logits that are NaN or +∞
 */
export function softmaxCrossEntropyForward(
  logits: Tensor,
  targets: Targets,
): { loss: number; cache: SoftmaxCrossEntropyCache } {
  checkTargets(logits, targets);
  const [N, K] = logits.shape;
  const Z = flat(logits);
  const P = allocate(Z.length, logits.dtype);
  const T = isTensor(targets) ? flat(targets) : undefined;
  let total = 0;
  for (let n = 0; n < N; n++) {
    const row = n * K;
    let top = row;
    for (let k = row; k < row + K; k++) {
      if (Number.isNaN(Z[k]) || Z[k] === Infinity) throw new ValueError(badLogit(n, k - row, Z[k]));
      if (Z[k] > Z[top]) top = k;
    }
    if (Z[top] === -Infinity) throw new ValueError(badLogit(n, 0, "−∞, like all the others of its row"));
    let others = 0; // Σ e^(z − M) without the largest term, which is exactly 1
    for (let k = row; k < row + K; k++) if (k !== top) others += Math.exp(Z[k] - Z[top]);
    const logSum = Math.log1p(others);
    for (let k = row; k < row + K; k++) P[k] = Math.exp(Z[k] - Z[top]) / (1 + others); // (1)
    if (T) {
      for (let k = row; k < row + K; k++) if (T[k] !== 0) total -= T[k] * (Z[k] - Z[top] - logSum); // (2), (3)
    } else {
      total -= Z[row + (targets as ArrayLike<number>)[n]] - Z[top] - logSum; // (2), (3)
    }
  }
  return { loss: total / N, cache: { probabilities: wrap(P, [N, K]), targets } };
}

/** @returns dlogits: N×K, the gradient of the mean loss */
export function softmaxCrossEntropyBackward({ probabilities, targets }: SoftmaxCrossEntropyCache): {
  dlogits: Tensor;
} {
  const [N, K] = probabilities.shape;
  const P = flat(probabilities);
  const T = isTensor(targets) ? flat(targets) : undefined;
  const dZ = allocate(P.length, probabilities.dtype);
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) {
      const target = T ? T[n * K + k] : (targets as ArrayLike<number>)[n] === k ? 1 : 0;
      dZ[n * K + k] = (P[n * K + k] - target) / N; // (4)
    }
  }
  return { dlogits: wrap(dZ, [N, K]) };
}

/** Whether the targets are a tensor rather than class numbers. */
export function isTensor(targets: Targets): targets is Tensor {
  return "shape" in targets && "stride" in targets;
}

/** @throws ShapeError, DTypeError, ValueError when the targets do not fit the logits */
export function checkTargets(logits: Tensor, targets: Targets): void {
  expectRank("softmaxCrossEntropy", "logits", logits, "N×K");
  const [N, K] = logits.shape;
  if (N === 0)
    throw new ShapeError(`softmaxCrossEntropy: the batch is empty; a mean needs one example or more.`);
  if (isTensor(targets)) {
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
    return;
  }
  if (targets.length !== N) {
    throw new ShapeError(
      `softmaxCrossEntropy: ${targets.length} labels for a batch of ${N} examples; give one label an example.`,
    );
  }
  for (let n = 0; n < N; n++) {
    const label = targets[n];
    if (!Number.isInteger(label) || label < 0 || label >= K) {
      throw new ValueError(
        `softmaxCrossEntropy: label ${label} of example ${n} is out of range; with ${K} logits the classes are ` +
          `0 to ${K - 1}, so renumber the labels or give the last layer ${Number.isInteger(label) && label >= K ? `${label + 1} or more outputs` : "one output a class"}.`,
      );
    }
  }
}

function badLogit(example: number, k: number, value: number | string): string {
  return (
    `softmaxCrossEntropy: logit ${k} of example ${example} is ${value}; ` +
    `look for NaN in the input, or for weights that grew without bound (a smaller learning rate).`
  );
}

export class SoftmaxCrossEntropy extends Loss {
  static readonly derivation: string = derivation;

  override forward(logits: Tensor, targets: Targets, pass: LossPass): number {
    const { loss, cache } = pass.engine.softmaxCrossEntropyForward(logits, targets);
    pass.keep(this, cache);
    return loss;
  }

  override backward(pass: LossPass): Tensor {
    return pass.engine.softmaxCrossEntropyBackward(pass.take(this) as SoftmaxCrossEntropyCache).dlogits;
  }
}
