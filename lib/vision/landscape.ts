/**
 * The loss around a network's weights, along a line or over a plane of random directions. Each filter's part of a direction
 * has the norm of the filter, so that pictures of different networks can be compared (Li et al., 2018).
 */
import { expectInteger } from "../array/check.js";
import { ValueError } from "../array/errors.js";
import { Random } from "../array/random.js";
import { copy, flat, wrap, type Tensor } from "../array/tensor.js";
import type { Dataset } from "../data/dataset.js";
import type { Parameter } from "../layers/layer.js";
import type { Loss } from "../losses/loss.js";
import { SoftmaxCrossEntropy } from "../losses/softmax-cross-entropy.js";
import { Pass } from "../net/pass.js";
import type { Sequential } from "../net/sequential.js";

/** The points at which `lossLandscape` measures: along a line or over a plane, how far and how many. */
export interface LandscapeOptions {
  /** Softmax cross-entropy unless given. */
  readonly loss?: Loss;
  /** 1 for a line, 2 for a plane; 2. */
  readonly axes?: 1 | 2;
  /** The largest distance each way, in norms of the filters; 1. */
  readonly range?: number;
  /** Points along an axis, an odd number so that the weights themselves are among them; 15. */
  readonly points?: number;
  /** The seed of the directions; 1. */
  readonly seed?: number;
  /** Examples computed at once; 100. */
  readonly batchSize?: number;
}

/** Losses around the weights. */
export interface Landscape {
  /** The points along each axis: from −range to range, where 0 is the network's own weights. */
  readonly positions: readonly number[];
  /** points, or points×points: row the second direction, column the first. */
  readonly losses: Tensor;
}

/**
 * Measures the mean loss on a data set at points around the network's weights, in evaluation mode. Afterwards the weights
 * have their old values. Biases and other parameters that do not decay are not changed.
 * @throws ValueError for options out of range or an empty data set
 */
export function lossLandscape(net: Sequential, dataset: Dataset, options: LandscapeOptions = {}): Landscape {
  const {
    loss = new SoftmaxCrossEntropy(),
    axes = 2,
    range = 1,
    points = 15,
    seed = 1,
    batchSize = 100,
  } = options;
  expectInteger("lossLandscape", "points", points, 3);
  expectInteger("lossLandscape", "batchSize", batchSize, 1);
  if (
    points % 2 === 0 ||
    !(range > 0 && range < Infinity) ||
    (axes !== 1 && axes !== 2) ||
    dataset.size === 0
  ) {
    throw new ValueError(
      `lossLandscape: ${points} points over ±${range} on ${axes} axes with ${dataset.size} examples; give an odd number of ` +
        `points, a range above 0, one or two axes and one example or more.`,
    );
  }
  const random = new Random(seed);
  const weights = [...new Set(Object.values(net.parameters))]
    .filter(({ decay }) => decay)
    .map((parameter) => ({
      parameter,
      start: copy(parameter.value),
      directions: Array.from({ length: axes }, () => direction(parameter, random)),
    }));
  const positions = Array.from({ length: points }, (_, i) => ((2 * i) / (points - 1) - 1) * range);
  const losses = new Float64Array(points ** axes);
  try {
    for (let place = 0; place < losses.length; place++) {
      const at = [positions[place % points], positions[Math.floor(place / points)]];
      for (const { parameter, start, directions } of weights) {
        const moved = flat(start).map((value, i) =>
          directions.reduce((sum, step, axis) => sum + at[axis] * step[i], value),
        );
        parameter.value = wrap(moved, start.shape);
      }
      losses[place] = meanLoss(net, dataset, loss, batchSize);
    }
  } finally {
    for (const { parameter, start } of weights) parameter.value = start;
  }
  return {
    positions,
    losses: wrap(
      losses,
      Array.from({ length: axes }, () => points),
    ),
  };
}

/** Random numbers whose part for each filter (index along the first axis) has the filter's norm. */
function direction({ value }: Parameter, random: Random): Float64Array {
  const filters = Math.max(1, value.shape[0]);
  const values = flat(value);
  const result = Float64Array.from({ length: values.length }, () => random.gaussian());
  const size = values.length / filters;
  for (let f = 0; f < filters; f++) {
    const drawn = result.subarray(f * size, (f + 1) * size);
    const factor = Math.hypot(...values.subarray(f * size, (f + 1) * size)) / (Math.hypot(...drawn) || 1);
    for (let i = 0; i < drawn.length; i++) drawn[i] *= factor;
  }
  return result;
}

function meanLoss(net: Sequential, dataset: Dataset, loss: Loss, batchSize: number): number {
  let total = 0;
  for (let start = 0; start < dataset.size; start += batchSize) {
    const count = Math.min(batchSize, dataset.size - start);
    const { images, labels } = dataset.subset(Int32Array.from({ length: count }, (_, i) => start + i));
    const pass = new Pass({ backward: false });
    total += loss.forward(net.forward(images, pass), labels, pass) * count;
  }
  return total / dataset.size;
}
