/**
 * How the units of a layer share the work: which fire for which example, how rarely, and which say the same (lecture B,
 * the signs of good and bad training: sparse and independent, or always on and alike).
 */
import { ShapeError, showShape } from "../array/errors.js";
import { flat, wrap, type Tensor } from "../array/tensor.js";
import type { Dataset } from "../data/dataset.js";
import type { Sequential } from "../net/sequential.js";
import { outputOf } from "./top-patches.js";

/**
 * What every unit of a layer says of every example: a matrix units×examples. A channel of a feature map counts as
 * one unit, with its mean over the map.
 * @param layer  the layer's name: "relu1"
 * @throws ValueError when the layer is not there
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
 * The correlations of the rows: how nearly two units rise and fall together over the examples, −1 to 1. A unit that never
 * changes has no correlation: its row and column are NaN.
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
