/**
 * Convolution along a signal: the one-dimensional convolutional layer. Lecture B's exercise ("1-D convolution
 * module": derive forward, ∂C/∂x and ∂C/∂w) and lecture C's time-delay network.
 */
import { expectAxes, expectShape, sameDType } from "../../array/check.js";
import { flat, sizeOf, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { Weighted, type WeightCache, type WeightGradients, type WeightOptions } from "../weighted.js";
import { describeWindow, resolveAxis, type Axis, type Padding1d, type Rounding } from "../window.js";
import { checkChannels, checkFilters, checkGroups } from "./channels.js";

export const derivation = String.raw`
### Convolution in one dimension

Input $x$ is $N\times C\times L$ ($N$ examples, $C$ channels, $L$ samples), filters $w$ are $F\times C\times M$, bias $b$ has $F$ numbers.
With stride $s$, dilation $d$ and $p$ zeros before the first sample, output sample $t$ looks at the inputs $ts+md-p$;
outside the signal $x$ is zero.

$$y_{nft} = b_f + \sum_{c}\sum_{m=0}^{M-1} w_{fcm}\; x_{n,\,c,\,ts+md-p} \tag{1}$$

**Backward.** Let $dy = \partial\mathcal L/\partial y$. Sample $u$ of the input reaches the loss through every output that looked at it, and
by (1) $\partial y_{nft}/\partial x_{ncu}$ is $w_{fcm}$ when $u = ts+md-p$, else zero:

$$dx_{ncu} = \sum_{f}\;\sum_{\substack{t,m:\; ts+md-p=u}} w_{fcm}\; dy_{nft} \tag{2}$$

At $s=d=1$ the sum runs over $t = u+p-m$: forward reads the filter left to right, backward right to left. Near the ends
some of those $t$ do not exist; those terms are missing, and that is all there is to the boundary. A weight meets the input
once in every output of every example:

$$dw_{fcm} = \sum_{n}\sum_{t} dy_{nft}\; x_{n,\,c,\,ts+md-p} \tag{3}$$

$$db_{f} = \sum_{n}\sum_{t} dy_{nft} \tag{4}$$

With ${"`flip: true`"} tap $m$ of the filter is read as $M-1-m$ in (1), (2) and (3): convolution in the signal processor's sense.
With $G$ groups, map $f$ sees only the $C/G$ channels of its own group.

**With numbers.** Three places of a filter of two taps; each line says its equation.

${"```text"}
y  = conv1d(x, w, b)
x  = [1, 2, 0, 3]                                                1×1×4
w  = [2, −1]                                                     1×1×2
b  = [1]                                                         1
y  = [2·1 − 1·2 + 1, 2·2 − 1·0 + 1, 2·0 − 1·3 + 1] = [1, 5, −2]  (1)
dy = [1, 0, 2]                                                   1×1×3
dx = [2·1, 2·0 − 1·1, 2·2 − 1·0, −1·2] = [2, −1, 4, −2]          (2)
dw = [1·1 + 0·2 + 2·0, 1·2 + 0·0 + 2·3] = [1, 8]                 (3)
db = [1 + 0 + 2] = [3]                                           (4)
${"```"}
`;

/**
 * Convolution along a signal, equation (1).
 * @param x  N×C×L
 * @param w  F×(C/groups)×M
 * @param b  F, or undefined for none
 * @returns y: N×F×L' with L' = (L + before + after − dilation·(M − 1) − 1)/stride + 1, and the cache for backward
 */
export function conv1dForward(
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  options: Conv1dOptions = {},
): { y: Tensor; cache: Conv1dCache } {
  checkFilters("conv1d", x, w, b);
  const geometry = conv1dGeometry(x.shape, w.shape, options);
  const shape = [x.shape[0], w.shape[0], geometry.axis.output];
  const [X, W, B] = [flat(x), flat(w), b && flat(b)];
  const Y = new Float64Array(sizeOf(shape));
  if (B) for (let o = 0; o < Y.length; o++) Y[o] = B[Math.floor(o / shape[2]) % shape[1]];
  forEachTap(x.shape, w.shape, geometry, (xAt, wAt, yAt) => {
    Y[yAt] += W[wAt] * X[xAt]; // (1)
  });
  return { y: rounded(Y, shape, x.dtype), cache: { x, w, hasBias: b !== undefined, geometry } };
}

/**
 * The gradients of `conv1dForward`, equations (2), (3) and (4).
 * @param dy  N×F×L', the upstream gradient
 */
export function conv1dBackward(dy: Tensor, { x, w, hasBias, geometry }: Conv1dCache): WeightGradients {
  const filters = w.shape[0];
  const outputs = geometry.axis.output;
  sameDType("conv1dBackward", { dy, x });
  expectShape("conv1dBackward", "dy", dy, [x.shape[0], filters, outputs]);
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
  for (let o = 0; o < dY.length; o++) dB[Math.floor(o / outputs) % filters] += dY[o]; // (4)
  return { dx, dw, db: rounded(dB, [filters], x.dtype) };
}

/** Visits every product of equation (1): the flat positions of the input, the weight and the output in it. */
export function forEachTap(
  [batch, channels, length]: Shape,
  [filters, depth, taps]: Shape,
  { axis, groups, flip }: Conv1dGeometry,
  visit: (xAt: number, wAt: number, yAt: number) => void,
): void {
  const filtersPerGroup = filters / groups;
  let yAt = 0;
  for (let n = 0; n < batch; n++) {
    for (let f = 0; f < filters; f++) {
      const firstChannel = Math.floor(f / filtersPerGroup) * depth;
      for (let t = 0; t < axis.output; t++, yAt++) {
        for (let c = 0; c < depth; c++) {
          for (let m = 0; m < taps; m++) {
            const u = t * axis.stride + m * axis.dilation - axis.before;
            if (u < 0 || u >= length) continue; // x is zero there
            const xAt = (n * channels + firstChannel + c) * length + u;
            visit(xAt, (f * depth + c) * taps + (flip ? taps - 1 - m : m), yAt);
          }
        }
      }
    }
  }
}

/**
 * Convolution along a signal: every output is one small filter laid over another place of it. N×C×L → N×F×L' (lectures
 * B and C). Parameters: `w` (He initialisation, fan-in C/groups·M) and `b` (zeros).
 */
export class Conv1d extends Weighted<Conv1dLayerOptions, Conv1dCache> {
  static readonly derivation: string = derivation;

  constructor(options: Conv1dLayerOptions) {
    const { in: channels, out, size, groups = 1 } = options;
    checkChannels("Conv1d", channels, out, groups);
    super(options, {
      forward: conv1dForward,
      backward: conv1dBackward,
      w: [out, channels / groups, size],
      b: [out],
      fans: { in: (channels / groups) * size, out: (out / groups) * size },
    });
  }

  override describe(): string {
    const { out, size } = this.options;
    return `Conv1d, ${out} filters of ${size}${describeWindow(this.options)}`;
  }

  override outputShape(input: Shape): number[] {
    const { w } = this.parameters;
    const { axis } = conv1dGeometry([1, ...input], w.value.shape, this.options);
    return [w.value.shape[0], axis.output];
  }

  override multiplyAdds(input: Shape): number {
    return this.parameters.w.value.size * this.outputShape(input)[1];
  }
}

/**
 * The options of `conv1dForward`: stride, padding, dilation, groups, direction, and rounding at the end of the signal.
 */
export interface Conv1dOptions {
  /** Step between outputs; 1. */
  stride?: number;
  /** Zeros around the signal; 0. "same" gives ⌈L/stride⌉ outputs; if the zeros are odd, one more is at the end. */
  pad?: Padding1d;
  /** Distance between taps; 1. */
  dilation?: number;
  /** The number of groups of channels; a filter sees only the channels of its group; 1. */
  groups?: number;
  /** Whether the filter is reversed: convolution in the sense of signal processing; false. */
  flip?: boolean;
  /** When the windows do not cover the signal exactly: "exact" (refuse) or "floor" (leave the rest out); "exact". */
  round?: Exclude<Rounding, "ceil">;
}

/** The options of a Conv1d: channels, filters and their size, the options of the convolution, the initialisation. */
export interface Conv1dLayerOptions extends Conv1dOptions, WeightOptions<Conv1dCache> {
  /** Channels in. */
  in: number;
  /** Filters, which are the channels out. */
  out: number;
  /** Taps of a filter. */
  size: number;
}

/** Everything about one convolution except its numbers. */
export interface Conv1dGeometry {
  readonly axis: Axis;
  readonly groups: number;
  readonly flip: boolean;
}

/** What `conv1dForward` keeps for its backward. */
export interface Conv1dCache extends WeightCache {
  readonly geometry: Conv1dGeometry;
}

/**
 * Resolves stride, padding and dilation to numbers, from the shapes of x (N×C×L) and w (F×C/groups×M).
 * @throws ShapeError, ValueError when they do not fit each other
 */
export function conv1dGeometry(
  x: Shape,
  w: Shape,
  { stride = 1, pad = 0, dilation = 1, groups = 1, flip = false, round = "exact" }: Conv1dOptions = {},
): Conv1dGeometry {
  expectAxes("conv1d", "x", x, "N×C×L");
  expectAxes("conv1d", "w", w, "F×C×M");
  checkGroups("conv1d", x, w, groups);
  const axis = resolveAxis("conv1d", "samples", x[2], w[2], { stride, dilation, pad, round });
  return { axis, groups, flip };
}
