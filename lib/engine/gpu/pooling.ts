/** Pooling on the device: over windows of signals and images, over whole maps, over groups of features, along axes. */
import { resolveAxes } from "../../array/axes.js";
import { expectShape } from "../../array/check.js";
import { sizeOf, view, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import { maxoutBackward, maxoutForward } from "../../layers/activation/maxout.js";
import {
  averageCounts,
  averagePool1dBackward,
  averagePool1dForward,
  averagePool2dBackward,
  averagePool2dForward,
} from "../../layers/pooling/average-pool.js";
import {
  decimate1dBackward,
  decimate1dForward,
  decimate2dBackward,
  decimate2dForward,
  onePixel,
} from "../../layers/pooling/decimation.js";
import {
  globalAveragePoolBackward,
  globalAveragePoolForward,
} from "../../layers/pooling/global-average-pool.js";
import {
  checkPower,
  lpPool1dBackward,
  lpPool1dForward,
  lpPool2dBackward,
  lpPool2dForward,
} from "../../layers/pooling/lp-pool.js";
import { maxPool1dBackward, maxPool1dForward } from "../../layers/pooling/max-pool1d.js";
import { maxPool2dBackward, maxPool2dForward } from "../../layers/pooling/max-pool2d.js";
import {
  reduceBackward,
  reduceForward,
  type ReduceKind,
  type ReduceLayerOptions,
} from "../../layers/pooling/reduce.js";
import {
  sumPool1dBackward,
  sumPool1dForward,
  sumPool2dBackward,
  sumPool2dForward,
} from "../../layers/pooling/sum-pool.js";
import { windowsOver1d, windowsOver2d, type Windows } from "../../layers/pooling/windows.js";
import { placedPair } from "../placed-rivals.js";
import { expectUpstream, runRows, windowSizes, type GpuRival, type Place } from "./rivals.js";
import { averagePool, averagePoolBack } from "./routines/average-pool.js";
import { globalAveragePool, globalAveragePoolBack } from "./routines/global-average-pool.js";
import { lpPool, lpPoolBack } from "./routines/lp-pool.js";
import { maxout, maxoutBack } from "./routines/maxout.js";
import { maxPool, maxPoolBack } from "./routines/max-pool.js";
import { reductions } from "./routines/reduce.js";

export const pooling: readonly GpuRival[] = [
  ...placedPair(
    maxPool1dForward,
    (place: Place, x, options) => maxPoolOn(place, x, windowsOver1d("maxPool1d", x, options)),
    maxPool1dBackward,
    (place: Place, dy, cache) => maxPoolOff(place, "maxPool1dBackward", dy, cache),
  ),
  ...placedPair(
    maxPool2dForward,
    (place: Place, x, options) => maxPoolOn(place, x, windowsOver2d("maxPool2d", x, options)),
    maxPool2dBackward,
    (place: Place, dy, cache) => maxPoolOff(place, "maxPool2dBackward", dy, cache),
  ),
  ...placedPair(
    averagePool1dForward,
    (place: Place, x, options) => {
      const windows = windowsOver1d("averagePool1d", x, options);
      return sumPoolOn(place, x, windows, shares("averagePool1d", windows, options.countPadding));
    },
    averagePool1dBackward,
    (place: Place, dy, cache) => sumPoolOff(place, "averagePool1dBackward", dy, cache),
  ),
  ...placedPair(
    averagePool2dForward,
    (place: Place, x, options) => {
      const windows = windowsOver2d("averagePool2d", x, options);
      return sumPoolOn(place, x, windows, shares("averagePool2d", windows, options.countPadding));
    },
    averagePool2dBackward,
    (place: Place, dy, cache) => sumPoolOff(place, "averagePool2dBackward", dy, cache),
  ),
  ...placedPair(
    sumPool1dForward,
    (place: Place, x, options) => sumPoolOn(place, x, windowsOver1d("sumPool1d", x, options)),
    sumPool1dBackward,
    (place: Place, dy, cache) => sumPoolOff(place, "sumPool1dBackward", dy, cache),
  ),
  ...placedPair(
    sumPool2dForward,
    (place: Place, x, options) => sumPoolOn(place, x, windowsOver2d("sumPool2d", x, options)),
    sumPool2dBackward,
    (place: Place, dy, cache) => sumPoolOff(place, "sumPool2dBackward", dy, cache),
  ),
  ...placedPair(
    decimate1dForward,
    (place: Place, x, step) => sumPoolOn(place, x, windowsOver1d("decimate1d", x, onePixel(step))),
    decimate1dBackward,
    (place: Place, dy, cache) => sumPoolOff(place, "decimate1dBackward", dy, cache),
  ),
  ...placedPair(
    decimate2dForward,
    (place: Place, x, step) => sumPoolOn(place, x, windowsOver2d("decimate2d", x, onePixel(step))),
    decimate2dBackward,
    (place: Place, dy, cache) => sumPoolOff(place, "decimate2dBackward", dy, cache),
  ),
  ...placedPair(
    lpPool1dForward,
    (place: Place, x, options) =>
      lpPoolOn(place, "lpPool1d", x, windowsOver1d("lpPool1d", x, options), options.power),
    lpPool1dBackward,
    (place: Place, dy, cache) => lpPoolOff(place, "lpPool1dBackward", dy, cache),
  ),
  ...placedPair(
    lpPool2dForward,
    (place: Place, x, options) =>
      lpPoolOn(place, "lpPool2d", x, windowsOver2d("lpPool2d", x, options), options.power),
    lpPool2dBackward,
    (place: Place, dy, cache) => lpPoolOff(place, "lpPool2dBackward", dy, cache),
  ),
  ...placedPair(globalAveragePoolForward, globalAverageOn, globalAveragePoolBackward, globalAverageOff),
  ...placedPair(maxoutForward, maxoutOn, maxoutBackward, maxoutOff),
  ...placedPair(reduceForward, reduceOn, reduceBackward, reduceOff),
];

interface MaxPoolCache {
  readonly windows: Windows;
  /** For each output the place of its winner in the map. */
  readonly winners: Tensor;
}

/** The largest map whose places are all float32 numbers. */
const LARGEST_MAP = 2 ** 24;

/** A dilated window may lie wholly on padding, which is an error that a routine cannot throw; those are the next engine's. */
function maxPoolOn(
  { run }: Place,
  x: Tensor,
  windows: Windows,
): { y: Tensor; cache: MaxPoolCache } | undefined {
  const { rows, columns, outputs } = windows;
  const isGapped = [rows, columns].some(({ dilation, before, after }) => dilation > 1 && before + after > 0);
  if (isGapped || rows.input * columns.input >= LARGEST_MAP) return undefined;
  return run((workspace) => {
    const [y, winners] = [workspace.result(outputs), workspace.result(outputs)];
    const blocks = [workspace.read(x), y.block, winners.block];
    workspace.device.spread(maxPool, windowSizes(windows), blocks, sizeOf(outputs));
    return { y: y.tensor(), cache: { windows, winners: winners.tensor() } };
  });
}

function maxPoolOff(
  { run }: Place,
  operation: string,
  dy: Tensor,
  { windows, winners }: MaxPoolCache,
): { dx: Tensor } {
  expectShape(operation, "dy", dy, windows.outputs);
  return run((workspace) => {
    const dx = workspace.result(windows.shape);
    const blocks = [workspace.read(winners), workspace.read(dy), dx.block];
    workspace.device.spread(maxPoolBack, windowSizes(windows), blocks, sizeOf(windows.shape));
    return { dx: dx.tensor() };
  });
}

interface SumPoolCache {
  readonly windows: Windows;
  /** The factor of the window's sum at every place of a map. */
  readonly factors: Tensor;
}

/** The factors of means. */
function shares(operation: string, windows: Windows, countPadding: boolean | undefined): Float32Array {
  return Float32Array.from(averageCounts(operation, windows, countPadding), (m) => 1 / m);
}

/** Sums, times the factors; 1 unless they are given. */
function sumPoolOn(
  { run }: Place,
  x: Tensor,
  windows: Windows,
  given: Float32Array = new Float32Array(windows.rows.output * windows.columns.output).fill(1),
): { y: Tensor; cache: SumPoolCache } {
  return run((workspace) => {
    const y = workspace.result(windows.outputs);
    const factors = workspace.keep(view(given, [given.length]));
    const blocks = [workspace.read(x), workspace.read(factors), y.block];
    workspace.device.spread(averagePool, windowSizes(windows), blocks, sizeOf(windows.outputs));
    return { y: y.tensor(), cache: { windows, factors } };
  });
}

function sumPoolOff(
  { run }: Place,
  operation: string,
  dy: Tensor,
  { windows, factors }: SumPoolCache,
): { dx: Tensor } {
  expectUpstream(operation, dy, windows.outputs);
  return run((workspace) => {
    const dx = workspace.result(windows.shape);
    const blocks = [workspace.read(dy), workspace.read(factors), dx.block];
    workspace.device.spread(averagePoolBack, windowSizes(windows), blocks, sizeOf(windows.shape));
    return { dx: dx.tensor() };
  });
}

interface LpPoolCache {
  readonly windows: Windows;
  readonly power: number;
  readonly x: Tensor;
  readonly y: Tensor;
}

function lpPoolOn(
  { run }: Place,
  operation: string,
  x: Tensor,
  windows: Windows,
  power = 2,
): { y: Tensor; cache: LpPoolCache } {
  checkPower(operation, power);
  return run((workspace) => {
    const y = workspace.result(windows.outputs);
    const kept = workspace.keep(x);
    const sizes = { ...windowSizes(windows), POWER: power };
    workspace.device.spread(lpPool, sizes, [workspace.read(kept), y.block], sizeOf(windows.outputs));
    const tensor = y.tensor();
    return { y: tensor, cache: { windows, power, x: kept, y: tensor } };
  });
}

function lpPoolOff(
  { run }: Place,
  operation: string,
  dy: Tensor,
  { windows, power, x, y }: LpPoolCache,
): { dx: Tensor } {
  expectUpstream(operation, dy, windows.outputs);
  return run((workspace) => {
    const dx = workspace.result(windows.shape);
    const blocks = [...[x, y, dy].map((one) => workspace.read(one)), dx.block];
    workspace.device.spread(lpPoolBack, { ...windowSizes(windows), POWER: power }, blocks, x.size);
    return { dx: dx.tensor() };
  });
}

interface ShapeCache {
  readonly shape: Shape;
}

function globalAverageOn({ run }: Place, x: Tensor): { y: Tensor; cache: ShapeCache } {
  if (x.shape.length < 3) globalAveragePoolForward(x); // throws the right error
  const rows = x.shape[0] * x.shape[1];
  return run((workspace) => {
    const y = workspace.result(x.shape.slice(0, 2));
    const blocks = [workspace.read(x), y.block];
    runRows(workspace.device, globalAveragePool, { PLACES: x.size / rows }, blocks, rows);
    return { y: y.tensor(), cache: { shape: x.shape } };
  });
}

function globalAverageOff({ run }: Place, dy: Tensor, { shape }: ShapeCache): { dx: Tensor } {
  expectUpstream("globalAveragePoolBackward", dy, shape.slice(0, 2));
  const sizes = { PLACES: sizeOf(shape.slice(2)) };
  return run((workspace) => {
    const dx = workspace.result(shape);
    workspace.device.spread(globalAveragePoolBack, sizes, [workspace.read(dy), dx.block], sizeOf(shape));
    return { dx: dx.tensor() };
  });
}

interface MaxoutCache {
  readonly shape: Shape;
  readonly group: number;
  /** For each output the number of its winner in the group. */
  readonly winners: Tensor;
}

function maxoutOn({ run }: Place, x: Tensor, group: number): { y: Tensor; cache: MaxoutCache } {
  const [examples, ...example] = x.shape;
  // Of no examples the reference computes nothing, but checks the group and has the output's shape.
  const outputs = [
    examples,
    ...maxoutForward(wrap(new Float32Array(0), [0, ...example]), group).y.shape.slice(1),
  ];
  return run((workspace) => {
    const [y, winners] = [workspace.result(outputs), workspace.result(outputs)];
    const sizes = { GROUP: group, PLACES: sizeOf(example.slice(1)) };
    workspace.device.spread(maxout, sizes, [workspace.read(x), y.block, winners.block], sizeOf(outputs));
    return { y: y.tensor(), cache: { shape: x.shape, group, winners: winners.tensor() } };
  });
}

function maxoutOff({ run }: Place, dy: Tensor, { shape, group, winners }: MaxoutCache): { dx: Tensor } {
  expectUpstream("maxoutBackward", dy, winners.shape);
  const sizes = { GROUP: group, PLACES: sizeOf(shape.slice(2)) };
  return run((workspace) => {
    const dx = workspace.result(shape);
    const blocks = [workspace.read(winners), workspace.read(dy), dx.block];
    workspace.device.spread(maxoutBack, sizes, blocks, sizeOf(shape));
    return { dx: dx.tensor() };
  });
}

interface ReduceCache {
  readonly kind: ReduceKind;
  readonly x: Tensor;
  /** The output; of the largest and the smallest, the place of the winner in its line. */
  readonly kept: Tensor;
  readonly outputs: Shape;
  readonly sizes: { readonly LENGTH: number; readonly INNER: number };
}

/** Axes with others between them are the next engine's. */
function reduceOn(
  { run }: Place,
  x: Tensor,
  { kind, axes, keep = false }: ReduceLayerOptions,
): { y: Tensor; cache: ReduceCache } | undefined {
  const along = resolveAxes("reduce", axes, x.shape.length);
  const [first, last] = [Math.min(...along), Math.max(...along)];
  const LENGTH = sizeOf(x.shape.slice(first, last + 1));
  if (sizeOf(along.map((axis) => x.shape[axis])) !== LENGTH || LENGTH >= LARGEST_MAP) return undefined;
  const outputs = x.shape.flatMap((extent, axis) => (along.includes(axis) ? (keep ? [1] : []) : [extent]));
  const sizes = { LENGTH, INNER: sizeOf(x.shape.slice(last + 1)) };
  const isExtreme = kind === "max" || kind === "min";
  return run((workspace) => {
    const y = workspace.result(outputs);
    const winners = isExtreme ? workspace.result(outputs) : undefined;
    const kept = workspace.keep(x);
    const blocks = [workspace.read(kept), y.block, ...(winners ? [winners.block] : [])];
    runRows(workspace.device, reductions[kind][0], sizes, blocks, x.size / LENGTH);
    const tensor = y.tensor();
    return { y: tensor, cache: { kind, x: kept, kept: winners?.tensor() ?? tensor, outputs, sizes } };
  });
}

function reduceOff(
  { run }: Place,
  dy: Tensor,
  { kind, x, kept, outputs, sizes }: ReduceCache,
): { dx: Tensor } {
  expectUpstream("reduceBackward", dy, outputs);
  return run((workspace) => {
    const dx = workspace.result(x.shape);
    const blocks = [...[x, kept, dy].map((one) => workspace.read(one)), dx.block];
    workspace.device.spread(reductions[kind][1], sizes, blocks, x.size);
    return { dx: dx.tensor() };
  });
}
