/** ReLU, batch normalisation and pooling on the WASM routines. */
import ndarray from "ndarray";
import { expectRank, expectShape, sameDType } from "../../array/check.js";
import { ValueError } from "../../array/errors.js";
import { sizeOf, type Shape, type Tensor } from "../../array/tensor.js";
import {
  batchNormBackward,
  batchNormForward,
  checkBatchNorm,
  type BatchNormOptions,
  type Statistics,
} from "../../layers/normalisation/batch-norm.js";
import type { RescaledGradients } from "../../layers/normalisation/rescaled.js";
import { maxPool1dBackward, maxPool1dForward } from "../../layers/pooling/max-pool1d.js";
import { MaxPool2d, maxPool2dBackward, maxPool2dForward } from "../../layers/pooling/max-pool2d.js";
import { reluBackward, reluForward, type ReluCache } from "../../layers/activation/relu.js";
import type { Layer } from "../../layers/layer.js";
import { emptyWindow, oneRow, type Axis } from "../../layers/window.js";
import type { Route } from "../engine.js";
import { ahead, leastOf, masked, normalised, rectified, unmasked } from "../fusion.js";
import { rivals, vectors, type WasmRival } from "./rivals.js";
import type { InWorkspace } from "./workspace.js";
import { pool1dGeometry, pool2dGeometry } from "../../layers/pooling/windows.js";

/** ReLU, batch normalisation, max-pooling. */
export const elementwise: readonly WasmRival[] = [
  ...rivals(reluForward, reluOn, reluBackward, reluBack, vectors("four numbers at a time"), {
    backward: [batchNormBackward],
  }),
  ...rivals(batchNormForward, batchNormOn, batchNormBackward, batchNormBack, vectors("channel by channel"), {
    forward: [reluForward],
  }),
  ...rivals(
    maxPool1dForward,
    (run, x, options) => {
      expectRank("maxPool1d", "x", x, "N×C×L");
      const axis = pool1dGeometry("maxPool1d", x.shape, options);
      return maxPool(run, "maxPool1d", x, oneRow, axis, [axis.output]);
    },
    maxPool1dBackward,
    (run, dy, cache) => maxPoolBack(run, "maxPool1dBackward", dy, cache),
    maxPoolRoute,
    { backward: [reluBackward] },
  ),
  ...rivals(
    maxPool2dForward,
    (run, x, options) => {
      expectRank("maxPool2d", "x", x, "N×C×H×W");
      const { rows, columns } = pool2dGeometry("maxPool2d", x.shape, options);
      return maxPool(run, "maxPool2d", x, rows, columns, [rows.output, columns.output]);
    },
    maxPool2dBackward,
    (run, dy, cache) => maxPoolBack(run, "maxPool2dBackward", dy, cache),
    maxPoolRoute,
    { backward: [reluBackward] },
  ),
];

function maxPoolRoute(layer: Layer, input: Shape): Route {
  if (layer instanceof MaxPool2d) {
    const { rows, columns } = pool2dGeometry("maxPool2d", [1, ...input], layer.options);
    if (isQuarter(rows, columns)) {
      return { route: "vectors", why: "2×2 in steps of 2: four windows at a time" };
    }
  }
  return { route: "direct", why: "windows other than 2×2 in steps of 2 go one by one" };
}

/** In the cache, x may be the output: the two are positive at the same places. */
function reluOn(run: InWorkspace, x: Tensor): { y: Tensor; cache: ReluCache } {
  if (ahead.has(x)) {
    rectified.add(x);
    return { y: x, cache: { x } };
  }
  return run((workspace) => {
    const y = workspace.result(x.shape);
    const kept = workspace.keep(x);
    workspace.machine.run("relu", x.size, 0, workspace.read(kept), y.at);
    const tensor = y.tensor();
    rectified.add(tensor);
    return { y: tensor, cache: { x: kept } };
  });
}

function reluBack(run: InWorkspace, dy: Tensor, { x }: ReluCache): { dx: Tensor } {
  sameDType("reluBackward", { dy, x });
  expectShape("reluBackward", "dy", dy, x.shape);
  if (masked.has(dy)) return { dx: dy };
  return run((workspace) => {
    if (workspace.next === batchNormBackward && normalised.has(x)) {
      const same = ndarray(dy.data, dy.shape, dy.stride, dy.offset);
      unmasked.add(same);
      return { dx: same };
    }
    const dx = workspace.result(x.shape);
    workspace.machine.run("reluBack", x.size, 0, workspace.read(x), workspace.read(dy), dx.at);
    return { dx: dx.tensor() };
  });
}

interface BatchNormCache {
  readonly x: Tensor;
  readonly gamma: Tensor;
  readonly mean: Tensor;
  /** 1/√(σ² + ε) of every channel. */
  readonly scale: Tensor;
  readonly constant: boolean;
  /** What the forward multiplied by and added, if it computed a ReLU too. */
  readonly rectifier?: { readonly gain: Tensor; readonly beta: Tensor };
}

function batchNormOn(
  run: InWorkspace,
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  { epsilon = 1e-5, statistics }: BatchNormOptions = {},
): { y: Tensor; statistics: Statistics; cache: BatchNormCache } {
  checkBatchNorm(x, gamma, beta, statistics);
  const [batch, channels] = x.shape;
  return run((workspace) => {
    const y = workspace.result(x.shape);
    const kept = workspace.keep(x);
    const mean = statistics ? workspace.read(statistics.mean) : workspace.space(channels);
    const variance = statistics ? workspace.read(statistics.variance) : workspace.space(channels);
    const [scale, gain] = [workspace.space(channels), workspace.space(channels)];
    const [X, rows, places] = [workspace.read(kept), batch * channels, sizeOf(x.shape.slice(2))];
    const { machine } = workspace;
    const sums = statistics ? 0 : workspace.space(4 * rows);
    if (!statistics) machine.run("batchNormMoments", rows, 0, channels, places, X, sums);
    const sizes = [batch, channels, places, statistics ? 1 : 0, epsilon];
    const results = [mean, variance, scale, gain];
    machine.run("batchNormScales", channels, 0, ...sizes, X, sums, workspace.read(gamma), ...results);
    const rectifies = workspace.next === reluForward;
    const shift = workspace.read(beta);
    machine.run("batchNorm", rows, 0, channels, places, X, mean, gain, shift, y.at, leastOf(rectifies));
    const own = (at: number): Tensor => workspace.copy(at, [channels]);
    const tensor = y.tensor();
    if (rectifies) for (const marks of [ahead, normalised]) marks.add(tensor);
    return {
      y: tensor,
      statistics: statistics ?? { mean: own(mean), variance: own(variance) },
      cache: {
        ...{ x: kept, gamma, mean: own(mean), scale: own(scale), constant: statistics !== undefined },
        rectifier: rectifies ? { gain: own(gain), beta: own(shift) } : undefined,
      },
    };
  });
}

function batchNormBack(
  run: InWorkspace,
  dy: Tensor,
  { x, gamma, mean, scale, constant, rectifier }: BatchNormCache,
): RescaledGradients {
  sameDType("batchNormBackward", { dy, x });
  expectShape("batchNormBackward", "dy", dy, x.shape);
  const [batch, channels] = x.shape;
  return run((workspace) => {
    const dx = workspace.result(x.shape);
    const { machine } = workspace;
    const [dgamma, dbeta] = [workspace.gradient([channels]), workspace.gradient([channels])];
    const factors = Array.from({ length: 3 }, () => workspace.space(channels));
    const [rows, places] = [batch * channels, sizeOf(x.shape.slice(2))];
    const [X, M, dY] = [workspace.read(x), workspace.read(mean), workspace.read(dy)];
    const sums = workspace.space(4 * rows);
    const masks = unmasked.has(dy) ? rectifier : undefined;
    const rectify = masks ? [workspace.read(masks.gain), workspace.read(masks.beta)] : [0, 0];
    machine.run("batchNormSums", rows, 0, channels, places, X, M, dY, sums, ...rectify);
    const sizes = [batch, channels, places, constant ? 1 : 0];
    const given = [sums, workspace.read(gamma), workspace.read(scale)];
    machine.run("batchNormGradients", channels, 0, ...sizes, ...given, dgamma.at, dbeta.at, ...factors);
    machine.run("batchNormBack", rows, 0, channels, places, X, M, ...factors, dY, dx.at, ...rectify);
    return {
      dx: dx.tensor(),
      dgamma: dgamma.tensor(),
      dbeta: dbeta.tensor(),
    };
  });
}

interface MaxPoolCache {
  readonly shape: Shape;
  readonly outputs: Shape;
  /** The maxima: one byte for each output of 2×2 windows in steps of 2, a position in the map for all other windows. */
  readonly winners: Uint8Array | Int32Array;
  /** The output, if the input was a ReLU's output: the ReLU's input was positive at those winners whose output is. */
  readonly rectified?: Tensor;
}

/** Whether the window is 2×2 in steps of 2 and tiles the map exactly. */
function isQuarter(rows: Axis, columns: Axis): boolean {
  return [rows, columns].every(
    ({ filter, stride, dilation, before, after, input }) =>
      filter === 2 && stride === 2 && dilation === 1 && before === 0 && after === 0 && input % 2 === 0,
  );
}

function maxPool(
  run: InWorkspace,
  operation: string,
  x: Tensor,
  rows: Axis,
  columns: Axis,
  places: Shape,
): { y: Tensor; cache: MaxPoolCache } {
  const [batch, channels] = x.shape;
  const outputs = [batch, channels, ...places];
  const count = sizeOf(outputs);
  const found = (y: Tensor, winners: Uint8Array | Int32Array): { y: Tensor; cache: MaxPoolCache } => ({
    y,
    cache: { shape: x.shape, outputs, winners, rectified: rectified.has(x) ? y : undefined },
  });
  return run((workspace) => {
    const y = workspace.result(outputs);
    if (isQuarter(rows, columns)) {
      const at = workspace.lasting(Math.ceil(count / 4));
      workspace.machine.run(
        "pool2",
        batch * channels,
        0,
        rows.input,
        columns.input,
        workspace.read(x),
        y.at,
        at,
      );
      return found(y.tensor(), workspace.own(workspace.machine.bytes(at, count)));
    }
    const at = workspace.lasting(count);
    const of = (key: keyof Axis): number[] => [rows[key], columns[key]];
    const window = (["input", "output", "filter", "stride", "dilation", "before"] as const).flatMap(of);
    workspace.machine.run("pool", batch * channels, 0, ...window, workspace.read(x), y.at, at);
    const winners = workspace.machine.integers(at, count);
    const empty = winners.indexOf(-1);
    if (empty >= 0) {
      const [i, j] = [Math.floor(empty / columns.output) % rows.output, empty % columns.output];
      throw new ValueError(emptyWindow(operation, places.length === 1 ? `${j}` : `(${i}, ${j})`));
    }
    return found(y.tensor(), workspace.own(winners));
  });
}

function maxPoolBack(
  run: InWorkspace,
  operation: string,
  dy: Tensor,
  { shape, outputs, winners, rectified: y }: MaxPoolCache,
): { dx: Tensor } {
  expectShape(operation, "dy", dy, outputs);
  const [batch, channels, ...extents] = shape;
  return run((workspace) => {
    const dx = workspace.result(shape);
    const at = workspace.numbers(winners);
    const sizes = winners instanceof Uint8Array ? extents : [sizeOf(extents), sizeOf(outputs.slice(2))];
    const routine = winners instanceof Uint8Array ? "pool2Back" : "poolBack";
    const masks = workspace.next === reluBackward && y !== undefined;
    const positive = masks ? workspace.read(y) : 0;
    workspace.machine.run(routine, batch * channels, 0, ...sizes, at, workspace.read(dy), dx.at, positive);
    const tensor = dx.tensor();
    if (masks) masked.add(tensor);
    return { dx: tensor };
  });
}
