/**
 * The convolutional layer: every output is the same small filter laid over another place of the input.
 * Lecture A (the sparse shared gain matrix), lecture C ("convolution forward, correlation backward").
 */
import { expectInteger, expectRank, expectShape, sameDType } from "../../array/check.js";
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { Random } from "../../array/random.js";
import { flat, sizeOf, zeros, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { heNormal } from "../initialise.js";
import {
  biasParameter,
  Layer,
  Parameter,
  settle,
  unwanted,
  type LayerPass,
  type ParameterOptions,
} from "../layer.js";
import {
  describeWindow,
  pair,
  padding2d,
  resolveAxis,
  type Axis,
  type Padding2d,
  type Pair,
  type Rounding,
} from "../window.js";
import type { ReferenceFunction } from "../rival.js";

export const derivation = String.raw`
### Convolution in two dimensions

Input $x$ is $N\times C\times H\times W$, filters $w$ are $F\times C\times K\times L$, bias $b$ has $F$ numbers.
With stride $s$, dilation $d$ and $p$ zeros before the first row and column, output pixel $(i,j)$ of feature
map $f$ looks at the input pixels $(i s + k d - p,\; j s + l d - p)$; outside the image $x$ is zero.

$$y_{nfij} = b_f + \sum_{c}\sum_{k}\sum_{l} w_{fckl}\; x_{n,\,c,\,is+kd-p,\,js+ld-p} \tag{1}$$

This is *cross-correlation*, which deep learning calls convolution; the signal processor's convolution reads the
filter backwards ($k \to K-1-k$, $l \to L-1-l$) and is had with ${"`flip: true`"}.

**Backward.** The loss $\mathcal L$ depends on $x$ only through $y$; let $dy = \partial\mathcal L/\partial y$. By the chain rule
$\partial\mathcal L/\partial x = \sum dy\,\partial y/\partial x$, over all outputs that saw that pixel. By (1),
$\partial y_{nfij}/\partial x_{nc h v}$ is $w_{fckl}$ when $h = is+kd-p$ and $v = js+ld-p$, and else zero:

$$dx_{nchv} = \sum_{f}\;\sum_{\substack{i,k:\; is+kd-p=h}}\;\sum_{\substack{j,l:\; js+ld-p=v}} w_{fckl}\; dy_{nfij} \tag{2}$$

At stride 1 this is again a convolution, of $dy$ with the filter turned by 180°: forward correlation, backward convolution
(and the other way round with ${"`flip`"}). Each weight is shared by all places and all examples, so its gradient sums over them,

$$dw_{fckl} = \sum_{n}\sum_{i,j} dy_{nfij}\; x_{n,\,c,\,is+kd-p,\,js+ld-p} \tag{3}$$

a correlation of the input with the upstream gradient; and $b_f$ is added to every pixel of its map:

$$db_{f} = \sum_{n}\sum_{i,j} dy_{nfij} \tag{4}$$

With $G$ groups, map $f$ sees only the $C/G$ channels of its own group: $c$ runs over those.
`;

export interface Conv2dOptions {
  /** Step between outputs; 1. */
  stride?: Pair;
  /** Zeros around the image; 0. "same" gives ⌈H/stride⌉ × ⌈W/stride⌉ outputs, an odd zero more at the bottom and right. */
  pad?: Padding2d;
  /** Distance between taps; 1. */
  dilation?: Pair;
  /** The channels are split into so many groups that do not see each other; 1. */
  groups?: number;
  /** Read the filter backwards: convolution in the signal processor's sense; false. */
  flip?: boolean;
  /** When the windows do not cover the image exactly: "exact" (refuse) or "floor" (leave the rest out); "exact". */
  round?: Exclude<Rounding, "ceil">;
}

/** Everything about one convolution but its numbers. */
export interface Conv2dGeometry {
  readonly rows: Axis;
  readonly columns: Axis;
  readonly groups: number;
  readonly flip: boolean;
}

export interface Conv2dCache {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly hasBias: boolean;
  readonly geometry: Conv2dGeometry;
}

export interface Conv2dGradients {
  readonly dx: Tensor;
  readonly dw: Tensor;
  /** Absent when there was no bias. */
  readonly db?: Tensor;
}

/** Checks the shapes and resolves stride, padding and dilation to numbers. @throws ShapeError, DTypeError */
export function conv2dGeometry(
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  { stride = 1, pad = 0, dilation = 1, groups = 1, flip = false, round = "exact" }: Conv2dOptions = {},
): Conv2dGeometry {
  sameDType("conv2d", { x, w, b });
  expectRank("conv2d", "x", x, "N×C×H×W");
  expectRank("conv2d", "w", w, "F×C×K×L");
  checkGroups("conv2d", x.shape[1], w, groups);
  if (b !== undefined) expectShape("conv2d", "b", b, [w.shape[0]], "there is one bias a filter");
  const [rowStride, columnStride] = pair(stride);
  const [rowDilation, columnDilation] = pair(dilation);
  const [rowPad, columnPad] = padding2d(pad);
  const rows = { stride: rowStride, dilation: rowDilation, pad: rowPad, round };
  const columns = { stride: columnStride, dilation: columnDilation, pad: columnPad, round };
  return {
    rows: resolveAxis("conv2d", "rows", x.shape[2], w.shape[2], rows),
    columns: resolveAxis("conv2d", "columns", x.shape[3], w.shape[3], columns),
    groups,
    flip,
  };
}

/** So many channels and filters, split into groups, make a layer. @throws ValueError */
export function checkChannels(operation: string, channels: number, filters: number, groups: number): void {
  for (const [name, value] of Object.entries({ in: channels, out: filters, groups })) {
    expectInteger(operation, name, value, 1);
  }
  checkDivisible(operation, channels, filters, groups);
}

function checkDivisible(operation: string, channels: number, filters: number, groups: number): void {
  if (Number.isInteger(groups) && groups > 0 && channels % groups === 0 && filters % groups === 0) return;
  throw new ValueError(
    `${operation}: ${groups} groups do not divide ${channels} channels and ${filters} filters; use a common divisor.`,
  );
}

/** The channels of x and the filters of w (F×C/groups×…) agree with the number of groups. */
export function checkGroups(operation: string, channels: number, w: Tensor, groups: number): void {
  checkDivisible(operation, channels, w.shape[0], groups);
  if (w.shape[1] !== channels / groups) {
    throw new ShapeError(
      `${operation}: x has ${channels} channels${groups > 1 ? ` in ${groups} groups` : ""}, so the filters must be ` +
        `${showShape([w.shape[0], channels / groups, ...w.shape.slice(2)])}, but w is ${showShape(w.shape)}; make the layer with in: ${channels}.`,
    );
  }
}

/**
 * @param x  N×C×H×W
 * @param w  F×(C/groups)×K×L
 * @param b  F, or undefined for none
 * @returns y: N×F×H'×W' with H' = (H + top + bottom − dilation·(K − 1) − 1)/stride + 1, and the cache for backward
 */
export function conv2dForward(
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  options: Conv2dOptions = {},
): { y: Tensor; cache: Conv2dCache } {
  const geometry = conv2dGeometry(x, w, b, options);
  const shape = [x.shape[0], w.shape[0], geometry.rows.output, geometry.columns.output];
  const [X, W, B] = [flat(x), flat(w), b && flat(b)];
  const Y = new Float64Array(sizeOf(shape));
  const mapSize = shape[2] * shape[3];
  if (B) for (let o = 0; o < Y.length; o++) Y[o] = B[Math.floor(o / mapSize) % shape[1]];
  forEachTap(x.shape, w.shape, geometry, (xAt, wAt, yAt) => {
    Y[yAt] += W[wAt] * X[xAt]; // (1)
  });
  return { y: rounded(Y, shape, x.dtype), cache: { x, w, hasBias: b !== undefined, geometry } };
}

/** @param dy  N×F×H'×W', the upstream gradient */
export function conv2dBackward(dy: Tensor, { x, w, hasBias, geometry }: Conv2dCache): Conv2dGradients {
  const filters = w.shape[0];
  const outputs = [geometry.rows.output, geometry.columns.output];
  sameDType("conv2dBackward", { dy, x });
  expectShape("conv2dBackward", "dy", dy, [x.shape[0], filters, ...outputs]);
  const [X, W, dY] = [flat(x), flat(w), flat(dy)];
  const dX = new Float64Array(X.length);
  const dW = new Float64Array(W.length);
  forEachTap(x.shape, w.shape, geometry, (xAt, wAt, yAt) => {
    dX[xAt] += W[wAt] * dY[yAt]; // (2)
    dW[wAt] += X[xAt] * dY[yAt]; // (3)
  });
  const dx = rounded(dX, x.shape, x.dtype);
  const dw = rounded(dW, w.shape, x.dtype);
  if (!hasBias) return { dx, dw };
  const dB = new Float64Array(filters);
  const mapSize = outputs[0] * outputs[1];
  for (let o = 0; o < dY.length; o++) dB[Math.floor(o / mapSize) % filters] += dY[o]; // (4)
  return { dx, dw, db: rounded(dB, [filters], x.dtype) };
}

/** Visits every product of equation (1): the flat positions of the input, the weight and the output in it. */
export function forEachTap(
  [batch, channels, height, width]: Shape,
  [filters, depth, filterHeight, filterWidth]: Shape,
  { rows, columns, groups, flip }: Conv2dGeometry,
  visit: (xAt: number, wAt: number, yAt: number) => void,
): void {
  const filtersPerGroup = filters / groups;
  let yAt = 0;
  for (let n = 0; n < batch; n++) {
    for (let f = 0; f < filters; f++) {
      const firstChannel = Math.floor(f / filtersPerGroup) * depth;
      for (let i = 0; i < rows.output; i++) {
        for (let j = 0; j < columns.output; j++, yAt++) {
          for (let c = 0; c < depth; c++) {
            for (let k = 0; k < filterHeight; k++) {
              const h = i * rows.stride + k * rows.dilation - rows.before;
              if (h < 0 || h >= height) continue; // x is zero there
              for (let l = 0; l < filterWidth; l++) {
                const v = j * columns.stride + l * columns.dilation - columns.before;
                if (v < 0 || v >= width) continue;
                const tap = k * filterWidth + l;
                const xAt = ((n * channels + firstChannel + c) * height + h) * width + v;
                const wAt = (f * depth + c) * filterHeight * filterWidth;
                visit(xAt, wAt + (flip ? filterHeight * filterWidth - 1 - tap : tap), yAt);
              }
            }
          }
        }
      }
    }
  }
}

export interface Conv2dLayerOptions extends Conv2dOptions, ParameterOptions {
  /** Channels in. */
  in: number;
  /** Filters, which are the channels out. */
  out: number;
  /** Filter size, or [rows, columns]. */
  size: Pair;
  /** Whether a bias is added; true. */
  bias?: boolean;
  /** Your own backward pass instead of the library's. */
  backward?: (dy: Tensor, cache: Conv2dCache) => Conv2dGradients;
}

/** Parameters: `w` (He initialisation, fan-in C/groups·K·L) and `b` (zeros). */
export class Conv2d extends Layer {
  static readonly derivation: string = derivation;
  readonly options: Conv2dLayerOptions;
  override readonly parameters: Readonly<{ w: Parameter; b?: Parameter }>;

  constructor(options: Conv2dLayerOptions) {
    super();
    this.options = options;
    const { groups = 1, dtype = "float32", seed, init = heNormal } = options;
    const [rows, columns] = pair(options.size);
    checkChannels("Conv2d", options.in, options.out, groups);
    const shape = [options.out, options.in / groups, rows, columns];
    const random = new Random(seed ?? 0);
    const fans = { in: shape[1] * rows * columns, out: (options.out / groups) * rows * columns };
    const w = new Parameter((r) => init(shape, fans, dtype, r), random);
    this.parameters = options.bias === false ? { w } : { w, b: biasParameter(options.out, dtype, random) };
    settle(this.parameters, seed);
  }

  override describe(): string {
    const { out, size } = this.options;
    return `Conv2d, ${out} filters of ${pair(size).join("×")}${describeWindow(this.options)}`;
  }

  override outputShape(input: Shape): number[] {
    const { w } = this.parameters;
    const { rows, columns } = conv2dGeometry(
      zeros([1, ...input], w.value.dtype),
      w.value,
      undefined,
      this.options,
    );
    return [w.value.shape[0], rows.output, columns.output];
  }

  override multiplyAdds(input: Shape): number {
    const [, height, width] = this.outputShape(input);
    return this.parameters.w.value.size * height * width;
  }

  override get functions(): readonly ReferenceFunction[] {
    return [conv2dForward];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const { w, b } = this.parameters;
    const forward = this.options.backward ? conv2dForward : pass.engine.of(conv2dForward);
    const { y, cache } = forward(x, w.value, b?.value, this.options);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass, wanted = true): Tensor {
    const { w, b } = this.parameters;
    const backward = this.options.backward ?? pass.engine.of(conv2dBackward);
    const gradients = backward(dy, pass.take(this) as Conv2dCache);
    pass.addGradient(w, gradients.dw);
    if (b && gradients.db) pass.addGradient(b, gradients.db);
    return wanted ? gradients.dx : unwanted; // an engine may compute dx only when it is read
  }
}
