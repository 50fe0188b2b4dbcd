/** How many examples a network classifies correctly. */
import { flat, type Tensor } from "../array/tensor.js";

/**
 * Counts the rows whose largest number stands at the place of their label; of equal numbers the first counts.
 * @param y       N×K
 * @param labels  N class numbers
 */
export function rightAnswers(y: Tensor, labels: ArrayLike<number>): { readonly count: number } {
  return { count: matches(argmaxRows(y), labels) };
}

/** The position of the largest element in every row of an N×K tensor. */
export function argmaxRows(y: Tensor): Int32Array {
  const [Y, K] = [flat(y), y.shape[1]];
  return Int32Array.from({ length: y.shape[0] }, (_, n) => {
    let best = 0;
    for (let k = 1; k < K; k++) if (Y[n * K + k] > Y[n * K + best]) best = k;
    return best;
  });
}

/** How many predictions equal their labels. */
export function matches(predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  let right = 0;
  for (let n = 0; n < predictions.length; n++) if (predictions[n] === labels[n]) right++;
  return right;
}
