/** Layers that moveOn numbers, on the device: parts of an axis, padding, repetition, resizing, axes in another order. */
import { inverseOrder, progression, resolveAxisNumber } from "../../array/axes.js";
import { broadcastShapes } from "../../array/broadcast.js";
import { flat, reshape, sizeOf, zeros, type Shape, type Tensor } from "../../array/tensor.js";
import { repeat, sumTo } from "../../layers/repeated.js";
import {
  attentionBackward,
  attentionForward,
  checkMask,
  type AttentionCache,
} from "../../layers/shape/attention.js";
import { embeddingBackward, embeddingForward } from "../../layers/shape/embedding.js";
import { expandBackward, expandForward, type ExpandCache } from "../../layers/shape/expand.js";
import { gatherBackward, gatherForward, gatherPlan, type GatherOptions } from "../../layers/shape/gather.js";
import {
  paddedShortcutBackward,
  paddedShortcutForward,
  paddedShortcutPlan,
  type PaddedShortcutOptions,
} from "../../layers/shape/padded-shortcut.js";
import {
  pad1dBackward,
  pad1dForward,
  pad1dPlan,
  pad2dBackward,
  pad2dForward,
  pad2dPlan,
  type PadCache,
} from "../../layers/shape/padding.js";
import {
  pixelShuffleBackward,
  pixelShuffleForward,
  pixelUnshuffleBackward,
  pixelUnshuffleForward,
  type PixelShuffleOptions,
} from "../../layers/shape/pixel-shuffle.js";
import { resizeBackward, resizeForward, resizePlan, type ResizeOptions } from "../../layers/shape/resize.js";
import { sliceBackward, sliceForward, type SliceOptions } from "../../layers/shape/slice.js";
import { transposeBackward, transposeForward, type TransposeCache } from "../../layers/shape/transpose.js";
import { isOurs, placedPair } from "../placed-rivals.js";
import type { Block } from "./device.js";
import { combined, kept, resultOf, type Memory } from "./joins.js";
import { expectUpstream, type GpuRival, type Place } from "./rivals.js";
import { alongAxis } from "./routines/along-axis.js";
import { product } from "./routines/arithmetic.js";
import { AXES, permute } from "./routines/permute.js";

export const moves: readonly GpuRival[] = [
  ...alongAxes(sliceForward, sliceSteps, "sliceBackward", sliceBackward),
  ...alongAxes(gatherForward, gatherSteps, "gatherBackward", gatherBackward),
  ...alongAxes(pad1dForward, (...given) => padSteps(pad1dPlan(...given)), "pad1dBackward", pad1dBackward),
  ...alongAxes(pad2dForward, (...given) => padSteps(pad2dPlan(...given)), "pad2dBackward", pad2dBackward),
  ...alongAxes(paddedShortcutForward, shortcutSteps, "paddedShortcutBackward", paddedShortcutBackward),
  ...alongAxes(resizeForward, resizeSteps, "resizeBackward", resizeBackward),
  ...placedPair(expandForward, expandOn, expandBackward, expandOff),
  ...placedPair(attentionForward, attentionOn, attentionBackward, attentionOff),
  ...placedPair(embeddingForward, embeddingOn, embeddingBackward, embeddingOff),
  ...placedPair(transposeForward, transposeOn, transposeBackward, (place, dy, cache: TransposeCache) => {
    expectUpstream("transposeBackward", dy, cache.outputs);
    return { dx: permuted(place, dy, inverseOrder(cache.order)) };
  }),
  ...placedPair(pixelShuffleForward, shuffleOn, pixelShuffleBackward, (place, dy, cache: Shuffled) =>
    shuffleOff(place, "pixelShuffleBackward", dy, cache),
  ),
  ...placedPair(pixelUnshuffleForward, unshuffleOn, pixelUnshuffleBackward, (place, dy, cache: Shuffled) =>
    shuffleOff(place, "pixelUnshuffleBackward", dy, cache),
  ),
  {
    reference: repeat,
    bind: (place, otherwise) => {
      const plain = otherwise.of(repeat) as typeof repeat;
      return (x: Tensor, shape: Shape) =>
        isOurs(x) && sizeOf(shape) > 0 ? repeated(place, x, shape) : plain(x, shape);
    },
  },
  {
    reference: sumTo,
    bind: (place, otherwise) => {
      const plain = otherwise.of(sumTo) as typeof sumTo;
      return (dy: Tensor, shape: Shape) => (isOurs(dy) ? summedTo(place, dy, shape) : plain(dy, shape));
    },
  },
];

/** A matrix for one axis: for each place of the output the places of the input that it sums, with their weights. */
interface Matrix {
  /** Places of the input's axis. */
  readonly from: number;
  readonly rows: readonly (readonly Entry[])[];
}

type Entry = readonly [place: number, weight: number];

interface Step extends Matrix {
  readonly axis: number;
}

/** Each place of the output shows one of the input's, or nothing where that is negative. */
function shown(axis: number, from: number, places: Iterable<number>): Step {
  return { axis, from, rows: Array.from(places, (place) => (place < 0 ? [] : [[place, 1]])) };
}

function transposed({ axis, from, rows }: Step): Step {
  const columns = Array.from({ length: from }, (): Entry[] => []);
  rows.forEach((entries, o) => entries.forEach(([place, weight]) => columns[place].push([o, weight])));
  return { axis, from: rows.length, rows: columns };
}

/** The matrix as the routine reads it. */
function packed({ rows }: Matrix): Float32Array {
  let count = 0;
  const starts = rows.map((entries) => (count += entries.length) - entries.length);
  return Float32Array.from([...starts, count, ...rows.flat(2)]);
}

/** The largest place that is a float32 number, as are all below it. */
const LARGEST = 2 ** 24;
/** A matrix of more numbers than this is not kept on the device from step to step. */
const KEPT = 4096;

/** The tensor after the matrices, one after the other. */
function applied({ run }: Place, x: Tensor, steps: readonly Step[], memory: Memory = resultOf): Tensor {
  return run((workspace) => {
    const { device } = workspace;
    const tableOf = (numbers: Float32Array): Block => {
      if (numbers.length <= KEPT) return device.constant(numbers);
      const block = workspace.space(numbers.length);
      device.write(block, numbers);
      return block;
    };
    const outputs = outputsAfter(x.shape, steps);
    const y = memory(workspace, outputs);
    let [shape, block]: [Shape, Block] = [x.shape, workspace.read(x)];
    steps.forEach((step, k) => {
      const { axis, from, rows } = step;
      shape = outputsAfter(shape, [step]);
      const count = sizeOf(shape);
      const to = k === steps.length - 1 ? y.block : workspace.space(count);
      const sizes = { INNER: sizeOf(shape.slice(axis + 1)), FROM: from, TO: rows.length };
      device.spread(alongAxis, sizes, [block, tableOf(packed(step)), to], count);
      block = to;
    });
    return y.tensor();
  });
}

function outputsAfter(shape: Shape, steps: readonly Step[]): number[] {
  return steps.reduce((after, { axis, rows }) => after.with(axis, rows.length), [...shape]);
}

/** What a backward needs of a layer that is matrices along axes. */
interface Moved {
  readonly outputs: Shape;
  readonly steps: readonly Step[];
}

/** The rivals of a layer that is matrices along axes. @param stepsOf  of the forward's arguments */
function alongAxes<Options, Mode, Cache extends object>(
  forward: (x: Tensor, options: Options, mode?: Mode) => { y: Tensor; cache: Cache },
  stepsOf: (x: Tensor, options: Options, mode?: Mode) => readonly Step[],
  operation: string,
  backward: (dy: Tensor, cache: Cache) => { dx: Tensor },
): readonly GpuRival[] {
  return placedPair(
    forward,
    (place: Place, x, options, mode) => moveOn(place, x, stepsOf(x, options, mode)),
    backward,
    (place: Place, dy, cache: Moved) => moveOff(place, operation, dy, cache),
  );
}

/** Nothing comes out of an empty choice, and places too far to be numbered are the next engine's. */
function moveOn(place: Place, x: Tensor, steps: readonly Step[]): { y: Tensor; cache: Moved } | undefined {
  const outputs = outputsAfter(x.shape, steps);
  if (sizeOf(outputs) === 0 || Math.max(...x.shape, ...outputs) >= LARGEST) return undefined;
  return { y: applied(place, x, steps), cache: { outputs, steps } };
}

/** In the reverse order, which means the same, and first takes off what was added last. */
function moveOff(place: Place, operation: string, dy: Tensor, { outputs, steps }: Moved): { dx: Tensor } {
  expectUpstream(operation, dy, outputs);
  return { dx: applied(place, dy, steps.toReversed().map(transposed)) };
}

function sliceSteps({ shape }: Tensor, { axis, begin, end, step }: SliceOptions): Step[] {
  const which = resolveAxisNumber("slice", axis, shape.length);
  const range = progression(which, shape[which], [begin ?? null, end ?? null, step]);
  const places = Array.from({ length: range.count }, (_, i) => range.start + i * range.step);
  return [shown(which, shape[which], places)];
}

function gatherSteps(x: Tensor, options: GatherOptions): Step[] {
  const { axis, places, shape } = gatherPlan(x, options);
  return [shown(axis, shape[axis], places)];
}

function padSteps({ shape, rows, columns }: PadCache): Step[] {
  const last = shape.length - 1;
  const along = shown(last, shape[last], columns);
  return last === 2 ? [along] : [along, shown(2, shape[2], rows)];
}

function shortcutSteps(x: Tensor, options: PaddedShortcutOptions): Step[] {
  const { shape, outputs, stride } = paddedShortcutPlan(x, options);
  const every = (axis: number): Step =>
    shown(
      axis,
      shape[axis],
      Array.from({ length: outputs[axis] }, (_, i) => i * stride),
    );
  const channels = Array.from({ length: outputs[1] }, (_, c) => (c < shape[1] ? c : -1));
  return [every(2), every(3), shown(1, shape[1], channels)];
}

function resizeSteps(x: Tensor, options: ResizeOptions): Step[] {
  return resizePlan(x, options).axes.map(({ input, first, second, weight }, i) => ({
    axis: 2 + i,
    from: input,
    rows: Array.from(weight, (t, o) =>
      t === 0
        ? [[first[o], 1]]
        : ([
            [first[o], 1 - t],
            [second[o], t],
          ] as const),
    ),
  }));
}

/** x repeated along axes of 1; x itself where there are none. */
export function repeated(place: Place, x: Tensor, shape: Shape): Tensor {
  const from = Array.from(shape, (_, axis) => x.shape[axis - shape.length + x.shape.length] ?? 1);
  const steps = shape.flatMap((extent, axis) =>
    from[axis] === extent ? [] : [shown(axis, 1, new Array<number>(extent).fill(0))],
  );
  const wide = x.shape.length === shape.length ? x : reshape(x, from);
  return steps.length === 0 ? wide : applied(place, wide, steps);
}

/** The sums over the axes that `repeated` repeats. */
function summedTo(place: Place, dy: Tensor, shape: Shape): Tensor {
  const missing = dy.shape.length - shape.length;
  const steps = dy.shape.flatMap((extent, axis) =>
    extent === (shape[axis - missing] ?? 1)
      ? []
      : [transposed(shown(axis, 1, new Array<number>(extent).fill(0)))],
  );
  const sums = steps.length === 0 ? dy : applied(place, dy, steps);
  return missing === 0 ? sums : reshape(sums, shape);
}

function expandOn(place: Place, x: Tensor, shape: Shape): { y: Tensor; cache: ExpandCache } | undefined {
  const outputs = broadcastShapes("expand", x.shape, shape);
  if (sizeOf(outputs) === 0) return undefined;
  return { y: repeated(place, x, outputs), cache: { shape: x.shape, outputs, dtype: "float32" } };
}

function expandOff(place: Place, dy: Tensor, { shape, outputs }: ExpandCache): { dx: Tensor } {
  expectUpstream("expandBackward", dy, outputs);
  return { dx: summedTo(place, dy, shape) };
}

/** In the cache, the mask is that of all channels. */
function attentionOn(
  place: Place,
  x: Tensor,
  mask: Tensor,
): { y: Tensor; cache: AttentionCache } | undefined {
  if (!isOurs(mask)) return undefined;
  checkMask(x.shape, mask.shape);
  const cache = { x: kept(place, x), mask: repeated(place, mask, x.shape) };
  return { y: combined(place, product, cache.x, cache.mask), cache };
}

function attentionOff(place: Place, dy: Tensor, { x, mask }: AttentionCache): { dx: Tensor; dmask: Tensor } {
  expectUpstream("attentionBackward", dy, x.shape);
  const dmask = summedTo(place, combined(place, product, x, dy), x.shape.with(1, 1));
  return { dx: combined(place, product, dy, mask), dmask };
}

interface Embedded {
  readonly outputs: Shape;
  readonly step: Step;
}

/** The indices are looked at in JavaScript, where they come from as a rule; a wrong one is the next engine's to name. */
function embeddingOn(place: Place, x: Tensor, w: Tensor): { y: Tensor; cache: Embedded } | undefined {
  if (!isOurs(w) || Math.max(x.size, w.shape[0]) >= LARGEST) return undefined;
  const [count, width] = w.shape;
  const indices = flat(x);
  if (!indices.every((index) => Number.isInteger(index) && index >= 0 && index < count)) return undefined;
  const [outputs, step] = [[...x.shape, width], shown(0, count, indices)];
  return { y: reshape(applied(place, w, [step]), outputs), cache: { outputs, step } };
}

function embeddingOff(place: Place, dy: Tensor, { outputs, step }: Embedded): { dx: Tensor; dw: Tensor } {
  expectUpstream("embeddingBackward", dy, outputs);
  const rows = reshape(dy, [step.rows.length, outputs[outputs.length - 1]]);
  const dw = applied(place, rows, [transposed(step)], (workspace, shape) => workspace.gradient(shape));
  return { dx: zeros(outputs.slice(0, -1)), dw };
}

/** The axes in another order, at most `AXES` of them. */
function permuted({ run }: Place, x: Tensor, order: Shape): Tensor {
  const outputs = order.map((axis) => x.shape[axis]);
  const steps = order.map((axis) => sizeOf(x.shape.slice(axis + 1)));
  const before = AXES - order.length;
  const sizes = Object.fromEntries(
    Array.from({ length: AXES }, (_, i) => [
      [`EXTENT${i}`, outputs[i - before] ?? 1] as const,
      [`STEP${i}`, steps[i - before] ?? 0] as const,
    ]).flat(),
  );
  return run((workspace) => {
    const y = workspace.result(outputs);
    workspace.device.spread(permute, sizes, [workspace.read(x), y.block], x.size);
    return y.tensor();
  });
}

/** An order that is none, or of too many axes, is the next engine's. */
function transposeOn(
  place: Place,
  x: Tensor,
  order: Shape,
): { y: Tensor; cache: TransposeCache } | undefined {
  const rank = x.shape.length;
  const isOrder = [...order].sort((a, b) => a - b).every((axis, i) => axis === i);
  if (order.length !== rank || !isOrder || rank > AXES) return undefined;
  const y = permuted(place, x, order);
  return { y, cache: { order, outputs: y.shape, dtype: "float32" } };
}

/** A pixel shuffle, or its inverse: the shape with the blocks' axes by themselves, and how they change places. */
interface Shuffled {
  readonly apart: Shape;
  readonly order: Shape;
  readonly shape: Shape;
  readonly outputs: Shape;
}

/** From few pixels of many channels to an image: for each axis of N×C×H×r×W×r, which of the packed one's it is. */
const spread = { channel: [0, 1, 4, 2, 5, 3], place: [0, 3, 4, 1, 5, 2] } as const;

/** What does not fit is the next engine's, which says so. */
function shuffleOn(
  place: Place,
  x: Tensor,
  { factor: r, order: kind = "channel" }: PixelShuffleOptions,
): { y: Tensor; cache: Shuffled } | undefined {
  const [N, channels, H, W] = x.shape;
  const C = channels / r ** 2;
  if (x.shape.length !== 4 || !(Number.isInteger(r) && r >= 1) || !Number.isInteger(C)) return undefined;
  const apart = kind === "channel" ? [N, C, r, r, H, W] : [N, r, r, C, H, W];
  return shuffled(place, x, { apart, order: spread[kind], shape: x.shape, outputs: [N, C, r * H, r * W] });
}

function unshuffleOn(
  place: Place,
  x: Tensor,
  { factor: r, order: kind = "channel" }: PixelShuffleOptions,
): { y: Tensor; cache: Shuffled } | undefined {
  const [N, C, rows, columns] = x.shape;
  const [H, W] = [rows / r, columns / r];
  if (x.shape.length !== 4 || !(r >= 1) || ![r, H, W].every(Number.isInteger)) return undefined;
  const outputs = [N, C * r ** 2, H, W];
  return shuffled(place, x, {
    apart: [N, C, H, r, W, r],
    order: inverseOrder(spread[kind]),
    shape: x.shape,
    outputs,
  });
}

function shuffled(place: Place, x: Tensor, cache: Shuffled): { y: Tensor; cache: Shuffled } {
  const y = permuted(place, reshape(x, cache.apart), cache.order);
  return { y: reshape(y, cache.outputs), cache };
}

function shuffleOff(place: Place, operation: string, dy: Tensor, cache: Shuffled): { dx: Tensor } {
  const { apart, order, shape, outputs } = cache;
  expectUpstream(operation, dy, outputs);
  const back = reshape(
    dy,
    order.map((axis) => apart[axis]),
  );
  return { dx: reshape(permuted(place, back, inverseOrder(order)), shape) };
}
