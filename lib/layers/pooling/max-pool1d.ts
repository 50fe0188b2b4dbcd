/** Max-pooling along a signal: the best match anywhere in a short window. Lectures B and C. */
import { expectRank, expectShape } from "../../array/check.js";
import { ValueError } from "../../array/errors.js";
import { allocate, flat, sizeOf, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { Layer, type LayerPass } from "../layer.js";
import {
  describeWindow,
  emptyWindow,
  resolvePoolAxis,
  type Axis,
  type Padding1d,
  type Rounding,
} from "../window.js";
import type { ReferenceFunction } from "../rival.js";

export const derivation = String.raw`
### Max-pooling in one dimension

A window of $M$ samples moves along each channel in steps of $s$:

$$y_{nct} = \max_{0\le m<M} x_{n,\,c,\,ts+m-p} \tag{1}$$

where samples outside the signal do not take part. Remember which sample won (the first, if several are equal):

$$u^*_{nct} = ts-p+\operatorname*{arg\,max}_{0\le m<M}\; x_{n,\,c,\,ts+m-p} \tag{2}$$

**Backward.** Around the current input $y_{nct}$ is a copy of its winner, so $\partial y_{nct}/\partial x_{ncu}$ is 1 for $u=u^*_{nct}$ and 0 for every
other sample. Where windows overlap a sample may win several of them, and collects from each:

$$dx_{ncu} = \sum_{t:\;u^*_{nct}=u} dy_{nct} \tag{3}$$
`;

export interface MaxPool1dOptions {
  /** Samples in a window. */
  size: number;
  /** Step between windows; the window size, so that they tile the signal. */
  stride?: number;
  /** Samples before and after the signal that never win; 0. */
  pad?: Padding1d;
  /** Distance between the samples of a window; 1. */
  dilation?: number;
  /** When the windows do not cover the signal exactly: "exact" (refuse), "floor" or "ceil"; "exact". */
  round?: Rounding;
}

export interface MaxPool1dCache {
  readonly shape: Shape;
  /** For each output the flat position of its winner in x. */
  readonly winners: Int32Array;
  readonly outputs: Shape;
}

/** The window of any pooling layer over a signal. @param shape N×C×L @throws ShapeError, ValueError */
export function pool1dGeometry(
  operation: string,
  shape: Shape,
  { size, stride = size, pad = 0, dilation = 1, round = "exact" }: MaxPool1dOptions,
): Axis {
  return resolvePoolAxis(operation, "samples", shape[2], size, { stride, pad, dilation, round });
}

/**
 * @param x  N×C×L
 * @returns y: N×C×L', and the cache for backward. A NaN in a window wins it.
 */
export function maxPool1dForward(x: Tensor, options: MaxPool1dOptions): { y: Tensor; cache: MaxPool1dCache } {
  expectRank("maxPool1d", "x", x, "N×C×L");
  const axis = pool1dGeometry("maxPool1d", x.shape, options);
  const [batch, channels, length] = x.shape;
  const outputs = [batch, channels, axis.output];
  const X = flat(x);
  const Y = allocate(sizeOf(outputs), x.dtype);
  const winners = new Int32Array(Y.length);
  let o = 0;
  for (let signal = 0; signal < batch * channels; signal++) {
    for (let t = 0; t < axis.output; t++, o++) {
      let winner = -1;
      for (let m = 0; m < axis.filter; m++) {
        const u = t * axis.stride + m * axis.dilation - axis.before;
        if (u < 0 || u >= length) continue;
        const at = signal * length + u;
        if (winner < 0 || X[at] > X[winner] || (Number.isNaN(X[at]) && !Number.isNaN(X[winner]))) winner = at; // (2)
      }
      if (winner < 0) throw new ValueError(emptyWindow("maxPool1d", `${t}`));
      winners[o] = winner;
      Y[o] = X[winner]; // (1)
    }
  }
  return { y: wrap(Y, outputs), cache: { shape: x.shape, winners, outputs } };
}

/** @param dy  N×C×L', the upstream gradient */
export function maxPool1dBackward(dy: Tensor, { shape, winners, outputs }: MaxPool1dCache): { dx: Tensor } {
  expectShape("maxPool1dBackward", "dy", dy, outputs);
  const dY = flat(dy);
  const dX = new Float64Array(sizeOf(shape));
  for (let o = 0; o < dY.length; o++) dX[winners[o]] += dY[o]; // (3)
  return { dx: rounded(dX, shape, dy.dtype) };
}

export interface MaxPool1dLayerOptions extends MaxPool1dOptions {
  /** Your own backward pass instead of the library's. */
  backward?: (dy: Tensor, cache: MaxPool1dCache) => { dx: Tensor };
}

export class MaxPool1d extends Layer {
  static readonly derivation: string = derivation;
  readonly options: MaxPool1dLayerOptions;

  constructor(options: MaxPool1dLayerOptions) {
    super();
    this.options = options;
  }

  override describe(): string {
    return `MaxPool1d, ${this.options.size}${describeWindow(this.options)}`;
  }

  override outputShape(input: Shape): number[] {
    return [input[0], pool1dGeometry("maxPool1d", [1, ...input], this.options).output];
  }

  override get functions(): readonly ReferenceFunction[] {
    return [maxPool1dForward];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const forward = this.options.backward ? maxPool1dForward : pass.engine.of(maxPool1dForward);
    const { y, cache } = forward(x, this.options);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    const backward = this.options.backward ?? pass.engine.of(maxPool1dBackward);
    return backward(dy, pass.take(this) as MaxPool1dCache).dx;
  }
}
