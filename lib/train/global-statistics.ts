/**
 * Batch norm's test-time statistics as in lecture B: after training, for each normalising layer from the first to the
 * last, send all training data to that layer and store the mean and variance of each unit.
 */
import { ValueError } from "../array/errors.js";
import { flat, sizeOf, type Tensor } from "../array/tensor.js";
import type { Dataset } from "../data/dataset.js";
import { BatchNorm } from "../layers/normalisation/batch-norm.js";
import { walk } from "../layers/walk.js";
import { Pass } from "../net/pass.js";
import type { Sequential } from "../net/sequential.js";
import { batches } from "./evaluate.js";

/** The statistics of a layer used in several places may change its own inputs; rounds repeat until nothing changes. */
const MOST_ROUNDS = 20;
const SETTLED = 1e-6;

/**
 * Replaces the running statistics of every batch norm in the network, however deeply nested, by those of the whole
 * training set. Each layer sees its predecessors as they will be at test time, so a network with K such layers runs K
 * times. A batch norm that is used in several places gets the statistics of all its inputs there; the whole is then
 * repeated until nothing changes, at most 20 times.
 * @returns the paths of the layers it set, in the order of the forward
 * @throws ValueError for an empty data set, or a batch norm whose input no tap sees in the forward
 */
export function storeGlobalStatistics(net: Sequential, train: Dataset, { batchSize = 100 } = {}): string[] {
  if (train.size === 0)
    throw new ValueError(`storeGlobalStatistics: the data set is empty; give the training set.`);
  const places = new Map<BatchNorm, string[]>();
  for (const { path, layer } of walk(net)) {
    if (layer instanceof BatchNorm) places.set(layer, [...(places.get(layer) ?? []), path]);
  }
  const shared = [...places.values()].some((paths) => paths.length > 1);
  if (shared) for (const layer of places.keys()) store(layer, [0], [1]); // the old statistics must not matter
  for (let round = 1; round <= (shared ? MOST_ROUNDS : 1); round++) {
    let change = 0;
    for (const [layer, paths] of places) {
      const { mean, variance } = momentsAt(net, paths, layer.options.size, train, batchSize);
      change = Math.max(change, store(layer, mean, variance));
    }
    if (change < SETTLED) break;
  }
  return [...places.values()].flat();
}

/** The moments of all inputs of the layer at these paths. */
function momentsAt(
  net: Sequential,
  paths: readonly string[],
  channels: number,
  train: Dataset,
  batchSize: number,
): Moments {
  const moments = new Moments(channels);
  const tap = (at: string, phase: string, x: Tensor): void => {
    if (phase === "input" && paths.includes(at)) moments.add(x);
  };
  for (const { dataset } of batches(train, batchSize))
    net.forward(dataset.images, new Pass({ backward: false, tap }));
  if (moments.count > 0) return moments;
  throw new ValueError(
    `storeGlobalStatistics: no forward showed what "${paths.join('", "')}" is given; the layer around it must run it with ` +
      `pass.within(name, …) and call pass.tap("input", x) there.`,
  );
}

/** @returns how much the statistics changed, in standard deviations */
function store(layer: BatchNorm, means: ArrayLike<number>, variances: ArrayLike<number>): number {
  const { mean, variance } = layer.buffers;
  const { epsilon = 1e-5 } = layer.options;
  let change = 0;
  for (let c = 0; c < mean.size; c++) {
    const [m, v] = [means[c % means.length], variances[c % variances.length]];
    const spread = v + epsilon;
    change = Math.max(change, Math.abs(m - mean.data[c]) / Math.sqrt(spread));
    change = Math.max(change, Math.abs(v - variance.data[c]) / spread);
    mean.data[c] = m;
    variance.data[c] = v;
  }
  return change;
}

/** Mean and variance per channel of data that come in batches (Chan, Golub and LeVeque, 1979). */
class Moments {
  readonly mean: Float64Array;
  readonly #squares: Float64Array;
  /** How many numbers each channel has had so far. */
  count = 0;

  constructor(channels: number) {
    this.mean = new Float64Array(channels);
    this.#squares = new Float64Array(channels);
  }

  get variance(): Float64Array {
    return this.#squares.map((sum) => sum / this.count);
  }

  add(x: Tensor): void {
    const X = flat(x);
    const channels = x.shape[1];
    const places = sizeOf(x.shape.slice(2));
    const added = x.shape[0] * places;
    const total = this.count + added;
    for (let c = 0; c < channels; c++) {
      const each = (visit: (value: number) => void): void => {
        for (let n = 0; n < x.shape[0]; n++) {
          const start = (n * channels + c) * places;
          for (let place = start; place < start + places; place++) visit(X[place]);
        }
      };
      let [sum, squares] = [0, 0];
      each((value) => (sum += value));
      const mean = sum / added;
      each((value) => (squares += (value - mean) ** 2));
      const gap = mean - this.mean[c];
      this.mean[c] += (gap * added) / total;
      this.#squares[c] += squares + (gap ** 2 * this.count * added) / total;
    }
    this.count = total;
  }
}
