/**
 * Transposed convolution over signals and images: a convolution's backward pass as a layer, which makes maps larger
 * where a convolution with a stride makes them smaller. Zeiler et al., 2010; lecture C ("correlation backward").
 */
import { expectAxes, expectShape, sameDType } from "../../array/check.js";
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, sizeOf, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import type { Fans } from "../initialise.js";
import { upstream } from "../upstream.js";
import { Weighted, type WeightCache, type WeightGradients, type WeightOptions } from "../weighted.js";
import { describeWindow, pair, type Axis, type Pair } from "../window.js";
import { forEachTap as forEachTap1d } from "./conv1d.js";
import { forEachTap as forEachTap2d } from "./conv2d.js";

export const derivation = String.raw`
### Transposed convolution

A convolution gathers: its output $(i,j)$ is a weighted sum of the inputs $(is+kd-p,\; js+ld-p)$. Transposed, it scatters: input $(i,j)$ of channel $c$
adds the whole filter, times itself, to those places of the output. (In one dimension the second index is missing.) With $x$ of $N\times C\times H\times W$ and filters
$w$ of $C\times F\times K\times L$,

$$y_{nfhv} = b_f + \sum_{c}\;\sum_{\substack{i,k:\; is+kd-p=h}}\;\sum_{\substack{j,l:\; js+ld-p=v}} w_{cfkl}\; x_{ncij} \tag{1}$$

This is equation (2) of the convolution with $x$ for $dy$: as a matrix, the transpose of the convolution from the large map to the small one. (It is not its
inverse, though the sizes go back.) The output has $(H-1)s - 2p + d(K-1) + 1$ rows. A convolution with stride $s$ makes the same $H$ of several sizes;
${"`extra`"} rows at the end choose among them.

**Backward.** Transposing twice gives the convolution back, over the upstream gradient:

$$dx_{ncij} = \sum_{f}\sum_{k,l} w_{cfkl}\; dy_{n,\,f,\,is+kd-p,\,js+ld-p} \tag{2}$$

$$dw_{cfkl} = \sum_n\sum_{i,j} x_{ncij}\; dy_{n,\,f,\,is+kd-p,\,js+ld-p} \tag{3}$$

$$db_f = \sum_n\sum_{h,v} dy_{nfhv} \tag{4}$$

Where $s$ does not divide the filter's size, outputs are reached by different numbers of taps in turn: the checkerboard of generated images.
`;

/**
 * Transposed convolution along a signal, equation (1).
 * @param x  N×C×L
 * @param w  C×(F/groups)×M
 * @param b  F, or undefined for none
 * @returns y: N×F×L' with L' = (L − 1)·stride − before − after + dilation·(M − 1) + 1 + extra, and the cache for backward
 */
export function convTranspose1dForward(
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  options: ConvTranspose1dOptions = {},
): { y: Tensor; cache: ConvTransposeCache } {
  sameDType("convTranspose1d", { x, w, b });
  return forward("convTranspose1d", x, w, b, transposed1d(x.shape, w.shape, options));
}

/**
 * Transposed convolution over an image, equation (1).
 * @param x  N×C×H×W
 * @param w  C×(F/groups)×K×L
 * @param b  F, or undefined for none
 * @returns y: N×F×H'×W' with H' = (H − 1)·stride − top − bottom + dilation·(K − 1) + 1 + extra, and the cache for backward
 */
export function convTranspose2dForward(
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  options: ConvTranspose2dOptions = {},
): { y: Tensor; cache: ConvTransposeCache } {
  sameDType("convTranspose2d", { x, w, b });
  return forward("convTranspose2d", x, w, b, transposed2d(x.shape, w.shape, options));
}

/**
 * The gradients of `convTranspose1dForward`, equations (2) to (4).
 * @param dy  N×F×L', the upstream gradient
 */
export function convTranspose1dBackward(dy: Tensor, cache: ConvTransposeCache): WeightGradients {
  return backward("convTranspose1dBackward", dy, cache);
}

/**
 * The gradients of `convTranspose2dForward`, equations (2) to (4).
 * @param dy  N×F×H'×W', the upstream gradient
 */
export function convTranspose2dBackward(dy: Tensor, cache: ConvTransposeCache): WeightGradients {
  return backward("convTranspose2dBackward", dy, cache);
}

function forward(
  operation: string,
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  plan: TransposedPlan,
): { y: Tensor; cache: ConvTransposeCache } {
  checkBias(operation, b, plan);
  const [X, W, B] = [flat(x), flat(w), b && flat(b)];
  const Y = new Float64Array(sizeOf(plan.outputs));
  const mapAt = mapOf(plan.outputs);
  if (B) for (let o = 0; o < Y.length; o++) Y[o] = B[mapAt(o)];
  plan.forEachTap((yAt, wAt, xAt) => {
    Y[yAt] += W[wAt] * X[xAt]; // (1)
  });
  return { y: rounded(Y, plan.outputs, x.dtype), cache: { x, w, hasBias: b !== undefined, plan } };
}

function backward(
  operation: string,
  dy: Tensor,
  { x, w, hasBias, plan }: ConvTransposeCache,
): WeightGradients {
  const dY = upstream(operation, dy, plan.outputs, x.dtype);
  const [X, W] = [flat(x), flat(w)];
  const dX = new Float64Array(X.length);
  const dW = new Float64Array(W.length);
  plan.forEachTap((yAt, wAt, xAt) => {
    dX[xAt] += W[wAt] * dY[yAt]; // (2)
    dW[wAt] += X[xAt] * dY[yAt]; // (3)
  });
  const gradients = { dx: rounded(dX, x.shape, x.dtype), dw: rounded(dW, w.shape, x.dtype) };
  if (!hasBias) return gradients;
  const mapAt = mapOf(plan.outputs);
  const dB = new Float64Array(plan.outputs[1]);
  for (let o = 0; o < dY.length; o++) dB[mapAt(o)] += dY[o]; // (4)
  return { ...gradients, db: rounded(dB, [dB.length], x.dtype) };
}

/** The feature map that an output belongs to. */
function mapOf(outputs: Shape): (at: number) => number {
  const places = sizeOf(outputs.slice(2));
  return (at) => Math.floor(at / places) % outputs[1];
}

/**
 * Transposed convolution of signals, a convolution's backward as a layer: N×C×L → N×F×L', where a stride makes signals longer
 * (Zeiler et al., 2010; lecture C). Parameters: `w` (He initialisation) and `b` (zeros).
 */
export class ConvTranspose1d extends Weighted<ConvTranspose1dLayerOptions, ConvTransposeCache> {
  static readonly derivation: string = derivation;

  constructor(options: ConvTranspose1dLayerOptions) {
    const { groups = 1, size, stride = 1 } = options;
    const shapes = shapesOf(options, groups, [size], [stride]);
    super(options, { forward: convTranspose1dForward, backward: convTranspose1dBackward, ...shapes });
  }

  override describe(): string {
    const { out, size } = this.options;
    return `ConvTranspose1d, ${out} filters of ${size}${describeWindow(this.options)}`;
  }

  override outputShape(input: Shape): number[] {
    const { w } = this.parameters;
    return transposed1d([1, ...input], w.value.shape, this.options).outputs.slice(1);
  }

  override multiplyAdds(input: Shape): number {
    return this.parameters.w.value.size * input[1];
  }
}

/**
 * Transposed convolution of images, a convolution's backward as a layer: N×C×H×W → N×F×H'×W', where a stride makes maps larger
 * (Zeiler et al., 2010; lecture C). Parameters: `w` (He initialisation) and `b` (zeros).
 */
export class ConvTranspose2d extends Weighted<ConvTranspose2dLayerOptions, ConvTransposeCache> {
  static readonly derivation: string = derivation;

  constructor(options: ConvTranspose2dLayerOptions) {
    const { groups = 1, size, stride = 1 } = options;
    const shapes = shapesOf(options, groups, pair(size), pair(stride));
    super(options, { forward: convTranspose2dForward, backward: convTranspose2dBackward, ...shapes });
  }

  override describe(): string {
    const { out, size } = this.options;
    return `ConvTranspose2d, ${out} filters of ${pair(size).join("×")}${describeWindow(this.options)}`;
  }

  override outputShape(input: Shape): number[] {
    const { w } = this.parameters;
    return transposed2d([1, ...input], w.value.shape, this.options).outputs.slice(1);
  }

  override multiplyAdds(input: Shape): number {
    return this.parameters.w.value.size * input[1] * input[2];
  }
}

/** Shapes of filters and biases; each output is a sum of about (C/groups)·taps/stride products, which is the fan-in. */
function shapesOf(
  { in: channels, out }: ConvTransposeLayerOptions,
  groups: number,
  size: Shape,
  stride: Shape,
): { w: Shape; b: Shape; fans: Fans } {
  if (!Number.isInteger(out / groups)) {
    throw new ValueError(`convTranspose: ${groups} groups do not divide ${out} filters; use a divisor.`);
  }
  const fanIn = ((channels / groups) * sizeOf(size)) / sizeOf(stride);
  const fans = { in: fanIn, out: (out / groups) * sizeOf(size) };
  return { w: [channels, out / groups, ...size], b: [out], fans };
}

/**
 * The options of `convTranspose1dForward`: stride, padding, dilation, groups, extra samples at the end.
 */
export interface ConvTranspose1dOptions {
  /** Step between the places of the output that inputs scatter to; 1. */
  stride?: number;
  /** Samples removed from the output's ends, which a convolution in the other direction would add as padding; 0. */
  pad?: number | readonly [before: number, after: number];
  /** Distance between taps; 1. */
  dilation?: number;
  /** The channels are split into so many groups that do not see each other; 1. */
  groups?: number;
  /** Extra samples at the end of the output, fewer than the stride; 0. */
  extra?: number;
}

/**
 * The options of `convTranspose2dForward`: stride, padding, dilation, groups, extra rows and columns at the end.
 */
export interface ConvTranspose2dOptions {
  /** Step between the places of the output that inputs scatter to; 1. */
  stride?: Pair;
  /** Pixels removed from the output's sides, which a convolution in the other direction would add as padding; 0. */
  pad?:
    | number
    | { readonly top?: number; readonly bottom?: number; readonly left?: number; readonly right?: number };
  /** Distance between taps; 1. */
  dilation?: Pair;
  /** The channels are split into so many groups that do not see each other; 1. */
  groups?: number;
  /** Extra rows and columns at the end of the output, fewer than the stride; 0. */
  extra?: Pair;
}

/** What `ConvTranspose1d` and `ConvTranspose2d` are both made of: channels, filters, bias, initial weights. */
export interface ConvTransposeLayerOptions extends WeightOptions<ConvTransposeCache> {
  /** Channels in. */
  in: number;
  /** Channels out. */
  out: number;
}

/** What a ConvTranspose1d is made of. */
export interface ConvTranspose1dLayerOptions extends ConvTranspose1dOptions, ConvTransposeLayerOptions {
  /** Taps of a filter. */
  size: number;
}

/** What a ConvTranspose2d is made of. */
export interface ConvTranspose2dLayerOptions extends ConvTranspose2dOptions, ConvTransposeLayerOptions {
  /** Filter size, or [rows, columns]. */
  size: Pair;
}

/** What `convTranspose1dForward` and `convTranspose2dForward` keep for their backwards. */
export interface ConvTransposeCache extends WeightCache {
  readonly plan: TransposedPlan;
}

/** Visits every product of equation (1): the flat positions of the output, the weight and the input in it. */
export type Taps = (visit: (yAt: number, wAt: number, xAt: number) => void) => void;

/** The plan of one transposed convolution, without its numbers. */
export interface TransposedPlan {
  readonly outputs: Shape;
  /** The axes of the convolution from the output back to the input; a signal has no rows. */
  readonly rows?: Axis;
  readonly columns: Axis;
  readonly groups: number;
  readonly forEachTap: Taps;
}

/**
 * The plan for x (N×C×L) and w (C×F/groups×M).
 * @throws ShapeError, ValueError when the shapes or the options do not fit each other
 */
export function transposed1d(
  x: Shape,
  w: Shape,
  { stride = 1, pad = 0, dilation = 1, groups = 1, extra = 0 }: ConvTranspose1dOptions = {},
): TransposedPlan {
  expectAxes("convTranspose1d", "x", x, "N×C×L");
  expectAxes("convTranspose1d", "w", w, "C×F×M");
  checkChannels("convTranspose1d", x, w, groups);
  const sides = typeof pad === "number" ? ([pad, pad] as const) : pad;
  const axis = transposedAxis("convTranspose1d", "samples", x[2], w[2], stride, dilation, sides, extra);
  const outputs = [x[0], w[1] * groups, axis.input];
  // The convolution from the output to the input has the same products; "input" and "output" change places.
  return {
    outputs,
    columns: axis,
    groups,
    forEachTap: (visit) => forEachTap1d(outputs, w, { axis, groups, flip: false }, visit),
  };
}

/**
 * The plan for x (N×C×H×W) and w (C×F/groups×K×L).
 * @throws ShapeError, ValueError when the shapes or the options do not fit each other
 */
export function transposed2d(
  x: Shape,
  w: Shape,
  { stride = 1, pad = 0, dilation = 1, groups = 1, extra = 0 }: ConvTranspose2dOptions = {},
): TransposedPlan {
  expectAxes("convTranspose2d", "x", x, "N×C×H×W");
  expectAxes("convTranspose2d", "w", w, "C×F×K×L");
  checkChannels("convTranspose2d", x, w, groups);
  const all = typeof pad === "number" ? { top: pad, bottom: pad, left: pad, right: pad } : pad;
  const sides = [
    [all.top ?? 0, all.bottom ?? 0],
    [all.left ?? 0, all.right ?? 0],
  ] as const;
  const [rows, columns] = (["rows", "columns"] as const).map((extent, i) =>
    transposedAxis(
      "convTranspose2d",
      extent,
      x[2 + i],
      w[2 + i],
      pair(stride)[i],
      pair(dilation)[i],
      sides[i],
      pair(extra)[i],
    ),
  );
  const outputs = [x[0], w[1] * groups, rows.input, columns.input];
  return {
    outputs,
    rows,
    columns,
    groups,
    forEachTap: (visit) => forEachTap2d(outputs, w, { rows, columns, groups, flip: false }, visit),
  };
}

/** The axis of the convolution that leads back: its input is our output. @throws ShapeError, ValueError */
function transposedAxis(
  operation: string,
  extent: string,
  length: number,
  filter: number,
  stride: number,
  dilation: number,
  [before, after]: readonly [number, number],
  extra: number,
): Axis {
  for (const [name, value, least] of [
    ["stride", stride, 1],
    ["dilation", dilation, 1],
    ["filter size", filter, 1],
    ["padding", before, 0],
    ["padding", after, 0],
    ["extra", extra, 0],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw new ValueError(
        `${operation}: the ${name} is ${value}; it must be a whole number, ${least} or more.`,
      );
    }
  }
  if (extra > 0 && extra >= Math.max(stride, dilation)) {
    throw new ValueError(
      `${operation}: ${extra} extra ${extent} with stride ${stride}; it must be less than the stride (or the dilation).`,
    );
  }
  const input = (length - 1) * stride - before - after + dilation * (filter - 1) + 1 + extra;
  if (input < 1) {
    throw new ShapeError(
      `${operation}: ${length} ${extent}, filter ${filter}, stride ${stride}, pad ${before} + ${after}: the output would have ` +
        `${input} ${extent}; pad less or use a larger filter.`,
    );
  }
  return { input, filter, stride, dilation, before, after, output: length };
}

/** The channels of x and the filters w agree with the number of groups. @throws ShapeError, ValueError */
function checkChannels(operation: string, [, channels]: Shape, w: Shape, groups: number): void {
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
    throw new ValueError(`${operation}: ${groups} groups do not divide ${channels} channels; use a divisor.`);
  }
  if (w[0] !== channels) {
    throw new ShapeError(
      `${operation}: x has ${channels} channels, so w must be ${channels}×(filters/groups)×…, but it is ${showShape(w)}.`,
    );
  }
}

/** Checks that there is one bias for each filter. @throws ShapeError */
export function checkBias(operation: string, b: Tensor | undefined, { outputs }: TransposedPlan): void {
  if (b !== undefined) expectShape(operation, "b", b, [outputs[1]], "there is one bias a filter");
}
