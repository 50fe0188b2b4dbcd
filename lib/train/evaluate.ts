/** How good a network is on examples: loss, accuracy, and every single prediction. */
import { ValueError } from "../array/errors.js";
import { allocate, dtypeOf, flat, wrap, type Tensor } from "../array/tensor.js";
import type { Dataset } from "../data/dataset.js";
import type { Loss } from "../losses/loss.js";
import { argmaxRows, matches } from "../losses/right-answers.js";
import { SoftmaxCrossEntropy } from "../losses/softmax-cross-entropy.js";
import { Pass } from "../net/pass.js";
import type { Sequential } from "../net/sequential.js";

/** The loss that `evaluate` computes, and how many examples at once. */
export interface EvaluateOptions {
  /** Softmax cross-entropy unless given. */
  loss?: Loss;
  /** Examples computed at once; 100. It changes the speed, not the result. */
  batchSize?: number;
}

/** The network's results on a data set. */
export class Evaluation {
  readonly dataset: Dataset;
  /** The mean loss. */
  readonly loss: number;
  /** The fraction of examples classified correctly, 0 to 1. */
  readonly accuracy: number;
  /** The class with the largest output, for every example. */
  readonly predictions: Int32Array;
  /** The network's outputs, N×K; for a softmax, the logits. */
  readonly outputs: Tensor;

  constructor(dataset: Dataset, loss: number, outputs: Tensor) {
    this.dataset = dataset;
    this.loss = loss;
    this.outputs = outputs;
    this.predictions = argmaxRows(outputs);
    this.accuracy = matches(this.predictions, dataset.labels) / this.predictions.length;
  }

  /** The outputs as softmax probabilities, N×K. */
  get probabilities(): Tensor {
    const [N, K] = this.outputs.shape;
    const [Z, P] = [flat(this.outputs), new Float64Array(N * K)];
    for (let n = 0; n < N; n++) {
      const top = Z[n * K + this.predictions[n]];
      let sum = 0;
      for (let k = n * K; k < n * K + K; k++) sum += P[k] = Math.exp(Z[k] - top);
      for (let k = n * K; k < n * K + K; k++) P[k] /= sum;
    }
    return wrap(P, [N, K]);
  }

  /** The indices of the misclassified examples, those with the largest predicted probability first. */
  get mistakes(): number[] {
    const P = flat(this.probabilities);
    const K = this.outputs.shape[1];
    const sureness = (n: number): number => P[n * K + this.predictions[n]];
    return Array.from(this.predictions.keys())
      .filter((n) => this.predictions[n] !== this.dataset.labels[n])
      .sort((a, b) => sureness(b) - sureness(a));
  }

  toString(): string {
    const wrong = this.mistakes.length;
    const percent = (100 * this.accuracy).toFixed(2);
    return `${percent} % of ${this.dataset.size} examples right (${wrong} wrong), loss ${this.loss.toFixed(4)}`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** Runs the network on every example in evaluation mode. @throws ValueError for an empty data set */
export function evaluate(
  net: Sequential,
  dataset: Dataset,
  { loss = new SoftmaxCrossEntropy(), batchSize = 100 }: EvaluateOptions = {},
): Evaluation {
  if (dataset.size === 0) throw new ValueError(`evaluate: the data set is empty; give one example or more.`);
  let outputs: Float32Array | Float64Array | undefined;
  let classes = 0;
  let total = 0;
  // A graphics card computes a batch while the one before is read.
  let read: (() => void) | undefined;
  for (const { dataset: batch, start } of batches(dataset, batchSize)) {
    const pass = new Pass({ backward: false, late: {} });
    const y = net.forward(batch.images, pass);
    const pending = loss.start(y, batch.labels, pass);
    pass.end();
    read?.();
    read = () => {
      total += pending.loss * batch.size;
      classes = y.shape[1];
      outputs ??= allocate(dataset.size * classes, dtypeOf(y));
      outputs.set(flat(y), start * classes);
    };
  }
  read?.();
  return new Evaluation(
    dataset,
    total / dataset.size,
    wrap(outputs ?? new Float32Array(0), [dataset.size, classes]),
  );
}

/** A data set in pieces of at most `size` examples, in order (or in the given order). */
export function* batches(
  dataset: Dataset,
  size: number,
  order: Int32Array = Int32Array.from({ length: dataset.size }, (_, i) => i),
): Generator<{ start: number; dataset: Dataset }> {
  for (let start = 0; start < order.length; start += size) {
    yield { start, dataset: dataset.subset(order.subarray(start, start + size)) };
  }
}
