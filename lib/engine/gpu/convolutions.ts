/** Convolutions and transposed convolutions of signals and images on the device. */
import { expectShape, sameDType } from "../../array/check.js";
import { sizeOf, type Shape, type Tensor } from "../../array/tensor.js";
import { reluForward } from "../../layers/activation/relu.js";
import { checkFilters } from "../../layers/convolution/channels.js";
import {
  checkBias,
  convTranspose1dBackward,
  convTranspose1dForward,
  convTranspose2dBackward,
  convTranspose2dForward,
  transposed1d,
  transposed2d,
  type ConvTranspose1dOptions,
  type ConvTranspose2dOptions,
  type TransposedPlan,
} from "../../layers/convolution/conv-transpose.js";
import {
  conv1dBackward,
  conv1dForward,
  conv1dGeometry,
  type Conv1dOptions,
} from "../../layers/convolution/conv1d.js";
import {
  conv2dBackward,
  conv2dForward,
  conv2dGeometry,
  type Conv2dOptions,
} from "../../layers/convolution/conv2d.js";
import type { WeightCache, WeightGradients } from "../../layers/weighted.js";
import { oneRow, type Axis } from "../../layers/window.js";
import { placedPair } from "../placed-rivals.js";
import { ahead } from "../fusion.js";
import type { Block } from "./device.js";
import type { Workspace } from "./memory.js";
import { biasGradient, multiply, multiplyDeep } from "./products.js";
import { expectUpstream, runRows, windowSizes, type GpuRival, type Place } from "./rivals.js";
import { convolve, convolveInputs, convolveWeights } from "./routines/convolution.js";
import {
  convolveGroups,
  convolveGroupsInputs,
  convolveGroupsWeights,
} from "./routines/grouped-convolution.js";

const fuses = { forward: [reluForward] };

export const convolutions: readonly GpuRival[] = [
  ...placedPair(
    conv1dForward,
    conv1d,
    conv1dBackward,
    (place, dy, cache) => backward(place, "conv1dBackward", dy, cache),
    fuses,
  ),
  ...placedPair(
    conv2dForward,
    conv2d,
    conv2dBackward,
    (place, dy, cache) => backward(place, "conv2dBackward", dy, cache),
    fuses,
  ),
  ...placedPair(convTranspose1dForward, convTranspose1d, convTranspose1dBackward, (place, dy, cache) =>
    transposedBackward(place, "convTranspose1dBackward", dy, cache),
  ),
  ...placedPair(convTranspose2dForward, convTranspose2d, convTranspose2dBackward, (place, dy, cache) =>
    transposedBackward(place, "convTranspose2dBackward", dy, cache),
  ),
];

/** A convolution of N×C×H×W to N×F×I×J; a signal is an image of one row. */
interface Convolution {
  readonly examples: number;
  readonly channels: number;
  readonly filters: number;
  readonly rows: Axis;
  readonly columns: Axis;
  readonly groups: number;
  readonly flip: boolean;
}

interface ConvolutionCache extends WeightCache {
  readonly convolution: Convolution;
  readonly outputs: Shape;
}

interface Convolved {
  readonly y: Tensor;
  readonly cache: ConvolutionCache;
}

function conv1d(place: Place, x: Tensor, w: Tensor, b?: Tensor, options: Conv1dOptions = {}): Convolved {
  checkFilters("conv1d", x, w, b);
  const { axis, ...others } = conv1dGeometry(x.shape, w.shape, options);
  const axes = { rows: oneRow, columns: axis };
  return forward(place, { ...sidesOf(x, w), ...axes, ...others }, [axis.output], x, w, b);
}

function conv2d(place: Place, x: Tensor, w: Tensor, b?: Tensor, options: Conv2dOptions = {}): Convolved {
  checkFilters("conv2d", x, w, b);
  const geometry = conv2dGeometry(x.shape, w.shape, options);
  const extents = [geometry.rows.output, geometry.columns.output];
  return forward(place, { ...sidesOf(x, w), ...geometry }, extents, x, w, b);
}

function sidesOf(x: Tensor, w: Tensor): Pick<Convolution, "examples" | "channels" | "filters"> {
  return { examples: x.shape[0], channels: x.shape[1], filters: w.shape[0] };
}

/** @param extents  of the output's maps */
function forward(
  { run, next }: Place,
  convolution: Convolution,
  extents: Shape,
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
): Convolved {
  const outputs = [convolution.examples, convolution.filters, ...extents];
  return run((workspace) => {
    const y = workspace.result(outputs);
    const [kept, weights] = [workspace.keep(x), workspace.keep(w)];
    const rectifies = next === reluForward;
    const blocks = [weights, kept, ...(b ? [b] : [])].map((one) => workspace.read(one));
    correlate(workspace, convolution, blocks, y.block, rectifies);
    const tensor = y.tensor();
    if (rectifies) ahead.add(tensor);
    return { y: tensor, cache: { x: kept, w: weights, hasBias: b !== undefined, convolution, outputs } };
  });
}

function backward(place: Place, operation: string, dy: Tensor, cache: ConvolutionCache): WeightGradients {
  sameDType(operation, { dy, x: cache.x });
  expectShape(operation, "dy", dy, cache.outputs);
  const { convolution } = cache;
  return gradients(
    place,
    dy,
    cache,
    (workspace, g, x, dw) => sumWeights(workspace, convolution, [g, x], dw),
    (workspace, w, g, dx) => scatter(workspace, convolution, [w, g], dx),
  );
}

function convTranspose1d(
  place: Place,
  x: Tensor,
  w: Tensor,
  b?: Tensor,
  options: ConvTranspose1dOptions = {},
): Convolved {
  sameDType("convTranspose1d", { x, w, b });
  return transposedForward("convTranspose1d", place, transposed1d(x.shape, w.shape, options), x, w, b);
}

function convTranspose2d(
  place: Place,
  x: Tensor,
  w: Tensor,
  b?: Tensor,
  options: ConvTranspose2dOptions = {},
): Convolved {
  sameDType("convTranspose2d", { x, w, b });
  return transposedForward("convTranspose2d", place, transposed2d(x.shape, w.shape, options), x, w, b);
}

/** The gradient of the input of the convolution that leads from the output back to x. */
function transposedForward(
  operation: string,
  { run }: Place,
  plan: TransposedPlan,
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
): Convolved {
  checkBias(operation, b, plan);
  const { outputs, rows = oneRow, columns, groups } = plan;
  const sides = { examples: x.shape[0], channels: outputs[1], filters: x.shape[1] };
  const convolution = { ...sides, rows, columns, groups, flip: false };
  return run((workspace) => {
    const y = workspace.result(outputs);
    const [kept, weights] = [workspace.keep(x), workspace.keep(w)];
    const blocks = [weights, kept, ...(b ? [b] : [])].map((one) => workspace.read(one));
    scatter(workspace, convolution, blocks, y.block);
    return { y: y.tensor(), cache: { x: kept, w: weights, hasBias: b !== undefined, convolution, outputs } };
  });
}

/** In that convolution, dy is the input and x the upstream gradient. */
function transposedBackward(
  place: Place,
  operation: string,
  dy: Tensor,
  cache: ConvolutionCache,
): WeightGradients {
  expectUpstream(operation, dy, cache.outputs);
  const { convolution } = cache;
  return gradients(
    place,
    dy,
    cache,
    (workspace, g, x, dw) => sumWeights(workspace, convolution, [x, g], dw),
    (workspace, w, g, dx) => correlate(workspace, convolution, [w, g], dx),
  );
}

/**
 * @param ofWeights  computes dw from dy and x
 * @param ofInputs   computes dx from w and dy
 */
function gradients(
  { run }: Place,
  dy: Tensor,
  { x, w, hasBias, outputs }: ConvolutionCache,
  ofWeights: (workspace: Workspace, dy: Block, x: Block, dw: Block) => void,
  ofInputs: (workspace: Workspace, w: Block, dy: Block, dx: Block) => void,
): WeightGradients {
  const [examples, channels, ...extents] = outputs;
  const eager = run((workspace) => {
    const dw = workspace.gradient(w.shape);
    const upstream = workspace.read(dy);
    ofWeights(workspace, upstream, workspace.read(x), dw.block);
    if (!hasBias) return { dw: dw.tensor() };
    return {
      dw: dw.tensor(),
      db: biasGradient(workspace, upstream, examples, channels, sizeOf(extents)),
    };
  });
  return {
    ...eager,
    // Computed when it is read: the first layer of a network does not need it.
    get dx() {
      return run((workspace) => {
        const dx = workspace.result(x.shape);
        ofInputs(workspace, workspace.read(w), workspace.read(dy), dx.block);
        return dx.tensor();
      });
    },
  };
}

/** A convolution's sizes, as the routines want them. */
function sizesOf({ channels, filters, rows, columns, flip }: Convolution): Record<string, number> {
  const axes = flip ? { rows: flipped(rows), columns: flipped(columns) } : { rows, columns };
  return { C: channels, F: filters, ...windowSizes(axes) };
}

/** The taps of a flipped filter, from the last to the first: the distance between them is below zero. */
function flipped(axis: Axis): Axis {
  const { dilation, filter, before } = axis;
  return { ...axis, dilation: -dilation, before: before - (filter - 1) * dilation };
}

/** y from w, x and, where there is one, the bias. */
function correlate(
  workspace: Workspace,
  convolution: Convolution,
  blocks: readonly Block[],
  y: Block,
  rectifies = false,
): void {
  const { examples, channels, filters, groups, rows, columns } = convolution;
  const outputs = examples * rows.output * columns.output;
  const flags = { BIAS: blocks.length > 2 ? 1 : 0, RECTIFY: rectifies ? 1 : 0 };
  const constants = { ...sizesOf(convolution), ...flags };
  if (groups > 1) {
    const sizes = { ...constants, GROUPS: groups };
    return workspace.device.spread(convolveGroups, sizes, [...withBias(blocks), y], filters * outputs);
  }
  const depth = channels * rows.filter * columns.filter;
  return multiply(workspace, convolve, { rows: filters, columns: outputs, depth }, constants, blocks, y);
}

/** dx from w, dy and, in a transposed convolution that has one, the bias. */
function scatter(workspace: Workspace, convolution: Convolution, blocks: readonly Block[], dx: Block): void {
  const { examples, channels, filters, groups, rows, columns } = convolution;
  const pixels = examples * rows.input * columns.input;
  const constants = { ...sizesOf(convolution), BIAS: blocks.length > 2 ? 1 : 0 };
  if (groups > 1) {
    const sizes = { ...constants, GROUPS: groups };
    return workspace.device.spread(convolveGroupsInputs, sizes, [...withBias(blocks), dx], channels * pixels);
  }
  const depth = filters * rows.filter * columns.filter;
  return multiply(
    workspace,
    convolveInputs,
    { rows: channels, columns: pixels, depth },
    constants,
    blocks,
    dx,
  );
}

/** dw from dy and x. */
function sumWeights(
  workspace: Workspace,
  convolution: Convolution,
  blocks: readonly Block[],
  dw: Block,
): void {
  const { examples, channels, filters, groups, rows, columns } = convolution;
  const constants = sizesOf(convolution);
  const fan = (channels / groups) * rows.filter * columns.filter;
  if (groups > 1) {
    const sizes = { ...constants, GROUPS: groups, EXAMPLES: examples };
    return runRows(workspace.device, convolveGroupsWeights, sizes, [...blocks, dw], filters * fan);
  }
  const depth = examples * rows.output * columns.output;
  return multiplyDeep(
    workspace,
    convolveWeights,
    { rows: filters, columns: fan, depth },
    constants,
    blocks,
    dw,
  );
}

/** A routine that may have a bias always gets a block for it. */
function withBias([w, x, bias = w]: readonly Block[]): Block[] {
  return [w, x, bias];
}
