/** Linear layers and convolutions on the device. */
import { expectShape, sameDType } from "../../array/check.js";
import { sizeOf, type Tensor } from "../../array/tensor.js";
import { reluForward } from "../../layers/activation/relu.js";
import { checkFilters } from "../../layers/convolution/channels.js";
import {
  conv2dBackward,
  conv2dForward,
  conv2dGeometry,
  type Conv2dCache,
  type Conv2dOptions,
} from "../../layers/convolution/conv2d.js";
import { checkLinear } from "../../layers/check-linear.js";
import { linearBackward, linearForward } from "../../layers/linear.js";
import type { WeightCache, WeightGradients } from "../../layers/weighted.js";
import { ahead } from "../wasm/fusion.js";
import type { Block } from "./device.js";
import type { Workspace } from "./memory.js";
import { placedPair } from "../placed-rivals.js";
import type { GpuRival, Place } from "./rivals.js";
import { channelSums } from "./routines/channel-sums.js";
import { convolve, convolveInputs, convolveWeights } from "./routines/convolution.js";
import { addParts, product, TILE, type Product } from "./routines/product.js";

export const products: readonly GpuRival[] = [
  ...placedPair(linearForward, linearOn, linearBackward, linearBack),
  ...placedPair(conv2dForward, convolutionOn, conv2dBackward, convolutionBack, { forward: [reluForward] }),
];

/** Work groups that keep a card busy; below that, a deep product is summed in parts. */
const BUSY = 64;
/** The least depth of a part. */
const LEAST_PART = 256;

interface Sizes {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

/** Runs a routine of tiles. @param blocks A, B and, where there is one, the bias @param parts of the depth */
function multiply(
  { device }: Workspace,
  routine: Product,
  { rows, columns, depth }: Sizes,
  constants: Readonly<Record<string, number>>,
  [a, b, bias = a]: readonly Block[],
  c: Block,
  parts = 1,
): void {
  const groups = [Math.ceil(columns / TILE), Math.ceil(rows / TILE), parts];
  const sizes = { ROWS: rows, COLUMNS: columns, DEPTH: depth, PARTS: parts };
  const read = routine.hasBias ? [a, b, bias] : [a, b];
  device.run(routine, { ...sizes, ...constants }, [...read, c], groups);
}

/** The same for a deep product: its parts are summed side by side, and then added. */
function multiplyDeep(
  workspace: Workspace,
  routine: Product,
  sizes: Sizes,
  constants: Readonly<Record<string, number>>,
  blocks: readonly Block[],
  c: Block,
): void {
  const { rows, columns, depth } = sizes;
  const tiles = Math.ceil(rows / TILE) * Math.ceil(columns / TILE);
  const parts = Math.max(1, Math.min(Math.ceil(BUSY / tiles), Math.floor(depth / LEAST_PART)));
  if (parts === 1) return multiply(workspace, routine, sizes, constants, blocks, c);
  const all = workspace.space(parts * rows * columns);
  multiply(workspace, routine, sizes, constants, blocks, all, parts);
  const count = rows * columns;
  workspace.device.spread(addParts, { PARTS: parts }, [all, c], count);
}

/** The distances from row to row and from column to column of A and of B. */
function distances(a: readonly [number, number], b: readonly [number, number]): Record<string, number> {
  return { A_ROW: a[0], A_COLUMN: a[1], B_ROW: b[0], B_COLUMN: b[1], BIAS: 0 };
}

/** The gradient of the bias. */
function biasGradient(
  workspace: Workspace,
  dy: Block,
  examples: number,
  channels: number,
  places: number,
): Tensor {
  const db = workspace.gradient([channels]);
  const sizes = { EXAMPLES: examples, CHANNELS: channels, PLACES: places };
  workspace.device.run(channelSums, sizes, [dy, db.block], [channels]);
  return db.tensor();
}

function linearOn({ run }: Place, x: Tensor, w: Tensor, b?: Tensor): { y: Tensor; cache: WeightCache } {
  checkLinear(x, w, b);
  const [N, D] = x.shape;
  const K = w.shape[0];
  return run((workspace) => {
    const y = workspace.result([N, K]);
    const [kept, weights] = [workspace.keep(x), workspace.keep(w)];
    const constants = { ...distances([D, 1], [1, D]), BIAS: b ? 1 : 0 };
    const blocks = [workspace.read(kept), workspace.read(weights), ...(b ? [workspace.read(b)] : [])];
    multiply(workspace, product, { rows: N, columns: K, depth: D }, constants, blocks, y.block);
    return { y: y.tensor(), cache: { x: kept, w: weights, hasBias: b !== undefined } };
  });
}

function linearBack({ run }: Place, dy: Tensor, { x, w, hasBias }: WeightCache): WeightGradients {
  const [N, D] = x.shape;
  const K = w.shape[0];
  sameDType("linearBackward", { dy, x });
  expectShape("linearBackward", "dy", dy, [N, K]);
  const gradients = run((workspace) => {
    const dw = workspace.gradient(w.shape);
    const [upstream, X] = [workspace.read(dy), workspace.read(x)];
    const sizes = { rows: K, columns: D, depth: N };
    multiplyDeep(workspace, product, sizes, distances([1, K], [D, 1]), [upstream, X], dw.block);
    if (!hasBias) return { dw: dw.tensor() };
    return { dw: dw.tensor(), db: biasGradient(workspace, upstream, N, K, 1) };
  });
  return {
    ...gradients,
    // Computed when it is read: the first layer of a network does not need it.
    get dx() {
      return run((workspace) => {
        const dx = workspace.result(x.shape);
        const blocks = [workspace.read(dy), workspace.read(w)];
        const sizes = { rows: N, columns: D, depth: K };
        multiply(workspace, product, sizes, distances([K, 1], [D, 1]), blocks, dx.block);
        return dx.tensor();
      });
    },
  };
}

/** A convolution's sizes, as the routines want them. */
function constantsOf(
  x: readonly number[],
  w: readonly number[],
  { rows, columns }: Conv2dCache["geometry"],
): Record<string, number> {
  return {
    ...{ C: x[1], H: x[2], W: x[3], F: w[0], K: w[2], L: w[3], I: rows.output, J: columns.output },
    ...{ ROW_STEP: rows.stride, COLUMN_STEP: columns.stride },
    ...{ ROW_GAP: rows.dilation, COLUMN_GAP: columns.dilation, TOP: rows.before, LEFT: columns.before },
  };
}

/** Groups and flipped filters are the next engine's. */
function convolutionOn(
  { run, next }: Place,
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  options: Conv2dOptions = {},
): { y: Tensor; cache: Conv2dCache } | undefined {
  if ((options.groups ?? 1) !== 1 || options.flip === true) return undefined;
  checkFilters("conv2d", x, w, b);
  const geometry = conv2dGeometry(x.shape, w.shape, options);
  const [N, F] = [x.shape[0], w.shape[0]];
  const [I, J] = [geometry.rows.output, geometry.columns.output];
  return run((workspace) => {
    const y = workspace.result([N, F, I, J]);
    const [kept, weights] = [workspace.keep(x), workspace.keep(w)];
    const rectifies = next === reluForward;
    const constants = {
      ...constantsOf(x.shape, w.shape, geometry),
      BIAS: b ? 1 : 0,
      RECTIFY: rectifies ? 1 : 0,
    };
    const blocks = [workspace.read(weights), workspace.read(kept), ...(b ? [workspace.read(b)] : [])];
    const sizes = { rows: F, columns: N * I * J, depth: sizeOf(w.shape.slice(1)) };
    multiply(workspace, convolve, sizes, constants, blocks, y.block);
    const tensor = y.tensor();
    if (rectifies) ahead.add(tensor);
    return { y: tensor, cache: { x: kept, w: weights, hasBias: b !== undefined, geometry } };
  });
}

function convolutionBack(
  { run }: Place,
  dy: Tensor,
  { x, w, hasBias, geometry }: Conv2dCache,
): WeightGradients {
  const [N, C, H, W] = x.shape;
  const F = w.shape[0];
  const [I, J] = [geometry.rows.output, geometry.columns.output];
  sameDType("conv2dBackward", { dy, x });
  expectShape("conv2dBackward", "dy", dy, [N, F, I, J]);
  const constants = constantsOf(x.shape, w.shape, geometry);
  const taps = w.shape[2] * w.shape[3];
  const gradients = run((workspace) => {
    const dw = workspace.gradient(w.shape);
    const [upstream, X] = [workspace.read(dy), workspace.read(x)];
    const sizes = { rows: F, columns: C * taps, depth: N * I * J };
    multiplyDeep(workspace, convolveWeights, sizes, constants, [upstream, X], dw.block);
    if (!hasBias) return { dw: dw.tensor() };
    return { dw: dw.tensor(), db: biasGradient(workspace, upstream, N, F, I * J) };
  });
  return {
    ...gradients,
    get dx() {
      return run((workspace) => {
        const dx = workspace.result(x.shape);
        const blocks = [workspace.read(w), workspace.read(dy)];
        const sizes = { rows: C, columns: N * H * W, depth: F * taps };
        multiply(workspace, convolveInputs, sizes, constants, blocks, dx.block);
        return dx.tensor();
      });
    },
  };
}
