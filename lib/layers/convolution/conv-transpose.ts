/**
 * Transposed convolution over signals and images: a convolution's backward pass as a layer, which makes maps larger
 * where a convolution with a stride makes them smaller. Zeiler et al., 2010; lecture C ("correlation backward").
 */
import { expectRank, expectShape, sameDType } from "../../array/check.js";
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { Random } from "../../array/random.js";
import { flat, sizeOf, zeros, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { forEachTap as forEachTap1d } from "./conv1d.js";
import { forEachTap as forEachTap2d } from "./conv2d.js";
import { heNormal } from "../initialise.js";
import { biasParameter, Layer, Parameter, settle, type LayerPass, type ParameterOptions } from "../layer.js";
import { upstream } from "../upstream.js";
import { describeWindow, pair, type Axis, type Pair } from "../window.js";
import type { ReferenceFunction } from "../rival.js";

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

export interface ConvTranspose1dOptions {
  /** Step between the places of the output that inputs scatter to; 1. */
  stride?: number;
  /** Samples cut off the output's ends: what a convolution back would have padded; 0. */
  pad?: number | readonly [before: number, after: number];
  /** Distance between taps; 1. */
  dilation?: number;
  /** The channels are split into so many groups that do not see each other; 1. */
  groups?: number;
  /** Samples more at the end of the output, fewer than the stride; 0. */
  extra?: number;
}

export interface ConvTranspose2dOptions {
  /** Step between the places of the output that inputs scatter to; 1. */
  stride?: Pair;
  /** Pixels cut off the output's sides: what a convolution back would have padded; 0. */
  pad?:
    | number
    | { readonly top?: number; readonly bottom?: number; readonly left?: number; readonly right?: number };
  /** Distance between taps; 1. */
  dilation?: Pair;
  /** The channels are split into so many groups that do not see each other; 1. */
  groups?: number;
  /** Rows and columns more at the end of the output, fewer than the stride; 0. */
  extra?: Pair;
}

/** Visits every product of equation (1): the flat positions of the output, the weight and the input in it. */
export type Taps = (visit: (yAt: number, wAt: number, xAt: number) => void) => void;

/** What one transposed convolution does, but for its numbers. */
export interface TransposedPlan {
  readonly outputs: Shape;
  /** The axes of the convolution from the output back to the input; a signal has no rows. */
  readonly rows?: Axis;
  readonly columns: Axis;
  readonly groups: number;
  readonly forEachTap: Taps;
}

export interface ConvTransposeCache {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly hasBias: boolean;
  readonly plan: TransposedPlan;
}

export interface ConvTransposeGradients {
  readonly dx: Tensor;
  readonly dw: Tensor;
  /** Absent when there was no bias. */
  readonly db?: Tensor;
}

/**
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
  return forward(x, w, b, transposed1d(x, w, b, options));
}

/**
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
  return forward(x, w, b, transposed2d(x, w, b, options));
}

/** @param dy  N×F×L', the upstream gradient */
export function convTranspose1dBackward(dy: Tensor, cache: ConvTransposeCache): ConvTransposeGradients {
  return backward("convTranspose1dBackward", dy, cache);
}

/** @param dy  N×F×H'×W', the upstream gradient */
export function convTranspose2dBackward(dy: Tensor, cache: ConvTransposeCache): ConvTransposeGradients {
  return backward("convTranspose2dBackward", dy, cache);
}

function forward(
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  plan: TransposedPlan,
): { y: Tensor; cache: ConvTransposeCache } {
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
): ConvTransposeGradients {
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

/** Which feature map an output belongs to. */
function mapOf(outputs: Shape): (at: number) => number {
  const places = sizeOf(outputs.slice(2));
  return (at) => Math.floor(at / places) % outputs[1];
}

/** @throws ShapeError, DTypeError, ValueError when the tensors or the options do not fit each other */
export function transposed1d(
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  { stride = 1, pad = 0, dilation = 1, groups = 1, extra = 0 }: ConvTranspose1dOptions = {},
): TransposedPlan {
  expectRank("convTranspose1d", "x", x, "N×C×L");
  expectRank("convTranspose1d", "w", w, "C×F×M");
  checkWeights("convTranspose1d", x, w, b, groups);
  const sides = typeof pad === "number" ? ([pad, pad] as const) : pad;
  const axis = transposedAxis(
    "convTranspose1d",
    "samples",
    x.shape[2],
    w.shape[2],
    stride,
    dilation,
    sides,
    extra,
  );
  const outputs = [x.shape[0], w.shape[1] * groups, axis.input];
  // The convolution from the output to the input has the same products; "input" and "output" change places.
  return {
    outputs,
    columns: axis,
    groups,
    forEachTap: (visit) => forEachTap1d(outputs, w.shape, { axis, groups, flip: false }, visit),
  };
}

/** @throws ShapeError, DTypeError, ValueError when the tensors or the options do not fit each other */
export function transposed2d(
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  { stride = 1, pad = 0, dilation = 1, groups = 1, extra = 0 }: ConvTranspose2dOptions = {},
): TransposedPlan {
  expectRank("convTranspose2d", "x", x, "N×C×H×W");
  expectRank("convTranspose2d", "w", w, "C×F×K×L");
  checkWeights("convTranspose2d", x, w, b, groups);
  const all = typeof pad === "number" ? { top: pad, bottom: pad, left: pad, right: pad } : pad;
  const sides = [
    [all.top ?? 0, all.bottom ?? 0],
    [all.left ?? 0, all.right ?? 0],
  ] as const;
  const [rows, columns] = (["rows", "columns"] as const).map((extent, i) =>
    transposedAxis(
      "convTranspose2d",
      extent,
      x.shape[2 + i],
      w.shape[2 + i],
      pair(stride)[i],
      pair(dilation)[i],
      sides[i],
      pair(extra)[i],
    ),
  );
  const outputs = [x.shape[0], w.shape[1] * groups, rows.input, columns.input];
  return {
    outputs,
    rows,
    columns,
    groups,
    forEachTap: (visit) => forEachTap2d(outputs, w.shape, { rows, columns, groups, flip: false }, visit),
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

function checkWeights(operation: string, x: Tensor, w: Tensor, b: Tensor | undefined, groups: number): void {
  sameDType(operation, { x, w, b });
  const channels = x.shape[1];
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
    throw new ValueError(`${operation}: ${groups} groups do not divide ${channels} channels; use a divisor.`);
  }
  if (w.shape[0] !== channels) {
    throw new ShapeError(
      `${operation}: x has ${channels} channels, so w must be ${channels}×(filters/groups)×…, but it is ${showShape(w.shape)}.`,
    );
  }
  if (b !== undefined) expectShape(operation, "b", b, [w.shape[1] * groups], "there is one bias a filter");
}

export interface Common extends ParameterOptions {
  /** Channels in. */
  in: number;
  /** Channels out. */
  out: number;
  /** Whether a bias is added; true. */
  bias?: boolean;
  /** Your own backward pass instead of the library's. */
  backward?: (dy: Tensor, cache: ConvTransposeCache) => ConvTransposeGradients;
}

export interface ConvTranspose1dLayerOptions extends ConvTranspose1dOptions, Common {
  /** Taps of a filter. */
  size: number;
}

export interface ConvTranspose2dLayerOptions extends ConvTranspose2dOptions, Common {
  /** Filter size, or [rows, columns]. */
  size: Pair;
}

/** Filters and biases; each output is a sum of about (C/groups)·taps/stride products, which is the fan-in. */
function parametersOf(
  { in: channels, out, bias, dtype = "float32", seed, init = heNormal }: Common,
  groups: number,
  size: Shape,
  stride: Shape,
): Readonly<{ w: Parameter; b?: Parameter }> {
  if (!Number.isInteger(out / groups)) {
    throw new ValueError(`convTranspose: ${groups} groups do not divide ${out} filters; use a divisor.`);
  }
  const shape = [channels, out / groups, ...size];
  const random = new Random(seed ?? 0);
  const fans = {
    in: ((channels / groups) * sizeOf(size)) / sizeOf(stride),
    out: (out / groups) * sizeOf(size),
  };
  const w = new Parameter((r) => init(shape, fans, dtype, r), random);
  const parameters: Readonly<{ w: Parameter; b?: Parameter }> =
    bias === false ? { w } : { w, b: biasParameter(out, dtype, random) };
  settle(parameters, seed);
  return parameters;
}

/** Parameters: `w` (He initialisation) and `b` (zeros). */
export class ConvTranspose1d extends Layer {
  static readonly derivation: string = derivation;
  readonly options: ConvTranspose1dLayerOptions;
  override readonly parameters: Readonly<{ w: Parameter; b?: Parameter }>;

  constructor(options: ConvTranspose1dLayerOptions) {
    super();
    this.options = options;
    this.parameters = parametersOf(options, options.groups ?? 1, [options.size], [options.stride ?? 1]);
  }

  override describe(): string {
    const { out, size } = this.options;
    return `ConvTranspose1d, ${out} filters of ${size}${describeWindow(this.options)}`;
  }

  override outputShape(input: Shape): number[] {
    const w = this.parameters.w.value;
    return transposed1d(zeros([0, ...input], w.dtype), w, undefined, this.options).outputs.slice(1);
  }

  override multiplyAdds(input: Shape): number {
    return this.parameters.w.value.size * input[1];
  }

  override get functions(): readonly ReferenceFunction[] {
    return [convTranspose1dForward];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const { w, b } = this.parameters;
    const forward = this.options.backward ? convTranspose1dForward : pass.engine.of(convTranspose1dForward);
    const { y, cache } = forward(x, w.value, b?.value, this.options);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    const { w, b } = this.parameters;
    const backward = this.options.backward ?? pass.engine.of(convTranspose1dBackward);
    const { dx, dw, db } = backward(dy, pass.take(this) as ConvTransposeCache);
    pass.addGradient(w, dw);
    if (b && db) pass.addGradient(b, db);
    return dx;
  }
}

/** Parameters: `w` (He initialisation) and `b` (zeros). */
export class ConvTranspose2d extends Layer {
  static readonly derivation: string = derivation;
  readonly options: ConvTranspose2dLayerOptions;
  override readonly parameters: Readonly<{ w: Parameter; b?: Parameter }>;

  constructor(options: ConvTranspose2dLayerOptions) {
    super();
    this.options = options;
    const { groups = 1, size, stride = 1 } = options;
    this.parameters = parametersOf(options, groups, pair(size), pair(stride));
  }

  override describe(): string {
    const { out, size } = this.options;
    return `ConvTranspose2d, ${out} filters of ${pair(size).join("×")}${describeWindow(this.options)}`;
  }

  override outputShape(input: Shape): number[] {
    const w = this.parameters.w.value;
    return transposed2d(zeros([0, ...input], w.dtype), w, undefined, this.options).outputs.slice(1);
  }

  override multiplyAdds(input: Shape): number {
    return this.parameters.w.value.size * input[1] * input[2];
  }

  override get functions(): readonly ReferenceFunction[] {
    return [convTranspose2dForward];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const { w, b } = this.parameters;
    const forward = this.options.backward ? convTranspose2dForward : pass.engine.of(convTranspose2dForward);
    const { y, cache } = forward(x, w.value, b?.value, this.options);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    const { w, b } = this.parameters;
    const backward = this.options.backward ?? pass.engine.of(convTranspose2dBackward);
    const { dx, dw, db } = backward(dy, pass.take(this) as ConvTransposeCache);
    pass.addGradient(w, dw);
    if (b && db) pass.addGradient(b, db);
    return dx;
  }
}
