/** ReLU and batch normalisation on the device. */
import { expectShape, sameDType } from "../../array/check.js";
import { placeOf } from "../../array/remote.js";
import { remote, sizeOf, view, type Tensor } from "../../array/tensor.js";
import { reluBackward, reluForward, type ReluCache } from "../../layers/activation/relu.js";
import {
  batchNormBackward,
  batchNormForward,
  checkBatchNorm,
  followStatistics,
  type BatchNormOptions,
  type Statistics,
} from "../../layers/normalisation/batch-norm.js";
import type { RescaledGradients } from "../../layers/normalisation/rescaled.js";
import { ahead, normalised, unmasked } from "../fusion.js";
import { placedPair, placedStep } from "../placed-rivals.js";
import { canStay, type GpuRival, type Place } from "./rivals.js";
import {
  follow,
  givenMoments,
  moments,
  normalGradients,
  normalise,
  normaliseBack,
} from "./routines/batch-norm.js";
import { relu, reluBack } from "./routines/relu.js";

export const elementwise: readonly GpuRival[] = [
  ...placedPair(reluForward, reluOn, reluBackward, reluOff, { backward: [batchNormBackward] }),
  ...placedPair(batchNormForward, batchNormOn, batchNormBackward, batchNormOff, { forward: [reluForward] }),
  placedStep(followStatistics, followOn),
];

/** In the cache, x may be the output: the two are positive at the same places. */
function reluOn({ run }: Place, x: Tensor): { y: Tensor; cache: ReluCache } {
  if (ahead.has(x)) return { y: x, cache: { x } };
  return run((workspace) => {
    const y = workspace.result(x.shape);
    const kept = workspace.keep(x);
    workspace.device.spread(relu, {}, [workspace.read(kept), y.block], x.size);
    return { y: y.tensor(), cache: { x: kept } };
  });
}

function reluOff({ run, next }: Place, dy: Tensor, { x }: ReluCache): { dx: Tensor } {
  sameDType("reluBackward", { dy, x });
  expectShape("reluBackward", "dy", dy, x.shape);
  if (next === batchNormBackward && normalised.has(x)) {
    const place = placeOf(dy);
    const same = place ? remote(place, dy.shape) : view(dy.data, dy.shape, dy.stride, dy.offset);
    unmasked.add(same);
    return { dx: same };
  }
  return run((workspace) => {
    const dx = workspace.result(x.shape);
    const blocks = [workspace.read(x), workspace.read(dy), dx.block];
    workspace.device.spread(reluBack, {}, blocks, x.size);
    return { dx: dx.tensor() };
  });
}

interface BatchNormCache {
  readonly x: Tensor;
  /** Four numbers of every channel: mean, 1/√(σ² + ε), what x is multiplied by, and what is added. */
  readonly factors: Tensor;
  readonly constant: boolean;
}

function sizesOf({ shape }: Tensor): { EXAMPLES: number; CHANNELS: number; PLACES: number } {
  return { EXAMPLES: shape[0], CHANNELS: shape[1], PLACES: sizeOf(shape.slice(2)) };
}

function batchNormOn(
  { run, next }: Place,
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  { epsilon = 1e-5, statistics }: BatchNormOptions = {},
): { y: Tensor; statistics: Statistics; cache: BatchNormCache } {
  checkBatchNorm(x, gamma, beta, statistics);
  const { CHANNELS, PLACES, EXAMPLES } = sizesOf(x);
  return run((workspace) => {
    const { device } = workspace;
    const [y, factors] = [workspace.result(x.shape), workspace.result([4 * CHANNELS])];
    const kept = workspace.keep(x);
    const [X, G, B] = [kept, gamma, beta].map((one) => workspace.read(one));
    let used = statistics;
    if (statistics) {
      const given = [
        workspace.read(statistics.mean),
        workspace.read(statistics.variance),
        G,
        B,
        factors.block,
      ];
      device.spread(givenMoments, { CHANNELS, EPSILON: epsilon }, given, CHANNELS);
    } else {
      const [mean, variance] = [workspace.result([CHANNELS]), workspace.result([CHANNELS])];
      const blocks = [X, G, B, mean.block, variance.block, factors.block];
      device.run(moments, { EXAMPLES, CHANNELS, PLACES, EPSILON: epsilon }, blocks, [CHANNELS]);
      used = { mean: mean.tensor(), variance: variance.tensor() };
    }
    const rectifies = next === reluForward;
    const constants = { CHANNELS, PLACES, RECTIFY: rectifies ? 1 : 0 };
    device.spread(normalise, constants, [X, factors.block, y.block], x.size);
    const tensor = y.tensor();
    if (rectifies) for (const marks of [ahead, normalised]) marks.add(tensor);
    return {
      y: tensor,
      statistics: used!,
      cache: { x: kept, factors: factors.tensor(), constant: statistics !== undefined },
    };
  });
}

function batchNormOff(
  { run }: Place,
  dy: Tensor,
  { x, factors, constant }: BatchNormCache,
): RescaledGradients {
  sameDType("batchNormBackward", { dy, x });
  expectShape("batchNormBackward", "dy", dy, x.shape);
  const sizes = { ...sizesOf(x), RECTIFY: unmasked.has(dy) ? 1 : 0 };
  return run((workspace) => {
    const { device } = workspace;
    const dx = workspace.result(x.shape);
    const [dgamma, dbeta] = [workspace.gradient([sizes.CHANNELS]), workspace.gradient([sizes.CHANNELS])];
    const given = [x, factors, dy].map((one) => workspace.read(one));
    const gradients = [dgamma.block, dbeta.block];
    device.run(normalGradients, sizes, [...given, ...gradients], [sizes.CHANNELS]);
    const constants = { ...sizes, CONSTANT: constant ? 1 : 0 };
    device.spread(normaliseBack, constants, [...given, ...gradients, dx.block], x.size);
    return { dx: dx.tensor(), dgamma: dgamma.tensor(), dbeta: dbeta.tensor() };
  });
}

/** Only where the batch's statistics are on the device: elsewhere the numbers are few and the loop is fast. */
function followOn(
  { run, residents }: Place,
  running: Statistics,
  batch: Statistics,
  momentum: number,
  m: number,
): boolean {
  if (placeOf(batch.mean) === undefined || ![running.mean, running.variance].every(canStay)) return false;
  run((workspace) => {
    const changed = residents.changing([running.mean, running.variance]);
    [batch.mean, batch.variance].forEach((from, i) => {
      const constants = { MOMENTUM: momentum, FACTOR: i === 0 ? 1 : m / (m - 1) };
      workspace.change(follow, constants, [workspace.read(from)], [changed[i]], from.size);
    });
  });
  return true;
}
