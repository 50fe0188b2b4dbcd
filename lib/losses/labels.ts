/** Class labels as targets: one whole number for each example, from 0 to below the number of classes. */
import { ShapeError, ValueError } from "../array/errors.js";
import type { Tensor } from "../array/tensor.js";
import type { Targets } from "./loss.js";

/** Whether the targets are a tensor rather than class numbers. */
export function isTensor(targets: Targets): targets is Tensor {
  return "shape" in targets && "stride" in targets;
}

/**
 * @param classes      K
 * @param ignoreIndex  a label that is allowed although it is not a class
 * @throws ShapeError, ValueError when there is not one label for each example, or a label is not a class
 */
export function checkLabels(
  operation: string,
  labels: ArrayLike<number>,
  examples: number,
  classes: number,
  ignoreIndex?: number,
): void {
  if (labels.length !== examples) {
    throw new ShapeError(
      `${operation}: ${labels.length} labels for a batch of ${examples} examples; give one label an example.`,
    );
  }
  for (let n = 0; n < examples; n++) {
    const label = labels[n];
    if (label === ignoreIndex || (Number.isInteger(label) && label >= 0 && label < classes)) continue;
    throw new ValueError(
      `${operation}: label ${label} of example ${n} is out of range; with ${classes} logits the classes are ` +
        `0 to ${classes - 1}, so renumber the labels or give the last layer ` +
        `${Number.isInteger(label) && label >= classes ? `${label + 1} or more outputs` : "one output a class"}.`,
    );
  }
}

/** @throws ShapeError, ValueError unless there are K weights of 0 or more */
export function checkClassWeights(operation: string, weights: ArrayLike<number>, classes: number): void {
  if (weights.length !== classes) {
    throw new ShapeError(
      `${operation}: ${weights.length} class weights for ${classes} classes; give one weight a class.`,
    );
  }
  for (let k = 0; k < classes; k++) {
    if (weights[k] >= 0 && weights[k] < Infinity) continue;
    throw new ValueError(
      `${operation}: the weight of class ${k} is ${weights[k]}; weights are finite, 0 or more.`,
    );
  }
}

/**
 * The divisor of a weighted mean over labelled examples: the sum of the weights of their classes.
 * @throws ValueError when this sum is 0
 */
export function weightOfLabels(
  operation: string,
  labels: ArrayLike<number>,
  { classWeights, ignoreIndex }: { classWeights?: ArrayLike<number>; ignoreIndex?: number },
): number {
  let total = 0;
  for (let n = 0; n < labels.length; n++) {
    if (labels[n] !== ignoreIndex) total += classWeights ? classWeights[labels[n]] : 1;
  }
  if (total > 0) return total;
  throw new ValueError(
    `${operation}: all ${labels.length} examples are ignored or have weight 0, and a mean over nothing is undefined; ` +
      `leave such batches out or use reduction: "sum".`,
  );
}
