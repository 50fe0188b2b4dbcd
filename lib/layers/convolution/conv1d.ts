/**
 * Convolution along a signal: the one-dimensional convolutional layer. Lecture B's exercise ("1-D convolution
 * module": derive forward, ∂C/∂x and ∂C/∂w) and lecture C's time-delay network.
 */
import { expectRank, expectShape, sameDType } from "../../array/check.js";
import { Random } from "../../array/random.js";
import { flat, sizeOf, zeros, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { checkChannels, checkGroups } from "./conv2d.js";
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
import { describeWindow, resolveAxis, type Axis, type Padding1d, type Rounding } from "../window.js";
import type { ReferenceFunction } from "../rival.js";

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
`;

export interface Conv1dOptions {
  /** Step between outputs; 1. */
  stride?: number;
  /** Zeros around the signal; 0. "same" gives ⌈L/stride⌉ outputs, an odd zero more at the end. */
  pad?: Padding1d;
  /** Distance between taps; 1. */
  dilation?: number;
  /** The channels are split into so many groups that do not see each other; 1. */
  groups?: number;
  /** Read the filter backwards: convolution in the signal processor's sense; false. */
  flip?: boolean;
  /** When the windows do not cover the signal exactly: "exact" (refuse) or "floor" (leave the rest out); "exact". */
  round?: Exclude<Rounding, "ceil">;
}

/** Everything about one convolution but its numbers. */
export interface Conv1dGeometry {
  readonly axis: Axis;
  readonly groups: number;
  readonly flip: boolean;
}

export interface Conv1dCache {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly hasBias: boolean;
  readonly geometry: Conv1dGeometry;
}

export interface Conv1dGradients {
  readonly dx: Tensor;
  readonly dw: Tensor;
  /** Absent when there was no bias. */
  readonly db?: Tensor;
}

/** Checks the shapes and resolves stride, padding and dilation to numbers. @throws ShapeError, DTypeError */
export function conv1dGeometry(
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  { stride = 1, pad = 0, dilation = 1, groups = 1, flip = false, round = "exact" }: Conv1dOptions = {},
): Conv1dGeometry {
  sameDType("conv1d", { x, w, b });
  expectRank("conv1d", "x", x, "N×C×L");
  expectRank("conv1d", "w", w, "F×C×M");
  checkGroups("conv1d", x.shape[1], w, groups);
  if (b !== undefined) expectShape("conv1d", "b", b, [w.shape[0]], "there is one bias a filter");
  const axis = resolveAxis("conv1d", "samples", x.shape[2], w.shape[2], { stride, dilation, pad, round });
  return { axis, groups, flip };
}

/**
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
  const geometry = conv1dGeometry(x, w, b, options);
  const shape = [x.shape[0], w.shape[0], geometry.axis.output];
  const [X, W, B] = [flat(x), flat(w), b && flat(b)];
  const Y = new Float64Array(sizeOf(shape));
  if (B) for (let o = 0; o < Y.length; o++) Y[o] = B[Math.floor(o / shape[2]) % shape[1]];
  forEachTap(x.shape, w.shape, geometry, (xAt, wAt, yAt) => {
    Y[yAt] += W[wAt] * X[xAt]; // (1)
  });
  return { y: rounded(Y, shape, x.dtype), cache: { x, w, hasBias: b !== undefined, geometry } };
}

/** @param dy  N×F×L', the upstream gradient */
export function conv1dBackward(dy: Tensor, { x, w, hasBias, geometry }: Conv1dCache): Conv1dGradients {
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

export interface Conv1dLayerOptions extends Conv1dOptions, ParameterOptions {
  /** Channels in. */
  in: number;
  /** Filters, which are the channels out. */
  out: number;
  /** Taps of a filter. */
  size: number;
  /** Whether a bias is added; true. */
  bias?: boolean;
  /** Your own backward pass instead of the library's. */
  backward?: (dy: Tensor, cache: Conv1dCache) => Conv1dGradients;
}

/** Parameters: `w` (He initialisation, fan-in C/groups·M) and `b` (zeros). */
export class Conv1d extends Layer {
  static readonly derivation: string = derivation;
  readonly options: Conv1dLayerOptions;
  override readonly parameters: Readonly<{ w: Parameter; b?: Parameter }>;

  constructor(options: Conv1dLayerOptions) {
    super();
    this.options = options;
    const { groups = 1, dtype = "float32", seed, init = heNormal } = options;
    checkChannels("Conv1d", options.in, options.out, groups);
    const shape = [options.out, options.in / groups, options.size];
    const random = new Random(seed ?? 0);
    const fans = { in: shape[1] * options.size, out: (options.out / groups) * options.size };
    const w = new Parameter((r) => init(shape, fans, dtype, r), random);
    this.parameters = options.bias === false ? { w } : { w, b: biasParameter(options.out, dtype, random) };
    settle(this.parameters, seed);
  }

  override describe(): string {
    const { out, size } = this.options;
    return `Conv1d, ${out} filters of ${size}${describeWindow(this.options)}`;
  }

  override outputShape(input: Shape): number[] {
    const { w } = this.parameters;
    const x = zeros([1, ...input], w.value.dtype);
    return [w.value.shape[0], conv1dGeometry(x, w.value, undefined, this.options).axis.output];
  }

  override multiplyAdds(input: Shape): number {
    return this.parameters.w.value.size * this.outputShape(input)[1];
  }

  override get functions(): readonly ReferenceFunction[] {
    return [conv1dForward];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const { w, b } = this.parameters;
    const forward = this.options.backward ? conv1dForward : pass.engine.of(conv1dForward);
    const { y, cache } = forward(x, w.value, b?.value, this.options);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass, wanted = true): Tensor {
    const { w, b } = this.parameters;
    const backward = this.options.backward ?? pass.engine.of(conv1dBackward);
    const gradients = backward(dy, pass.take(this) as Conv1dCache);
    pass.addGradient(w, gradients.dw);
    if (b && gradients.db) pass.addGradient(b, gradients.db);
    return wanted ? gradients.dx : unwanted; // an engine may compute dx only when it is read
  }
}
