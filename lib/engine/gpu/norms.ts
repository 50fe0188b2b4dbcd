/** Layer, group, unit and local response normalisation on the device. Batch normalisation is in elementwise.ts, with its ReLU. */
import { expectShape, sameDType } from "../../array/check.js";
import { sizeOf, type Tensor } from "../../array/tensor.js";
import type { Lines } from "../../layers/activation/softmax.js";
import {
  checkGroupNorm,
  groupNormBackward,
  groupNormForward,
  type GroupNormOptions,
} from "../../layers/normalisation/group-norm.js";
import {
  checkLayerNorm,
  layerNormBackward,
  layerNormForward,
  type LayerNormOptions,
} from "../../layers/normalisation/layer-norm.js";
import {
  checkLocalResponseNorm,
  localResponseNormBackward,
  localResponseNormForward,
  type LocalResponseNormOptions,
} from "../../layers/normalisation/local-response-norm.js";
import type { RescaledGradients } from "../../layers/normalisation/rescaled.js";
import {
  unitNormBackward,
  unitNormForward,
  vectorsOf,
  type UnitNormOptions,
} from "../../layers/normalisation/unit-norm.js";
import { placedPair } from "../placed-rivals.js";
import { expectUpstream, runRows, type GpuRival, type Place } from "./rivals.js";
import { responseNorm, responseNormBack } from "./routines/response-norm.js";
import { rowNorm, rowNormBack, rowNormGains } from "./routines/row-norm.js";
import { unitNorm, unitNormBack } from "./routines/unit-norm.js";

export const norms: readonly GpuRival[] = [
  ...placedPair(layerNormForward, layerNormOn, layerNormBackward, (place: Place, dy, cache) =>
    rowNormOff(place, "layerNormBackward", dy, cache),
  ),
  ...placedPair(groupNormForward, groupNormOn, groupNormBackward, (place: Place, dy, cache) =>
    rowNormOff(place, "groupNormBackward", dy, cache),
  ),
  ...placedPair(localResponseNormForward, responseNormOn, localResponseNormBackward, responseNormOff),
  ...placedPair(unitNormForward, unitNormOn, unitNormBackward, unitNormOff),
];

/** What a row is, and which numbers have the same gamma: `PLACES` that follow each other, and so on after GAINS of these. */
interface Rows {
  readonly LENGTH: number;
  readonly GAINS: number;
  readonly PLACES: number;
}

interface RowNormCache {
  readonly x: Tensor;
  readonly gamma: Tensor;
  /** Mean and 1/√(σ² + ε) of every row. */
  readonly moments: Tensor;
  readonly rows: Rows;
}

interface RowNormed {
  readonly y: Tensor;
  readonly cache: RowNormCache;
}

function layerNormOn(
  place: Place,
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  { epsilon }: LayerNormOptions = {},
): RowNormed {
  checkLayerNorm(x, gamma, beta);
  return rowNormOn(place, x, gamma, beta, { LENGTH: gamma.size, GAINS: gamma.size, PLACES: 1 }, epsilon);
}

function groupNormOn(
  place: Place,
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  { groups, epsilon }: GroupNormOptions,
): RowNormed {
  checkGroupNorm(x, gamma, beta, groups);
  const [, ...example] = x.shape;
  const rows = {
    LENGTH: sizeOf(example) / groups,
    GAINS: gamma.size,
    PLACES: sizeOf(example.slice(1)),
  };
  return rowNormOn(place, x, gamma, beta, rows, epsilon);
}

function rowNormOn(
  { run }: Place,
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  rows: Rows,
  epsilon = 1e-5,
): RowNormed {
  const count = x.size / rows.LENGTH;
  return run((workspace) => {
    const [y, moments] = [workspace.result(x.shape), workspace.result([count, 2])];
    const [kept, gains] = [workspace.keep(x), workspace.keep(gamma)];
    const given = [kept, gains, beta].map((one) => workspace.read(one));
    const sizes = { ...rows, EPSILON: epsilon };
    runRows(workspace.device, rowNorm, sizes, [...given, y.block, moments.block], count);
    return { y: y.tensor(), cache: { x: kept, gamma: gains, moments: moments.tensor(), rows } };
  });
}

function rowNormOff(
  { run }: Place,
  operation: string,
  dy: Tensor,
  { x, gamma, moments, rows }: RowNormCache,
): RescaledGradients {
  expectUpstream(operation, dy, x.shape);
  const { LENGTH, GAINS, PLACES } = rows;
  return run((workspace) => {
    const { device } = workspace;
    const dx = workspace.result(x.shape);
    const [dgamma, dbeta] = [workspace.gradient(gamma.shape), workspace.gradient(gamma.shape)];
    const [X, M, G, upstream] = [x, moments, gamma, dy].map((one) => workspace.read(one));
    runRows(device, rowNormBack, { ...rows }, [X, M, G, upstream, dx.block], x.size / LENGTH);
    const sizes = { LENGTH, PLACES, COUNT: x.size / (GAINS * PLACES) };
    runRows(device, rowNormGains, sizes, [X, M, upstream, dgamma.block, dbeta.block], GAINS);
    return { dx: dx.tensor(), dgamma: dgamma.tensor(), dbeta: dbeta.tensor() };
  });
}

interface ResponseNormCache {
  readonly x: Tensor;
  /** s of every number. */
  readonly sums: Tensor;
  readonly sizes: Readonly<Record<string, number>>;
}

function responseNormOn(
  { run }: Place,
  x: Tensor,
  { size = 5, alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseNormOptions = {},
): { y: Tensor; cache: ResponseNormCache } {
  checkLocalResponseNorm(x, { size, alpha, beta, k });
  const sizes = {
    ...{ CHANNELS: x.shape[1], PLACES: sizeOf(x.shape.slice(2)) },
    ...{ BEFORE: Math.floor((size - 1) / 2), AFTER: Math.ceil((size - 1) / 2) },
    ...{ SHARE: alpha / size, BETA: beta, K: k },
  };
  return run((workspace) => {
    const [y, sums] = [workspace.result(x.shape), workspace.result(x.shape)];
    const kept = workspace.keep(x);
    workspace.device.spread(responseNorm, sizes, [workspace.read(kept), y.block, sums.block], x.size);
    return { y: y.tensor(), cache: { x: kept, sums: sums.tensor(), sizes } };
  });
}

function responseNormOff({ run }: Place, dy: Tensor, { x, sums, sizes }: ResponseNormCache): { dx: Tensor } {
  expectUpstream("localResponseNormBackward", dy, x.shape);
  return run((workspace) => {
    const dx = workspace.result(x.shape);
    const blocks = [...[x, sums, dy].map((one) => workspace.read(one)), dx.block];
    workspace.device.spread(responseNormBack, sizes, blocks, x.size);
    return { dx: dx.tensor() };
  });
}

interface UnitNormCache {
  readonly y: Tensor;
  /** r of every vector. */
  readonly lengths: Tensor;
  readonly lines: Lines;
  readonly power: number;
}

function unitNormOn(
  { run }: Place,
  x: Tensor,
  { axis = 1, power = 2 }: UnitNormOptions = {},
): { y: Tensor; cache: UnitNormCache } {
  const lines = vectorsOf(x, axis, power);
  const { outer, length, inner } = lines;
  const count = outer * inner;
  return run((workspace) => {
    const [y, lengths] = [workspace.result(x.shape), workspace.result([count])];
    const sizes = { POWER: power, LENGTH: length, INNER: inner };
    workspace.device.spread(unitNorm, sizes, [workspace.read(x), y.block, lengths.block], count);
    const tensor = y.tensor();
    return { y: tensor, cache: { y: tensor, lengths: lengths.tensor(), lines, power } };
  });
}

function unitNormOff(
  { run }: Place,
  dy: Tensor,
  { y, lengths, lines, power }: UnitNormCache,
): { dx: Tensor } {
  sameDType("unitNormBackward", { dy, x: y });
  expectShape("unitNormBackward", "dy", dy, y.shape);
  const { outer, length, inner } = lines;
  return run((workspace) => {
    const dx = workspace.result(y.shape);
    const blocks = [...[y, lengths, dy].map((one) => workspace.read(one)), dx.block];
    const sizes = { POWER: power, LENGTH: length, INNER: inner };
    workspace.device.spread(unitNormBack, sizes, blocks, outer * inner);
    return { dx: dx.tensor() };
  });
}
