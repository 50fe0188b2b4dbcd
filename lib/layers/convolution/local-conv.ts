/**
 * Local (untied) convolution over signals and images: every output sees a small window, as in a convolution, but has its own
 * weights. Lecture B ("local: each unit looks at a local window, but no weight tying").
 */
import { expectAxes, expectShape, sameDType } from "../../array/check.js";
import { ShapeError, showShape } from "../../array/errors.js";
import { flat, sizeOf, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import type { Fans } from "../initialise.js";
import { upstream } from "../upstream.js";
import { Weighted, type WeightCache, type WeightGradients, type WeightOptions } from "../weighted.js";
import { describeWindow, oneRow, pair } from "../window.js";
import type { Axis, Padding1d, Padding2d, Pair, Rounding } from "../window.js";
import { conv1dGeometry, forEachTap as forEachTap1d } from "./conv1d.js";
import { conv2dGeometry, forEachTap as forEachTap2d } from "./conv2d.js";

export const derivation = String.raw`
### Local convolution

The windows are those of a convolution of $C$ channels to $F$ maps of $H'\times W'$ pixels, but the filter of map $f$ is another one at every pixel: the weights $w$ are
$F\times H'\times W'\times C\times K\times L$, the biases $b$ are $F\times H'\times W'$. (In one dimension the second index of each pair is missing.)

$$y_{nfij} = b_{fij} + \sum_{c}\sum_{k,l} w_{fij\,ckl}\; x_{n,\,c,\,is+kd-p,\,js+ld-p} \tag{1}$$

**Backward.** Each weight is used in one place only, so the sums over places are gone from $dw$ and $db$; nothing else differs from the convolution.

$$dx_{nchv} = \sum_{f}\;\sum_{\substack{i,k:\; is+kd-p=h}}\;\sum_{\substack{j,l:\; js+ld-p=v}} w_{fij\,ckl}\; dy_{nfij} \tag{2}$$

$$dw_{fij\,ckl} = \sum_n dy_{nfij}\; x_{n,\,c,\,is+kd-p,\,js+ld-p} \tag{3}$$

$$db_{fij} = \sum_n dy_{nfij} \tag{4}$$

There are $H'W'$ times as many weights as in the convolution, and what is learned in one place is not known in another: right for faces that are always
in the middle of the picture, wrong for what may be anywhere. With all filters equal it is the convolution, and $dw$ of the convolution is the sum of these over the places.
`;

/**
 * Local convolution along a signal, equation (1).
 * @param x  N×C×L
 * @param w  F×L'×C×M, a filter for every output of every map
 * @param b  F×L', or undefined for none
 * @returns y: N×F×L', with L' as in conv1d, and the cache for backward
 */
export function localConv1dForward(
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  options: LocalConv1dOptions = {},
): { y: Tensor; cache: LocalConvCache } {
  sameDType("localConv1d", { x, w, b });
  return forward("localConv1d", x, w, b, localPlan1d(x.shape, w.shape, options));
}

/**
 * Local convolution over an image, equation (1).
 * @param x  N×C×H×W
 * @param w  F×H'×W'×C×K×L, a filter for every output of every map
 * @param b  F×H'×W', or undefined for none
 * @returns y: N×F×H'×W', with H' and W' as in conv2d, and the cache for backward
 */
export function localConv2dForward(
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  options: LocalConv2dOptions = {},
): { y: Tensor; cache: LocalConvCache } {
  sameDType("localConv2d", { x, w, b });
  return forward("localConv2d", x, w, b, localPlan2d(x.shape, w.shape, options));
}

/**
 * The gradients of `localConv1dForward`, equations (2) to (4).
 * @param dy  N×F×L', the upstream gradient
 */
export function localConv1dBackward(dy: Tensor, cache: LocalConvCache): WeightGradients {
  return backward("localConv1dBackward", dy, cache);
}

/**
 * The gradients of `localConv2dForward`, equations (2) to (4).
 * @param dy  N×F×H'×W', the upstream gradient
 */
export function localConv2dBackward(dy: Tensor, cache: LocalConvCache): WeightGradients {
  return backward("localConv2dBackward", dy, cache);
}

function forward(
  operation: string,
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  plan: Plan,
): { y: Tensor; cache: LocalConvCache } {
  checkLocalBias(operation, b, plan);
  const [X, W, B] = [flat(x), flat(w), b && flat(b)];
  const Y = new Float64Array(sizeOf(plan.outputs));
  if (B) for (let o = 0; o < Y.length; o++) Y[o] = B[o % B.length];
  plan.forEachTap((xAt, wAt, yAt) => {
    Y[yAt] += W[wAt] * X[xAt]; // (1)
  });
  return { y: rounded(Y, plan.outputs, x.dtype), cache: { x, w, hasBias: b !== undefined, plan } };
}

function backward(operation: string, dy: Tensor, { x, w, hasBias, plan }: LocalConvCache): WeightGradients {
  const dY = upstream(operation, dy, plan.outputs, x.dtype);
  const [X, W] = [flat(x), flat(w)];
  const dX = new Float64Array(X.length);
  const dW = new Float64Array(W.length);
  plan.forEachTap((xAt, wAt, yAt) => {
    dX[xAt] += W[wAt] * dY[yAt]; // (2)
    dW[wAt] += X[xAt] * dY[yAt]; // (3)
  });
  const gradients = { dx: rounded(dX, x.shape, x.dtype), dw: rounded(dW, w.shape, x.dtype) };
  if (!hasBias) return gradients;
  const places = plan.outputs.slice(1);
  const dB = new Float64Array(sizeOf(places));
  for (let o = 0; o < dY.length; o++) dB[o % dB.length] += dY[o]; // (4)
  return { ...gradients, db: rounded(dB, places, x.dtype) };
}

/** The taps of a convolution with one filter a map, as taps with one filter an output. */
function untied(taps: Taps, outputs: Shape, fan: number): Taps {
  const filters = sizeOf(outputs.slice(1));
  return (visit) => taps((xAt, wAt, yAt) => visit(xAt, (yAt % filters) * fan + (wAt % fan), yAt));
}

/**
 * A convolution of signals with other weights in every place: local, but nothing is shared. N×C×L → N×F×L' (lecture B).
 * Parameters: `w` (He initialisation, fan-in C·M) and `b` (zeros).
 */
export class LocalConv1d extends Weighted<LocalConv1dLayerOptions, LocalConvCache> {
  static readonly derivation: string = derivation;

  /** @throws ShapeError when the windows do not fit the length */
  constructor(options: LocalConv1dLayerOptions) {
    const { in: channels, out, size, length } = options;
    const { axis } = conv1dGeometry([1, channels, length], [out, channels, size], options);
    const shapes = shapesOf(options, [axis.output], [size]);
    super(options, { forward: localConv1dForward, backward: localConv1dBackward, ...shapes });
  }

  override describe(): string {
    const { out, size } = this.options;
    return `LocalConv1d, ${out} maps, windows of ${size}${describeWindow(this.options)}`;
  }

  override outputShape(input: Shape): number[] {
    return localPlan1d([1, ...input], this.parameters.w.value.shape, this.options).outputs.slice(1);
  }

  override multiplyAdds(): number {
    return this.parameters.w.value.size;
  }
}

/**
 * A convolution of images with other weights in every place: local, but nothing is shared. N×C×H×W → N×F×H'×W' (lecture
 * B). Parameters: `w` (He initialisation, fan-in C·K·L) and `b` (zeros).
 */
export class LocalConv2d extends Weighted<LocalConv2dLayerOptions, LocalConvCache> {
  static readonly derivation: string = derivation;

  /** @throws ShapeError when the windows do not fit the image */
  constructor(options: LocalConv2dLayerOptions) {
    const { in: channels, out, size, image } = options;
    const filters = [out, channels, ...pair(size)];
    const { rows, columns } = conv2dGeometry([1, channels, ...pair(image)], filters, options);
    const shapes = shapesOf(options, [rows.output, columns.output], pair(size));
    super(options, { forward: localConv2dForward, backward: localConv2dBackward, ...shapes });
  }

  override describe(): string {
    const { out, size } = this.options;
    return `LocalConv2d, ${out} maps, windows of ${pair(size).join("×")}${describeWindow(this.options)}`;
  }

  override outputShape(input: Shape): number[] {
    return localPlan2d([1, ...input], this.parameters.w.value.shape, this.options).outputs.slice(1);
  }

  override multiplyAdds(): number {
    return this.parameters.w.value.size;
  }
}

/** A filter and a bias for every place. */
function shapesOf(
  { in: channels, out }: LocalConvLayerOptions,
  places: Shape,
  size: Shape,
): { w: Shape; b: Shape; fans: Fans } {
  const fans = { in: channels * sizeOf(size), out: out * sizeOf(size) };
  return { w: [out, ...places, channels, ...size], b: [out, ...places], fans };
}

/** Where the windows of `localConv1dForward` lie: stride, padding, dilation, and what happens at the end. */
export interface LocalConv1dOptions {
  /** Step between outputs; 1. */
  stride?: number;
  /** Zeros around the signal; 0. "same" gives ⌈L/stride⌉ outputs. */
  pad?: Padding1d;
  /** Distance between taps; 1. */
  dilation?: number;
  /** When the windows do not cover the signal exactly: "exact" (refuse) or "floor"; "exact". */
  round?: Exclude<Rounding, "ceil">;
}

/** Where the windows of `localConv2dForward` lie: stride, padding, dilation, and what happens at the border. */
export interface LocalConv2dOptions {
  /** Step between outputs; 1. */
  stride?: Pair;
  /** Zeros around the image; 0. "same" gives ⌈H/stride⌉ × ⌈W/stride⌉ outputs. */
  pad?: Padding2d;
  /** Distance between taps; 1. */
  dilation?: Pair;
  /** When the windows do not cover the image exactly: "exact" (refuse) or "floor"; "exact". */
  round?: Exclude<Rounding, "ceil">;
}

/** What `LocalConv1d` and `LocalConv2d` are both made of: channels, maps, bias, initial weights. */
export interface LocalConvLayerOptions extends WeightOptions<LocalConvCache> {
  /** Channels in. */
  in: number;
  /** Feature maps out. */
  out: number;
}

/** What a LocalConv1d is made of: channels, maps, the size of the windows and of the input. */
export interface LocalConv1dLayerOptions extends LocalConv1dOptions, LocalConvLayerOptions {
  /** Taps of a filter. */
  size: number;
  /** Samples of the input: there is a filter for every place, so the number of places is fixed. */
  length: number;
}

/** What a LocalConv2d is made of: channels, maps, the size of the windows and of the input. */
export interface LocalConv2dLayerOptions extends LocalConv2dOptions, LocalConvLayerOptions {
  /** Filter size, or [rows, columns]. */
  size: Pair;
  /** Rows and columns of the input: there is a filter for every place, so the number of places is fixed. */
  image: Pair;
}

/** What `localConv1dForward` and `localConv2dForward` keep for their backwards. */
export interface LocalConvCache extends WeightCache {
  readonly plan: Plan;
}

/** Visits every product of equation (1): the flat positions of the input, the weight and the output in it. */
export type Taps = (visit: (xAt: number, wAt: number, yAt: number) => void) => void;

/** The plan of one local convolution, without its numbers. */
export interface Plan {
  readonly outputs: Shape;
  /** How the windows move; a signal is an image of one row. */
  readonly rows: Axis;
  readonly columns: Axis;
  readonly forEachTap: Taps;
}

/** The plan for x (N×C×L) and w (F×L'×C×M). @throws ShapeError, ValueError when they do not fit each other */
export function localPlan1d(x: Shape, w: Shape, options: LocalConv1dOptions): Plan {
  expectAxes("localConv1d", "x", x, "N×C×L");
  expectAxes("localConv1d", "w", w, "F×L'×C×M");
  const [filters, , depth, taps] = w;
  const tied = [filters, depth, taps];
  const geometry = conv1dGeometry(x, tied, options);
  const outputs = [x[0], filters, geometry.axis.output];
  checkPlaces("localConv1d", w, outputs);
  const forEachTap: Taps = (visit) => forEachTap1d(x, tied, geometry, visit);
  const axes = { rows: oneRow, columns: geometry.axis };
  return { outputs, ...axes, forEachTap: untied(forEachTap, outputs, depth * taps) };
}

/** The plan for x (N×C×H×W) and w (F×H'×W'×C×K×L). @throws ShapeError, ValueError when they do not fit each other */
export function localPlan2d(x: Shape, w: Shape, options: LocalConv2dOptions): Plan {
  expectAxes("localConv2d", "x", x, "N×C×H×W");
  expectAxes("localConv2d", "w", w, "F×H'×W'×C×K×L");
  const [filters, , , depth, height, width] = w;
  const tied = [filters, depth, height, width];
  const geometry = conv2dGeometry(x, tied, options);
  const outputs = [x[0], filters, geometry.rows.output, geometry.columns.output];
  checkPlaces("localConv2d", w, outputs);
  const forEachTap: Taps = (visit) => forEachTap2d(x, tied, geometry, visit);
  const { rows, columns } = geometry;
  return { outputs, rows, columns, forEachTap: untied(forEachTap, outputs, depth * height * width) };
}

/** Checks that there is one bias for each output. @throws ShapeError */
export function checkLocalBias(operation: string, b: Tensor | undefined, { outputs }: Plan): void {
  if (b !== undefined) expectShape(operation, "b", b, outputs.slice(1), "there is one bias an output");
}

/** Checks that there is a filter for every output. @throws ShapeError */
function checkPlaces(operation: string, w: Shape, outputs: Shape): void {
  const places = outputs.slice(1);
  if (showShape(w.slice(0, places.length)) !== showShape(places)) {
    throw new ShapeError(
      `${operation}: there are filters for ${showShape(w.slice(0, places.length))} outputs, but the windows have ` +
        `${showShape(places)} places; make the layer for this size of input.`,
    );
  }
}
