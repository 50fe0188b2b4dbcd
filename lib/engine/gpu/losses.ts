/**
 * Losses and the count of right answers on the device, in passes whose numbers are read later. Elsewhere the outputs are read
 * anyway, and JavaScript does with them what little there is to do.
 */
import { expectShape } from "../../array/check.js";
import { placeOf } from "../../array/remote.js";
import { remote, sizeOf, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import type { ReferenceFunction } from "../../layers/rival.js";
import {
  binaryCrossEntropyBackward,
  binaryCrossEntropyForward,
  expectProbability,
} from "../../losses/binary-cross-entropy.js";
import { euclideanBackward, euclideanForward } from "../../losses/euclidean.js";
import { checkHinge, hingeBackward, hingeForward, type HingeOptions } from "../../losses/hinge.js";
import { expectThreshold, huberBackward, huberForward, type HuberOptions } from "../../losses/huber.js";
import { l1Backward, l1Forward } from "../../losses/l1.js";
import { isTensor } from "../../losses/labels.js";
import type { PendingLoss, Targets } from "../../losses/loss.js";
import {
  checkLikelihood,
  negativeLogLikelihoodBackward,
  negativeLogLikelihoodForward,
  type NegativeLogLikelihoodOptions,
} from "../../losses/negative-log-likelihood.js";
import { placesAsRows } from "../../losses/places.js";
import { rightAnswers } from "../../losses/right-answers.js";
import {
  badLogit,
  checkTargets,
  softmaxCrossEntropyBackward,
  softmaxCrossEntropyForward,
  type SoftmaxCrossEntropyOptions,
} from "../../losses/softmax-cross-entropy.js";
import { compare } from "../../losses/targets.js";
import { isOurs, placedPair } from "../placed-rivals.js";
import type { Block } from "./device.js";
import type { Workspace } from "./memory.js";
import type { GpuRival, Place } from "./rivals.js";
import * as comparisons from "./routines/comparisons.js";
import { countRight, totalLoss } from "./routines/loss.js";
import {
  hingeGradients,
  hingeLosses,
  likelihoodGradients,
  likelihoodLosses,
  softmaxGradients,
  softmaxLosses,
} from "./routines/row-losses.js";
import { partsOf } from "./routines/square-sums.js";

type Pending<Cache> = PendingLoss & { readonly cache: Cache };

/** The most rows and classes: their numbers are float32 numbers. */
const MOST = 2 ** 24;

/** Computes a loss if the pass is late and the prediction is on the device. */
function late<Cache>(
  { run }: Place,
  prediction: Tensor,
  compute: (workspace: Workspace) => Pending<Cache> | undefined,
): Pending<Cache> | undefined {
  if (placeOf(prediction) === undefined || sizeOf(prediction.shape) >= MOST) return undefined;
  return run((workspace) => (workspace.isLate ? compute(workspace) : undefined));
}

/**
 * The loss Σ/divisor of some numbers, which is read later.
 * @param bad    marks of rows that the loss refuses
 * @param error  of the first such row and its mark
 */
function total<Cache>(
  workspace: Workspace,
  cache: Cache,
  { losses, count, divisor }: { losses: Block; count: number; divisor: number },
  bad?: { readonly marks: Block; readonly error: (row: number, mark: number) => Error },
): Pending<Cache> {
  const report = workspace.later(3);
  const sizes = { COUNT: count, CHECKED: bad ? 1 : 0, DIVISOR: divisor };
  const flag = workspace.flag ?? workspace.space(1);
  workspace.device.run(totalLoss, sizes, [losses, bad?.marks ?? losses, report.block!, flag], [1]);
  return {
    get loss() {
      const [loss, row, mark] = report.fetch();
      if (bad && row < count) throw bad.error(row, mark);
      return loss;
    },
    isLate: true,
    cache,
  };
}

/** The rows of N×K×d₁×…: how many, of how many numbers, and how many lie side by side. */
function rowsOf([N, CLASSES, ...places]: Shape): { COUNT: number; CLASSES: number; PLACES: number } {
  const PLACES = sizeOf(places);
  return { COUNT: N * PLACES, CLASSES, PLACES };
}

/** A tensor on the device, with the shape that the checks of a loss know. Its numbers are not in that order. */
function rowsFor(x: Tensor): Tensor {
  const { COUNT, CLASSES } = rowsOf(x.shape);
  return remote(placeOf(x)!, [COUNT, CLASSES]);
}

/** Labels as numbers on the device; −1 for one that is ignored. */
function keptLabels(workspace: Workspace, labels: ArrayLike<number>, ignoreIndex?: number): Tensor {
  const numbers = Float32Array.from(labels, (label) => (label === ignoreIndex ? -1 : label));
  return workspace.keep(wrap(numbers, [numbers.length]));
}

function weightsOf(classes: number, given?: ArrayLike<number>): Float32Array {
  return given ? Float32Array.from(given) : new Float32Array(classes).fill(1);
}

interface SoftmaxCache {
  readonly probabilities: Tensor;
  readonly targets: Tensor;
  readonly weights: Float32Array;
  readonly sizes: Record<string, number>;
  readonly divisor: number;
}

function softmaxOn(
  place: Place,
  logits: Tensor,
  targets: Targets,
  options: SoftmaxCrossEntropyOptions = {},
): Pending<SoftmaxCache> | undefined {
  return late(place, logits, (workspace) => {
    const { shape } = logits;
    if (shape.length < 2) return undefined;
    const { device } = workspace;
    const { COUNT, ...extents } = rowsOf(shape);
    const hasPlaces = shape.length > 2;
    if (hasPlaces && isTensor(targets)) expectShape("softmaxCrossEntropy", "targets", targets, shape);
    const rows = hasPlaces && isTensor(targets) ? placesAsRows(targets) : targets;
    const divisor = checkTargets(rowsFor(logits), rows, options);
    const kept = isTensor(targets)
      ? workspace.keep(targets)
      : keptLabels(workspace, targets, options.ignoreIndex);
    const sizes = { ...extents, ROWS: isTensor(targets) ? 1 : 0, SMOOTHING: options.labelSmoothing ?? 0 };
    const weights = weightsOf(extents.CLASSES, options.classWeights);
    const probabilities = workspace.result(shape);
    const [losses, marks] = [workspace.space(COUNT), workspace.space(COUNT)];
    const read = [workspace.read(logits), workspace.read(kept), device.constant(weights)];
    device.spread(softmaxLosses, sizes, [...read, probabilities.block, losses, marks], COUNT);
    const cache = { probabilities: probabilities.tensor(), targets: kept, weights, sizes, divisor };
    return total(workspace, cache, { losses, count: COUNT, divisor }, { marks, error: refusedLogit });
  });
}

/** @param mark  k + 1 for a NaN at k, −k − 1 for +∞, ½ for a row of −∞ */
function refusedLogit(row: number, mark: number): Error {
  if (mark === 0.5) return badLogit(row);
  return badLogit(row, Math.abs(mark) - 1, mark > 0 ? NaN : Infinity);
}

function softmaxOff(
  { run }: Place,
  { probabilities, targets, weights, sizes, divisor }: SoftmaxCache,
): { dlogits: Tensor } {
  return run((workspace) => {
    const { device } = workspace;
    const dz = workspace.result(probabilities.shape);
    const read = [workspace.read(probabilities), workspace.read(targets), device.constant(weights)];
    const { COUNT } = rowsOf(probabilities.shape);
    device.spread(softmaxGradients, { ...sizes, DIVISOR: divisor }, [...read, dz.block], COUNT);
    return { dlogits: dz.tensor() };
  });
}

interface LikelihoodCache {
  readonly shape: Shape;
  readonly labels: Tensor;
  readonly weights: Float32Array;
  readonly divisor: number;
}

function likelihoodOn(
  place: Place,
  x: Tensor,
  targets: Targets,
  options: NegativeLogLikelihoodOptions = {},
): Pending<LikelihoodCache> | undefined {
  return late(place, x, (workspace) => {
    if (x.shape.length < 2) return undefined;
    const { device } = workspace;
    const { COUNT, ...extents } = rowsOf(x.shape);
    const divisor = checkLikelihood(rowsFor(x), targets, options);
    const labels = keptLabels(workspace, targets as ArrayLike<number>, options.ignoreIndex);
    const weights = weightsOf(extents.CLASSES, options.classWeights);
    const losses = workspace.space(COUNT);
    const read = [workspace.read(x), workspace.read(labels), device.constant(weights)];
    device.spread(likelihoodLosses, extents, [...read, losses], COUNT);
    return total(workspace, { shape: x.shape, labels, weights, divisor }, { losses, count: COUNT, divisor });
  });
}

function likelihoodOff(
  { run }: Place,
  { shape, labels, weights, divisor }: LikelihoodCache,
): { dlogProbabilities: Tensor } {
  return run((workspace) => {
    const { device } = workspace;
    const dx = workspace.result(shape);
    const { COUNT, ...extents } = rowsOf(shape);
    const read = [workspace.read(labels), device.constant(weights)];
    device.spread(likelihoodGradients, { ...extents, DIVISOR: divisor }, [...read, dx.block], COUNT);
    return { dlogProbabilities: dx.tensor() };
  });
}

interface HingeCache {
  readonly scores: Tensor;
  readonly labels: Tensor;
  readonly sizes: Record<string, number>;
  readonly divisor: number;
}

function hingeOn(
  place: Place,
  scores: Tensor,
  targets: Targets,
  options: HingeOptions = {},
): Pending<HingeCache> | undefined {
  return late(place, scores, (workspace) => {
    const { margin = 1, power = 1, reduction = "mean" } = options;
    const labels = keptLabels(workspace, checkHinge(scores, targets, options));
    const [N, CLASSES] = scores.shape;
    const sizes = { CLASSES, SQUARED: power === 2 ? 1 : 0, MARGIN: margin };
    const losses = workspace.space(N);
    workspace.device.spread(hingeLosses, sizes, [workspace.read(scores), workspace.read(labels), losses], N);
    const divisor = reduction === "mean" ? N : 1;
    return total(workspace, { scores, labels, sizes, divisor }, { losses, count: N, divisor });
  });
}

function hingeOff({ run }: Place, { scores, labels, sizes, divisor }: HingeCache): { dscores: Tensor } {
  return run((workspace) => {
    const ds = workspace.result(scores.shape);
    const blocks = [workspace.read(scores), workspace.read(labels), ds.block];
    workspace.device.spread(hingeGradients, { ...sizes, DIVISOR: divisor }, blocks, scores.shape[0]);
    return { dscores: ds.tensor() };
  });
}

interface ComparisonCache {
  readonly prediction: Tensor;
  readonly targets: Tensor;
  readonly edge: number;
  readonly divisor: number;
}

/** The forward of a loss that compares number by number. @param check  throws for a target that the loss does not take */
function comparing(
  name: string,
  { losses: routine }: comparisons.Comparison,
  check?: (targets: ArrayLike<number>, i: number) => void,
) {
  return (
    place: Place,
    prediction: Tensor,
    targets: Targets,
    { threshold: edge = 1, reduction }: HuberOptions = {},
  ): Pending<ComparisonCache> | undefined =>
    late(place, prediction, (workspace) => {
      expectThreshold(edge);
      const { targets: numbers, divisor } = compare(name, prediction, targets, reduction);
      if (check) for (let i = 0; i < numbers.length; i++) check(numbers, i);
      const COUNT = prediction.size;
      const kept = workspace.keep(wrap(Float32Array.from(numbers), prediction.shape));
      const PARTS = partsOf(COUNT);
      const losses = workspace.space(PARTS);
      const blocks = [workspace.read(prediction), workspace.read(kept), losses];
      workspace.device.run(routine, { COUNT, PARTS, EDGE: edge }, blocks, [PARTS]);
      const cache = { prediction, targets: kept, edge, divisor };
      return total(workspace, cache, { losses, count: PARTS, divisor });
    });
}

function slopes({ gradients }: comparisons.Comparison): (place: Place, cache: ComparisonCache) => Tensor {
  return ({ run }, { prediction, targets, edge, divisor }) =>
    run((workspace) => {
      const dx = workspace.result(prediction.shape);
      const blocks = [workspace.read(prediction), workspace.read(targets), dx.block];
      workspace.device.spread(gradients, { EDGE: edge, DIVISOR: divisor }, blocks, prediction.size);
      return dx.tensor();
    });
}

const [euclideanSlopes, l1Slopes, huberSlopes, binarySlopes] = [
  comparisons.euclidean,
  comparisons.l1,
  comparisons.huber,
  comparisons.binaryCrossEntropy,
].map(slopes);

function rightOn(
  { run }: Place,
  y: Tensor,
  labels: ArrayLike<number>,
): { readonly count: number } | undefined {
  if (!isOurs(y) || y.shape.length !== 2 || placeOf(y) === undefined) return undefined;
  const [COUNT, CLASSES] = y.shape;
  const isClass = (label: number): boolean => Number.isInteger(label) && label >= 0 && label < CLASSES;
  return run((workspace) => {
    if (!workspace.isLate) return undefined;
    const numbers = Float32Array.from({ length: COUNT }, (_, n) => (isClass(labels[n]) ? labels[n] : -1));
    const kept = workspace.keep(wrap(numbers, [COUNT]));
    const right = workspace.later(1);
    workspace.device.run(
      countRight,
      { COUNT, CLASSES },
      [workspace.read(y), workspace.read(kept), right.block!],
      [1],
    );
    return {
      get count() {
        return right.fetch()[0];
      },
    };
  });
}

export const losses: readonly GpuRival[] = [
  ...placedPair(softmaxCrossEntropyForward, softmaxOn, softmaxCrossEntropyBackward, softmaxOff),
  ...placedPair(negativeLogLikelihoodForward, likelihoodOn, negativeLogLikelihoodBackward, likelihoodOff),
  ...placedPair(hingeForward, hingeOn, hingeBackward, hingeOff),
  ...placedPair(
    euclideanForward,
    comparing("euclidean", comparisons.euclidean),
    euclideanBackward,
    (place, cache: ComparisonCache) => ({ dprediction: euclideanSlopes(place, cache) }),
  ),
  ...placedPair(l1Forward, comparing("l1", comparisons.l1), l1Backward, (place, cache: ComparisonCache) => ({
    dprediction: l1Slopes(place, cache),
  })),
  ...placedPair(
    huberForward,
    comparing("huber", comparisons.huber),
    huberBackward,
    (place, cache: ComparisonCache) => ({ dprediction: huberSlopes(place, cache) }),
  ),
  ...placedPair(
    binaryCrossEntropyForward,
    comparing("binaryCrossEntropy", comparisons.binaryCrossEntropy, expectProbability),
    binaryCrossEntropyBackward,
    (place, cache: ComparisonCache) => ({ dlogits: binarySlopes(place, cache) }),
  ),
  {
    reference: rightAnswers,
    bind:
      (place, otherwise): ReferenceFunction =>
      (y: Tensor, labels: ArrayLike<number>) =>
        rightOn(place, y, labels) ?? otherwise.of(rightAnswers)(y, labels),
  },
];
