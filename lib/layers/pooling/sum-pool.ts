/** Sum pooling over signals and images: how much a feature is there in a window. Lecture B ("sum or max"). */
import { flat, sizeOf, type DType, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { upstream } from "../upstream.js";
import { ImagePooling, SignalPooling, type PoolingOptions } from "./pooling.js";
import { forEachSeen, windowsOver1d, windowsOver2d } from "./windows.js";
import type { Pool1dOptions, Pool2dOptions, Windows } from "./windows.js";

export const derivation = String.raw`
### Sum pooling

Window $o$ sees the inputs $R_o$ (padding holds zeros and adds nothing).

$$y_o = \sum_{u\in R_o} x_u \tag{1}$$

**Backward.** Every input in the window has the slope 1, so each gets the whole upstream gradient, from every window that sees it:

$$dx_u = \sum_{o:\;u\in R_o} dy_o \tag{2}$$
`;

/** The sums of windows over a signal, equation (1). @param x N×C×L @returns y: N×C×L', and the cache for backward */
export function sumPool1dForward(x: Tensor, options: Pool1dOptions): { y: Tensor; cache: SumPoolCache } {
  return forward(x, windowsOver1d("sumPool1d", x, options));
}

/** The sums of windows over an image, equation (1). @param x N×C×H×W @returns y: N×C×H'×W', and the cache for backward */
export function sumPool2dForward(x: Tensor, options: Pool2dOptions): { y: Tensor; cache: SumPoolCache } {
  return forward(x, windowsOver2d("sumPool2d", x, options));
}

/**
 * The gradient of `sumPool1dForward`, equation (2).
 * @param dy  N×C×L', the upstream gradient
 */
export function sumPool1dBackward(dy: Tensor, cache: SumPoolCache): { dx: Tensor } {
  return backward("sumPool1dBackward", dy, cache);
}

/**
 * The gradient of `sumPool2dForward`, equation (2).
 * @param dy  N×C×H'×W', the upstream gradient
 */
export function sumPool2dBackward(dy: Tensor, cache: SumPoolCache): { dx: Tensor } {
  return backward("sumPool2dBackward", dy, cache);
}

function forward(x: Tensor, windows: Windows): { y: Tensor; cache: SumPoolCache } {
  const X = flat(x);
  const Y = new Float64Array(sizeOf(windows.outputs));
  forEachSeen(windows, (xAt, yAt) => {
    Y[yAt] += X[xAt]; // (1)
  });
  return { y: rounded(Y, windows.outputs, x.dtype), cache: { windows, dtype: x.dtype } };
}

function backward(operation: string, dy: Tensor, { windows, dtype }: SumPoolCache): { dx: Tensor } {
  const dY = upstream(operation, dy, windows.outputs, dtype);
  const dX = new Float64Array(sizeOf(windows.shape));
  forEachSeen(windows, (xAt, yAt) => {
    dX[xAt] += dY[yAt]; // (2)
  });
  return { dx: rounded(dX, windows.shape, dtype) };
}

/** The sum of every window of a signal. */
export class SumPool1d extends SignalPooling<Pool1dOptions, SumPoolCache> {
  static readonly derivation: string = derivation;

  constructor(options: PoolingOptions<Pool1dOptions, SumPoolCache>) {
    super(options, sumPool1dForward, sumPool1dBackward);
  }
}

/** The sum of every window of an image. */
export class SumPool2d extends ImagePooling<Pool2dOptions, SumPoolCache> {
  static readonly derivation: string = derivation;

  constructor(options: PoolingOptions<Pool2dOptions, SumPoolCache>) {
    super(options, sumPool2dForward, sumPool2dBackward);
  }
}

/** What `sumPool1dForward` and `sumPool2dForward` keep for their backwards. */
export interface SumPoolCache {
  readonly windows: Windows;
  readonly dtype: DType;
}
