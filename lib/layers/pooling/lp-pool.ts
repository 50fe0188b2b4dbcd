/**
 * Lp pooling over signals and images: the p-norm of a window, between the sum (p = 1) and the maximum (p → ∞) of the
 * absolute values. With p = 2 it is the energy of a complex cell. Sermanet et al., 2012.
 */
import { ValueError } from "../../array/errors.js";
import { flat, sizeOf, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { upstream } from "../upstream.js";
import { ImagePooling, SignalPooling, type PoolingOptions } from "./pooling.js";
import { forEachSeen, windowsOver1d, windowsOver2d } from "./windows.js";
import type { Pool1dOptions, Pool2dOptions, Windows } from "./windows.js";

export const derivation = String.raw`
### Lp pooling

Window $o$ sees the inputs $R_o$ (padding holds zeros and adds nothing).

$$y_o = \Big(\sum_{u\in R_o} \lvert x_u\rvert^p\Big)^{1/p} \tag{1}$$

**Backward.** From the outside in: with $s = \sum\lvert x\rvert^p$, $\;ds^{1/p}/ds = \tfrac1p s^{1/p-1} = \tfrac1p\,y^{1-p}$, and
$d\lvert x\rvert^p/dx = p\,\lvert x\rvert^{p-1}\operatorname{sign}x$. The $p$ cancel:

$$dx_u = \sum_{o:\;u\in R_o} dy_o \left(\frac{\lvert x_u\rvert}{y_o}\right)^{p-1}\operatorname{sign}x_u \tag{2}$$

An input gets the more the nearer it is to being all of the window. A window of zeros has no slope (a cone's tip, for $p>1$); we take 0.
`;

/** The p-norms of windows over a signal, equation (1). @param x N×C×L @returns y: N×C×L', and the cache for backward @throws ValueError for a power below 1 */
export function lpPool1dForward(x: Tensor, options: LpPool1dOptions): { y: Tensor; cache: LpPoolCache } {
  return forward("lpPool1d", x, windowsOver1d("lpPool1d", x, options), options.power);
}

/** The p-norms of windows over an image, equation (1). @param x N×C×H×W @returns y: N×C×H'×W', and the cache for backward @throws ValueError for a power below 1 */
export function lpPool2dForward(x: Tensor, options: LpPool2dOptions): { y: Tensor; cache: LpPoolCache } {
  return forward("lpPool2d", x, windowsOver2d("lpPool2d", x, options), options.power);
}

/**
 * The gradient of `lpPool1dForward`, equation (2).
 * @param dy  N×C×L', the upstream gradient
 */
export function lpPool1dBackward(dy: Tensor, cache: LpPoolCache): { dx: Tensor } {
  return backward("lpPool1dBackward", dy, cache);
}

/**
 * The gradient of `lpPool2dForward`, equation (2).
 * @param dy  N×C×H'×W', the upstream gradient
 */
export function lpPool2dBackward(dy: Tensor, cache: LpPoolCache): { dx: Tensor } {
  return backward("lpPool2dBackward", dy, cache);
}

function forward(
  operation: string,
  x: Tensor,
  windows: Windows,
  power = 2,
): { y: Tensor; cache: LpPoolCache } {
  checkPower(operation, power);
  const X = flat(x);
  const sums = new Float64Array(sizeOf(windows.outputs));
  forEachSeen(windows, (xAt, yAt) => {
    sums[yAt] += Math.abs(X[xAt]) ** power; // (1)
  });
  const norms = sums.map((sum) => sum ** (1 / power)); // (1)
  const y = rounded(norms.slice(), windows.outputs, x.dtype);
  return { y, cache: { x, windows, norms, power } };
}

/** @throws ValueError for a power below 1 */
export function checkPower(operation: string, power: number): void {
  if (power >= 1 && power < Infinity) return;
  throw new ValueError(
    `${operation}: the power is ${power}; it must be 1 or more (max-pooling is the limit of large ones).`,
  );
}

function backward(operation: string, dy: Tensor, { x, windows, norms, power }: LpPoolCache): { dx: Tensor } {
  const dY = upstream(operation, dy, windows.outputs, x.dtype);
  const X = flat(x);
  const dX = new Float64Array(X.length);
  forEachSeen(windows, (xAt, yAt) => {
    if (norms[yAt] === 0) return;
    dX[xAt] += dY[yAt] * (Math.abs(X[xAt]) / norms[yAt]) ** (power - 1) * Math.sign(X[xAt]); // (2)
  });
  return { dx: rounded(dX, x.shape, x.dtype) };
}

/**
 * The p-norm of every window of a signal: N×C×L → N×C×L'. Between the sum (p = 1) and the maximum (p → ∞) of the
 * absolute values. No parameters (Sermanet et al., 2012).
 */
export class LpPool1d extends SignalPooling<LpPool1dOptions, LpPoolCache> {
  static readonly derivation: string = derivation;

  constructor(options: PoolingOptions<LpPool1dOptions, LpPoolCache>) {
    super(options, lpPool1dForward, lpPool1dBackward);
  }
}

/**
 * The p-norm of every window of an image: N×C×H×W → N×C×H'×W'. With p = 2 it is the energy of a complex cell. No
 * parameters (Sermanet et al., 2012).
 */
export class LpPool2d extends ImagePooling<LpPool2dOptions, LpPoolCache> {
  static readonly derivation: string = derivation;

  constructor(options: PoolingOptions<LpPool2dOptions, LpPoolCache>) {
    super(options, lpPool2dForward, lpPool2dBackward);
  }
}

/** The windows of `lpPool1dForward`, and the power p of their norm. */
export interface LpPool1dOptions extends Pool1dOptions {
  /** p, 1 or more; 2. */
  power?: number;
}

/** The windows of `lpPool2dForward`, and the power p of their norm. */
export interface LpPool2dOptions extends Pool2dOptions {
  /** p, 1 or more; 2. */
  power?: number;
}

/** What `lpPool1dForward` and `lpPool2dForward` keep for their backwards. */
export interface LpPoolCache {
  readonly x: Tensor;
  readonly windows: Windows;
  /** The output, before it was rounded. */
  readonly norms: Float64Array;
  readonly power: number;
}
