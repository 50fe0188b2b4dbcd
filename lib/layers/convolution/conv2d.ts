/**
 * The convolutional layer: every output is the same small filter laid over another place of the input.
 * Lecture A (the sparse shared gain matrix), lecture C ("convolution forward, correlation backward").
 */
import { expectAxes, expectShape, sameDType } from "../../array/check.js";
import { flat, sizeOf, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { Weighted, type WeightCache, type WeightGradients, type WeightOptions } from "../weighted.js";
import { describeWindow, pair, padding2d, resolveAxis } from "../window.js";
import type { Axis, Padding2d, Pair, Rounding } from "../window.js";
import { checkChannels, checkFilters, checkGroups } from "./channels.js";

export const derivation = String.raw`
### Convolution in two dimensions

Input $x$ is $N\times C\times H\times W$, filters $w$ are $F\times C\times K\times L$, bias $b$ has $F$ numbers.
With stride $s$, dilation $d$ and $p$ zeros before the first row and column, output pixel $(i,j)$ of feature
map $f$ looks at the input pixels $(i s + k d - p,\; j s + l d - p)$; outside the image $x$ is zero.

$$y_{nfij} = b_f + \sum_{c}\sum_{k}\sum_{l} w_{fckl}\; x_{n,\,c,\,is+kd-p,\,js+ld-p} \tag{1}$$

This is *cross-correlation*, which deep learning calls convolution; the signal processor's convolution reads the
filter backwards ($k \to K-1-k$, $l \to L-1-l$) and is what ${"`flip: true`"} computes.

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

**With numbers.** A filter of 2×2 has four places on an image of 3×3.

${"```text"}
y  = conv2d(x, w, b)
x  = [[1, 2, 0], [0, 1, 3], [2, 0, 1]]                                    1×1×3×3
w  = [[1, 0], [2, −1]]                                                    1×1×2×2
b  = [1]                                                                  1
y  = [[1·1 + 0·2 + 2·0 − 1·1 + 1, 1·2 + 0·0 + 2·1 − 1·3 + 1],
      [1·0 + 0·1 + 2·2 − 1·0 + 1, 1·1 + 0·3 + 2·0 − 1·1 + 1]]
   = [[1, 2], [5, 1]]                                                     (1)
dy = [[1, 0], [0, 2]]                                                     1×1×2×2
dx = [[1·1, 0·1, 0], [2·1, −1·1 + 1·2, 0·2], [0, 2·2, −1·2]]
   = [[1, 0, 0], [2, 1, 0], [0, 4, −2]]                                   (2)
dw = [[1·1 + 2·1, 1·2 + 2·3], [1·0 + 2·0, 1·1 + 2·1]] = [[3, 8], [0, 3]]  (3)
db = [1 + 0 + 0 + 2] = [3]                                                (4)
${"```"}
`;

/**
 * Convolution over an image, equation (1).
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
  checkFilters("conv2d", x, w, b);
  const geometry = conv2dGeometry(x.shape, w.shape, options);
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

/**
 * The gradients of `conv2dForward`, equations (2), (3) and (4).
 * @param dy  N×F×H'×W', the upstream gradient
 */
export function conv2dBackward(dy: Tensor, { x, w, hasBias, geometry }: Conv2dCache): WeightGradients {
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

/**
 * Convolution over an image: every output is one small filter laid over another place of it. N×C×H×W → N×F×H'×W'
 * (lectures A and C). Parameters: `w` (He initialisation, fan-in C/groups·K·L) and `b` (zeros).
 */
export class Conv2d extends Weighted<Conv2dLayerOptions, Conv2dCache> {
  static readonly derivation: string = derivation;

  constructor(options: Conv2dLayerOptions) {
    const { in: channels, out, groups = 1 } = options;
    const [rows, columns] = pair(options.size);
    checkChannels("Conv2d", channels, out, groups);
    super(options, {
      forward: conv2dForward,
      backward: conv2dBackward,
      w: [out, channels / groups, rows, columns],
      b: [out],
      fans: { in: (channels / groups) * rows * columns, out: (out / groups) * rows * columns },
    });
  }

  override describe(): string {
    const { out, size } = this.options;
    return `Conv2d, ${out} filters of ${pair(size).join("×")}${describeWindow(this.options)}`;
  }

  override outputShape(input: Shape): number[] {
    const { w } = this.parameters;
    const { rows, columns } = conv2dGeometry([1, ...input], w.value.shape, this.options);
    return [w.value.shape[0], rows.output, columns.output];
  }

  override multiplyAdds(input: Shape): number {
    const [, height, width] = this.outputShape(input);
    return this.parameters.w.value.size * height * width;
  }
}

/**
 * The options of `conv2dForward`: stride, padding, dilation, groups, direction, and rounding at the border of the image.
 */
export interface Conv2dOptions {
  /** Step between outputs; 1. */
  stride?: Pair;
  /** Zeros around the image; 0. "same" gives ⌈H/stride⌉ × ⌈W/stride⌉ outputs; if the zeros are odd, one more is at the end. */
  pad?: Padding2d;
  /** Distance between taps; 1. */
  dilation?: Pair;
  /** The number of groups of channels; a filter sees only the channels of its group; 1. */
  groups?: number;
  /** Whether the filter is reversed: convolution in the sense of signal processing; false. */
  flip?: boolean;
  /** When the windows do not cover the image exactly: "exact" (refuse) or "floor" (leave the rest out); "exact". */
  round?: Exclude<Rounding, "ceil">;
}

/** The options of a Conv2d: channels, filters and their size, the options of the convolution, the initialisation. */
export interface Conv2dLayerOptions extends Conv2dOptions, WeightOptions<Conv2dCache> {
  /** Channels in. */
  in: number;
  /** Filters, which are the channels out. */
  out: number;
  /** Filter size, or [rows, columns]. */
  size: Pair;
}

/** Everything about one convolution except its numbers. */
export interface Conv2dGeometry {
  readonly rows: Axis;
  readonly columns: Axis;
  readonly groups: number;
  readonly flip: boolean;
}

/** What `conv2dForward` keeps for its backward. */
export interface Conv2dCache extends WeightCache {
  readonly geometry: Conv2dGeometry;
}

/**
 * Resolves stride, padding and dilation to numbers, from the shapes of x (N×C×H×W) and w (F×C/groups×K×L).
 * @throws ShapeError, ValueError when they do not fit each other
 */
export function conv2dGeometry(
  x: Shape,
  w: Shape,
  { stride = 1, pad = 0, dilation = 1, groups = 1, flip = false, round = "exact" }: Conv2dOptions = {},
): Conv2dGeometry {
  expectAxes("conv2d", "x", x, "N×C×H×W");
  expectAxes("conv2d", "w", w, "F×C×K×L");
  checkGroups("conv2d", x, w, groups);
  const [rowStride, columnStride] = pair(stride);
  const [rowDilation, columnDilation] = pair(dilation);
  const [rowPad, columnPad] = padding2d(pad);
  const rows = { stride: rowStride, dilation: rowDilation, pad: rowPad, round };
  const columns = { stride: columnStride, dilation: columnDilation, pad: columnPad, round };
  return {
    rows: resolveAxis("conv2d", "rows", x[2], w[2], rows),
    columns: resolveAxis("conv2d", "columns", x[3], w[3], columns),
    groups,
    flip,
  };
}
