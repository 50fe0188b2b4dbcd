/**
 * How the units of a layer share the work: which units are active for which example, how rarely, and which are correlated
 * (lecture B: after good training they are sparse and independent, after bad training always active and similar).
 */
import { ShapeError, showShape } from "../array/errors.js";
import { flat, wrap, type Tensor } from "../array/tensor.js";
import type { Dataset } from "../data/dataset.js";
import type { Sequential } from "../net/sequential.js";
import { outputOf } from "./top-patches.js";

/**
 * The activations of every unit of a layer for every example: a matrix units×examples. A channel of a feature map counts as
 * one unit, with its mean over the map.
 * @param layer  the layer's name: "relu1"
 * @throws ValueError when the layer does not exist
 */
export function unitActivations(
  net: Sequential,
  layer: string,
  dataset: Dataset,
  { batchSize = 100 }: { batchSize?: number } = {},
): Tensor {
  const columns: Float64Array[] = [];
  for (let start = 0; start < dataset.size; start += batchSize) {
    const indices = Int32Array.from(
      { length: Math.min(batchSize, dataset.size - start) },
      (_, i) => start + i,
    );
    const y = outputOf(net, layer, dataset.subset(indices).images);
    const [count, units] = y.shape;
    const values = flat(y);
    const plane = values.length / Math.max(1, count * units);
    for (let n = 0; n < count; n++) {
      columns.push(
        Float64Array.from({ length: units }, (_, u) => {
          let sum = 0;
          for (let i = 0; i < plane; i++) sum += values[(n * units + u) * plane + i];
          return sum / plane;
        }),
      );
    }
  }
  const [units, count] = [columns[0]?.length ?? 0, columns.length];
  return wrap(
    Float64Array.from({ length: units * count }, (_, i) => columns[i % count][Math.floor(i / count)]),
    [units, count],
  );
}

/**
 * The correlations of the rows, −1 to 1: how closely two units vary together over the examples. A unit that never changes has
 * no correlation: its row and column are NaN.
 * @param activations  units×examples
 * @returns units×units
 * @throws ShapeError
 */
export function unitCorrelations(activations: Tensor): Tensor {
  if (activations.shape.length !== 2) {
    throw new ShapeError(
      `unitCorrelations: the activations are ${showShape(activations.shape)}, expected units×examples, as unitActivations gives them.`,
    );
  }
  const [units, count] = activations.shape;
  const values = flat(activations);
  const rows = Array.from({ length: units }, (_, u) => {
    const row = Float64Array.from(values.subarray(u * count, (u + 1) * count));
    const mean = row.reduce((sum, value) => sum + value, 0) / count;
    const centred = row.map((value) => value - mean);
    const length = Math.hypot(...centred);
    const constant = !(length > 1e-12 * Math.max(1e-300, Math.hypot(...row)));
    return centred.map((value) => (constant ? NaN : value / length));
  });
  const result = new Float64Array(units * units);
  for (let a = 0; a < units; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = 0;
      for (let n = 0; n < count; n++) sum += rows[a][n] * rows[b][n];
      const correlation = Math.min(1, Math.max(-1, sum));
      result[a * units + b] = result[b * units + a] = correlation;
    }
  }
  return wrap(result, [units, units]);
}
