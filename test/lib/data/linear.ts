/** The rival that the generated sets are measured against: softmax regression on the raw pixels. */
import { Random } from "../../../lib/array/random.js";
import type { Dataset } from "../../../lib/data/dataset.js";

/** Trains by stochastic gradient descent, one example at a time; the share of `test` it gets right. */
export function linearAccuracy(train: Dataset, test: Dataset, epochs = 20, rate = 0.02): number {
  const features = train.images.data.length / train.size;
  const classes = train.classes.length;
  const weights = new Float64Array(classes * features);
  const biases = new Float64Array(classes);
  const scores = (set: Dataset, i: number): Float64Array => {
    const x = set.images.data.subarray(i * features, (i + 1) * features);
    return biases.map((bias, c) => {
      let score = bias;
      for (let p = 0, w = c * features; p < features; p++, w++) score += weights[w] * x[p];
      return score;
    });
  };
  const random = new Random(1);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const i of random.permutation(train.size)) {
      const score = scores(train, i);
      const greatest = Math.max(...score);
      const likelihood = score.map((s) => Math.exp(s - greatest));
      const sum = likelihood.reduce((a, b) => a + b);
      for (let c = 0; c < classes; c++) {
        const step = (rate / (1 + 0.1 * epoch)) * (likelihood[c] / sum - (train.labels[i] === c ? 1 : 0));
        for (let p = 0; p < features; p++) {
          weights[c * features + p] -= step * train.images.data[i * features + p];
        }
        biases[c] -= step;
      }
    }
  }
  let right = 0;
  for (let i = 0; i < test.size; i++) {
    const score = scores(test, i);
    if (score.indexOf(Math.max(...score)) === test.labels[i]) right++;
  }
  return right / test.size;
}
