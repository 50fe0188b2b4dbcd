/**
 * A trial to choose the learning rate: a short training in which the rate grows from tiny to far too large. Where the loss
 * falls fastest, the rate is good; where the loss rises, the rate is too large (Smith, 2017).
 */
import { expectInteger } from "../array/check.js";
import { StateError, ValueError } from "../array/errors.js";
import { Random } from "../array/random.js";
import { Dataset, type Splits } from "../data/dataset.js";
import {
  displaySymbol,
  metadataSymbol,
  type Figure,
  type MimeBundle,
  type MimeMetadata,
} from "../display/figure/figure.js";
import { learningRatePlot } from "../display/training/learning-rate-plot.js";
import { smooth } from "../display/training/series.js";
import { loadState, stateOf } from "../formats/state.js";
import type { Loss } from "../losses/loss.js";
import { SoftmaxCrossEntropy } from "../losses/softmax-cross-entropy.js";
import type { Sequential } from "../net/sequential.js";
import type { Optimizer } from "../optim/optimizer.js";
import { cellSignal } from "./cell-signal.js";
import { batches } from "./evaluate.js";
import { trainStep } from "./step.js";

/** The optimiser whose rate is to be found, the range of rates, and the number of steps. */
export interface FindLearningRateOptions {
  optimizer: Optimizer;
  /** Softmax cross-entropy unless given. */
  loss?: Loss;
  /** The first and the last rate; 1e-5 and 10. */
  from?: number;
  to?: number;
  /** How many steps; from step to step the rate grows by the same factor; 100. */
  steps?: number;
  /** Examples in each step; 32. */
  batchSize?: number;
  /** Draws the order of the examples and all that layers draw; 1. */
  seed?: number;
}

/** The result of the trial; it shows itself as a chart. */
export class LearningRateTrial {
  /** The rate of every step, growing. */
  readonly rates: readonly number[];
  /** The loss before each step. The trial ends early when the loss reaches four times its minimum, or is not finite. */
  readonly losses: readonly number[];
  /** The losses, smoothed. */
  readonly smoothed: readonly number[];
  /** The rate at which the smoothed loss falls fastest, over the logarithm of the rate: a good first choice. */
  readonly suggestion: number;

  constructor(rates: readonly number[], losses: readonly number[]) {
    this.rates = rates;
    this.losses = losses;
    this.smoothed = Array.from(smooth(losses, Math.max(3, losses.length / 10)));
    this.suggestion = steepest(rates, this.smoothed);
  }

  /** The chart: the loss over the rate, with the rate at which it falls fastest. */
  plot(): Figure {
    return learningRatePlot(this);
  }

  toString(): string {
    return this.plot().text;
  }

  [displaySymbol](): Promise<MimeBundle> {
    return this.plot().bundle();
  }

  [metadataSymbol](): Promise<MimeMetadata> {
    return this.plot().metadata();
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/**
 * Tries rates from small to large in one training of a few steps. Afterwards the network, its buffers and the optimiser
 * have their old values again, after an interrupt of the cell too.
 *
 *     const trial = findLearningRate(net, data, { optimizer: new SGD({ lr: 0.1, momentum: 0.9 }) });
 *     await fit(net, data, { optimizer: new SGD({ lr: trial.suggestion, momentum: 0.9 }) });
 *
 * @throws ValueError for rates or steps out of range, or when the loss is not finite from the first step on
 */
export function findLearningRate(
  net: Sequential,
  data: Splits | Dataset,
  options: FindLearningRateOptions,
): LearningRateTrial {
  const { optimizer, loss = new SoftmaxCrossEntropy(), from = 1e-5, to = 10, steps = 100 } = options;
  const { batchSize = 32, seed = 1 } = options;
  if (optimizer === undefined) {
    throw new StateError(
      `findLearningRate: no optimizer was given; use for example { optimizer: new SGD({ lr: 0.1 }) }.`,
    );
  }
  if (!(from > 0 && to > from && to < Infinity)) {
    throw new ValueError(
      `findLearningRate: the rates run from ${from} to ${to}; give the smaller first, both above 0.`,
    );
  }
  expectInteger("findLearningRate", "steps", steps, 3);
  expectInteger("findLearningRate", "batchSize", batchSize, 1);
  const train = data instanceof Dataset ? data : data.train;
  if (train.size === 0)
    throw new ValueError(`findLearningRate: the training set is empty; give one example or more.`);
  const before = { state: stateOf(net), optimizer: optimizer.state(net.parameters) };
  const restore = (): void => {
    loadState(net, before.state);
    optimizer.load(net.parameters, before.optimizer);
  };
  // A cell that is interrupted is ended without `finally`.
  const cell = cellSignal();
  cell?.addEventListener("abort", restore);
  const random = new Random(seed);
  const rates: number[] = [];
  const losses: number[] = [];
  try {
    for (const batch of endless(train, batchSize, random)) {
      const rate = from * (to / from) ** (rates.length / (steps - 1));
      optimizer.lr = rate;
      let value = NaN;
      try {
        value = trainStep(net, batch.images, batch.labels, { optimizer, loss, random }).loss;
      } catch (error) {
        // The trial expects a loss that is not finite; any other error is a real one.
        if (!(error instanceof ValueError) || losses.length === 0) throw error;
      }
      if (!Number.isFinite(value)) break;
      rates.push(rate);
      losses.push(value);
      if (rates.length === steps || value > 4 * Math.min(...losses) + 1e-12) break;
    }
  } finally {
    cell?.removeEventListener("abort", restore);
    restore();
  }
  return new LearningRateTrial(rates, losses);
}

/** Batches without end; each round through the data has a new order. */
function* endless(dataset: Dataset, size: number, random: Random): Generator<Dataset> {
  for (;;) {
    for (const batch of batches(dataset, size, random.permutation(dataset.size))) yield batch.dataset;
  }
}

/** The rate at which the losses fall fastest, between the start and the minimum; the slope is taken over five steps. */
function steepest(rates: readonly number[], losses: readonly number[]): number {
  const least = losses.indexOf(Math.min(...losses));
  let [best, slope] = [Math.max(0, Math.floor(least / 2)), 0];
  for (let i = 2; i + 2 < losses.length && i <= least; i++) {
    const fall = losses[i + 2] - losses[i - 2];
    if (fall < slope) [best, slope] = [i, fall];
  }
  return rates[best];
}
