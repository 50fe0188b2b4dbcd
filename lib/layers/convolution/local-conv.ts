/**
 * Local (untied) convolution over signals and images: every output looks at its own small window, as in a convolution,
 * but with weights of its own. Lecture B ("local: each unit looks at a local window, but no weight tying").
 */
import { expectRank, expectShape, sameDType } from "../../array/check.js";
import { ShapeError, showShape } from "../../array/errors.js";
import { Random } from "../../array/random.js";
import { flat, sizeOf, zeros, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { conv1dGeometry, forEachTap as forEachTap1d } from "./conv1d.js";
import { conv2dGeometry, forEachTap as forEachTap2d } from "./conv2d.js";
import { heNormal } from "../initialise.js";
import { Layer, Parameter, settle, type LayerPass, type ParameterOptions } from "../layer.js";
import { upstream } from "../upstream.js";
import { describeWindow, pair, type Padding1d, type Padding2d, type Pair, type Rounding } from "../window.js";
import type { ReferenceFunction } from "../rival.js";

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

/** Visits every product of equation (1): the flat positions of the input, the weight and the output in it. */
export type Taps = (visit: (xAt: number, wAt: number, yAt: number) => void) => void;

/** What one local convolution does, but for its numbers. */
export interface Plan {
  readonly outputs: Shape;
  readonly forEachTap: Taps;
}

export interface LocalConvCache {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly hasBias: boolean;
  readonly plan: Plan;
}

export interface LocalConvGradients {
  readonly dx: Tensor;
  readonly dw: Tensor;
  /** Absent when there was no bias. */
  readonly db?: Tensor;
}

/**
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
  return forward(x, w, b, plan1d(x, w, b, options));
}

/**
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
  return forward(x, w, b, plan2d(x, w, b, options));
}

/** @param dy  N×F×L', the upstream gradient */
export function localConv1dBackward(dy: Tensor, cache: LocalConvCache): LocalConvGradients {
  return backward("localConv1dBackward", dy, cache);
}

/** @param dy  N×F×H'×W', the upstream gradient */
export function localConv2dBackward(dy: Tensor, cache: LocalConvCache): LocalConvGradients {
  return backward("localConv2dBackward", dy, cache);
}

function forward(
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  plan: Plan,
): { y: Tensor; cache: LocalConvCache } {
  const [X, W, B] = [flat(x), flat(w), b && flat(b)];
  const Y = new Float64Array(sizeOf(plan.outputs));
  if (B) for (let o = 0; o < Y.length; o++) Y[o] = B[o % B.length];
  plan.forEachTap((xAt, wAt, yAt) => {
    Y[yAt] += W[wAt] * X[xAt]; // (1)
  });
  return { y: rounded(Y, plan.outputs, x.dtype), cache: { x, w, hasBias: b !== undefined, plan } };
}

function backward(
  operation: string,
  dy: Tensor,
  { x, w, hasBias, plan }: LocalConvCache,
): LocalConvGradients {
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

function plan1d(x: Tensor, w: Tensor, b: Tensor | undefined, options: LocalConv1dOptions): Plan {
  sameDType("localConv1d", { x, w, b });
  expectRank("localConv1d", "x", x, "N×C×L");
  expectRank("localConv1d", "w", w, "F×L'×C×M");
  const [filters, , depth, taps] = w.shape;
  const tied = zeros([filters, depth, taps], w.dtype);
  const geometry = conv1dGeometry(x, tied, undefined, options);
  const outputs = [x.shape[0], filters, geometry.axis.output];
  checkPlaces("localConv1d", w, b, outputs);
  const forEachTap: Taps = (visit) => forEachTap1d(x.shape, tied.shape, geometry, visit);
  return { outputs, forEachTap: untied(forEachTap, outputs, depth * taps) };
}

function plan2d(x: Tensor, w: Tensor, b: Tensor | undefined, options: LocalConv2dOptions): Plan {
  sameDType("localConv2d", { x, w, b });
  expectRank("localConv2d", "x", x, "N×C×H×W");
  expectRank("localConv2d", "w", w, "F×H'×W'×C×K×L");
  const [filters, , , depth, height, width] = w.shape;
  const tied = zeros([filters, depth, height, width], w.dtype);
  const geometry = conv2dGeometry(x, tied, undefined, options);
  const outputs = [x.shape[0], filters, geometry.rows.output, geometry.columns.output];
  checkPlaces("localConv2d", w, b, outputs);
  const forEachTap: Taps = (visit) => forEachTap2d(x.shape, tied.shape, geometry, visit);
  return { outputs, forEachTap: untied(forEachTap, outputs, depth * height * width) };
}

/** There is a filter and a bias for every output. @throws ShapeError */
function checkPlaces(operation: string, w: Tensor, b: Tensor | undefined, outputs: Shape): void {
  const places = outputs.slice(1);
  if (showShape(w.shape.slice(0, places.length)) !== showShape(places)) {
    throw new ShapeError(
      `${operation}: there are filters for ${showShape(w.shape.slice(0, places.length))} outputs, but the windows have ` +
        `${showShape(places)} places; make the layer for this size of input.`,
    );
  }
  if (b !== undefined) expectShape(operation, "b", b, places, "there is one bias an output");
}

export interface Common extends ParameterOptions {
  /** Channels in. */
  in: number;
  /** Feature maps out. */
  out: number;
  /** Whether biases are added; true. */
  bias?: boolean;
  /** Your own backward pass instead of the library's. */
  backward?: (dy: Tensor, cache: LocalConvCache) => LocalConvGradients;
}

export interface LocalConv1dLayerOptions extends LocalConv1dOptions, Common {
  /** Taps of a filter. */
  size: number;
  /** Samples of the input: there is a filter for every place, so the number of places is fixed. */
  length: number;
}

export interface LocalConv2dLayerOptions extends LocalConv2dOptions, Common {
  /** Filter size, or [rows, columns]. */
  size: Pair;
  /** Rows and columns of the input: there is a filter for every place, so the number of places is fixed. */
  image: Pair;
}

/** A filter and a bias for every place. */
function parametersOf(
  { in: channels, out, bias, dtype = "float32", seed, init = heNormal }: Common,
  places: Shape,
  size: Shape,
): Readonly<{ w: Parameter; b?: Parameter }> {
  const random = new Random(seed ?? 0);
  const fans = { in: channels * sizeOf(size), out: out * sizeOf(size) };
  const w = new Parameter((r) => init([out, ...places, channels, ...size], fans, dtype, r), random);
  const b = new Parameter(() => zeros([out, ...places], dtype), random, { decay: false });
  const parameters: Readonly<{ w: Parameter; b?: Parameter }> = bias === false ? { w } : { w, b };
  settle(parameters, seed);
  return parameters;
}

/** Parameters: `w` (He initialisation, fan-in C·M) and `b` (zeros). */
export class LocalConv1d extends Layer {
  static readonly derivation: string = derivation;
  readonly options: LocalConv1dLayerOptions;
  override readonly parameters: Readonly<{ w: Parameter; b?: Parameter }>;

  /** @throws ShapeError when the windows do not fit the length */
  constructor(options: LocalConv1dLayerOptions) {
    super();
    this.options = options;
    const { in: channels, out, size, length } = options;
    const { axis } = conv1dGeometry(
      zeros([0, channels, length]),
      zeros([out, channels, size]),
      undefined,
      options,
    );
    this.parameters = parametersOf(options, [axis.output], [size]);
  }

  override describe(): string {
    const { out, size } = this.options;
    return `LocalConv1d, ${out} maps, windows of ${size}${describeWindow(this.options)}`;
  }

  override outputShape(input: Shape): number[] {
    const w = this.parameters.w.value;
    return plan1d(zeros([0, ...input], w.dtype), w, undefined, this.options).outputs.slice(1);
  }

  override multiplyAdds(): number {
    return this.parameters.w.value.size;
  }

  override get functions(): readonly ReferenceFunction[] {
    return [localConv1dForward];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const { w, b } = this.parameters;
    const forward = this.options.backward ? localConv1dForward : pass.engine.of(localConv1dForward);
    const { y, cache } = forward(x, w.value, b?.value, this.options);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    const { w, b } = this.parameters;
    const backward = this.options.backward ?? pass.engine.of(localConv1dBackward);
    const { dx, dw, db } = backward(dy, pass.take(this) as LocalConvCache);
    pass.addGradient(w, dw);
    if (b && db) pass.addGradient(b, db);
    return dx;
  }
}

/** Parameters: `w` (He initialisation, fan-in C·K·L) and `b` (zeros). */
export class LocalConv2d extends Layer {
  static readonly derivation: string = derivation;
  readonly options: LocalConv2dLayerOptions;
  override readonly parameters: Readonly<{ w: Parameter; b?: Parameter }>;

  /** @throws ShapeError when the windows do not fit the image */
  constructor(options: LocalConv2dLayerOptions) {
    super();
    this.options = options;
    const { in: channels, out, size, image } = options;
    const [x, w] = [zeros([0, channels, ...pair(image)]), zeros([out, channels, ...pair(size)])];
    const { rows, columns } = conv2dGeometry(x, w, undefined, options);
    this.parameters = parametersOf(options, [rows.output, columns.output], pair(size));
  }

  override describe(): string {
    const { out, size } = this.options;
    return `LocalConv2d, ${out} maps, windows of ${pair(size).join("×")}${describeWindow(this.options)}`;
  }

  override outputShape(input: Shape): number[] {
    const w = this.parameters.w.value;
    return plan2d(zeros([0, ...input], w.dtype), w, undefined, this.options).outputs.slice(1);
  }

  override multiplyAdds(): number {
    return this.parameters.w.value.size;
  }

  override get functions(): readonly ReferenceFunction[] {
    return [localConv2dForward];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const { w, b } = this.parameters;
    const forward = this.options.backward ? localConv2dForward : pass.engine.of(localConv2dForward);
    const { y, cache } = forward(x, w.value, b?.value, this.options);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    const { w, b } = this.parameters;
    const backward = this.options.backward ?? pass.engine.of(localConv2dBackward);
    const { dx, dw, db } = backward(dy, pass.take(this) as LocalConvCache);
    pass.addGradient(w, dw);
    if (b && db) pass.addGradient(b, db);
    return dx;
  }
}
