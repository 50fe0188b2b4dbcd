/**
 * Batch norm's test-time statistics as lecture B has them: after training, from the first normalising layer to the
 * last, send all training data to that layer and store the mean and variance of each unit.
 */
import { ValueError } from "../array/errors.js";
import { flat, sizeOf, type Tensor } from "../array/tensor.js";
import type { Dataset } from "../data/dataset.js";
import { BatchNorm } from "../layers/normalisation/batch-norm.js";
import { Pass } from "../net/pass.js";
import { Sequential } from "../net/sequential.js";
import { batches } from "./evaluate.js";

/**
 * Replaces the running statistics of every batch norm in the network by those of the whole training set. Each
 * layer sees its predecessors as they will be at test time, so a network with K such layers runs K times.
 * @returns the paths of the layers it set, first to last
 */
export function storeGlobalStatistics(net: Sequential, train: Dataset, { batchSize = 100 } = {}): string[] {
  if (train.size === 0)
    throw new ValueError(`storeGlobalStatistics: the data set is empty; give the training set.`);
  const layers = normalisers(net, "");
  for (const [path, layer] of layers) {
    const moments = new Moments(layer.options.size);
    const tap = (at: string, phase: string, x: Tensor): void => {
      if (at === path && phase === "input") moments.add(x);
    };
    for (const { dataset } of batches(train, batchSize))
      net.forward(dataset.images, new Pass({ backward: false, tap }));
    layer.buffers.mean.data.set(moments.mean);
    layer.buffers.variance.data.set(moments.variance);
  }
  return layers.map(([path]) => path);
}

function normalisers(net: Sequential, prefix: string): [string, BatchNorm][] {
  return Object.entries(net.layers).flatMap(([name, layer]): [string, BatchNorm][] => {
    if (layer instanceof BatchNorm) return [[prefix + name, layer]];
    return layer instanceof Sequential ? normalisers(layer, `${prefix}${name}.`) : [];
  });
}

/** Mean and variance per channel of data that come in batches (Chan, Golub and LeVeque, 1979). */
class Moments {
  readonly mean: Float64Array;
  readonly #squares: Float64Array;
  #count = 0;

  constructor(channels: number) {
    this.mean = new Float64Array(channels);
    this.#squares = new Float64Array(channels);
  }

  get variance(): Float64Array {
    return this.#squares.map((sum) => sum / this.#count);
  }

  add(x: Tensor): void {
    const X = flat(x);
    const channels = x.shape[1];
    const places = sizeOf(x.shape.slice(2));
    const added = x.shape[0] * places;
    const total = this.#count + added;
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
      this.#squares[c] += squares + (gap ** 2 * this.#count * added) / total;
    }
    this.#count = total;
  }
}
