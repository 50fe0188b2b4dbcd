/**
 * Decimation: one pixel (or sample) of every window is kept and the others are discarded, because the convolution before it has
 * already averaged. Lecture C; LeCun et al., 1989.
 */
import { flat, sizeOf, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { FunctionLayer } from "../function-layer.js";
import { upstream } from "../upstream.js";
import { pair, type Pair } from "../window.js";
import { forEachSeen, windows1d, windows2d, windowsOver1d, windowsOver2d, type Windows } from "./windows.js";

export const derivation = String.raw`
### Decimation

With a step of $s$ (in one dimension the second index is missing),

$$y_{ncij} = x_{n,\,c,\,is,\,js} \tag{1}$$

**Backward.** The pixels that were kept get their gradient back, the others did nothing:

$$dx_{nchv} = \begin{cases} dy_{n,\,c,\,h/s,\,v/s} & s \text{ divides } h \text{ and } v \\ 0 & \text{otherwise}\end{cases} \tag{2}$$

A convolution before it computes $s^2$ times as many outputs as are used: a stride of $s$ in the convolution gives the same for less.
`;

/** Every sth sample of a signal, equation (1). @param x N×C×L @param step s @returns y: N×C×⌈L/s⌉, and the cache for backward */
export function decimate1dForward(x: Tensor, step: number): { y: Tensor; cache: DecimationCache } {
  return forward(x, windowsOver1d("decimate1d", x, onePixel(step)));
}

/** Every sth pixel of every sth row, equation (1). @param x N×C×H×W @param step s, or one of rows and one of columns @returns y: N×C×⌈H/s⌉×⌈W/s⌉, and the cache */
export function decimate2dForward(x: Tensor, step: Pair): { y: Tensor; cache: DecimationCache } {
  return forward(x, windowsOver2d("decimate2d", x, onePixel(step)));
}

/**
 * The gradient of `decimate1dForward`, equation (2).
 * @param dy  N×C×⌈L/s⌉, the upstream gradient
 */
export function decimate1dBackward(dy: Tensor, cache: DecimationCache): { dx: Tensor } {
  return backward("decimate1dBackward", dy, cache);
}

/**
 * The gradient of `decimate2dForward`, equation (2).
 * @param dy  N×C×⌈H/s⌉×⌈W/s⌉, the upstream gradient
 */
export function decimate2dBackward(dy: Tensor, cache: DecimationCache): { dx: Tensor } {
  return backward("decimate2dBackward", dy, cache);
}

function forward(x: Tensor, windows: Windows): { y: Tensor; cache: DecimationCache } {
  const X = flat(x);
  const Y = new Float64Array(sizeOf(windows.outputs));
  forEachSeen(windows, (xAt, yAt) => {
    Y[yAt] = X[xAt]; // (1)
  });
  return { y: rounded(Y, windows.outputs, x.dtype), cache: { windows, dtype: x.dtype } };
}

function backward(operation: string, dy: Tensor, { windows, dtype }: DecimationCache): { dx: Tensor } {
  const dY = upstream(operation, dy, windows.outputs, dtype);
  const dX = new Float64Array(sizeOf(windows.shape));
  forEachSeen(windows, (xAt, yAt) => {
    dX[xAt] = dY[yAt]; // (2)
  });
  return { dx: rounded(dX, windows.shape, dtype) };
}

/** Windows of one pixel, so many apart. */
export function onePixel<Step extends Pair>(step: Step): { size: 1; stride: Step; round: "floor" } {
  return { size: 1, stride: step, round: "floor" };
}

/** Keeps every sth sample of a signal and throws the others away. N×C×L → N×C×⌈L/s⌉; no parameters (lecture C). */
export class Decimation1d extends FunctionLayer<[step: number], DecimationCache> {
  static readonly derivation: string = derivation;
  readonly options: { readonly step: number };

  /** @param options.step  how far the samples that are kept lie apart */
  constructor(options: { step: number }) {
    super(decimate1dForward, decimate1dBackward, { given: [options.step] });
    this.options = options;
  }

  override describe(): string {
    return `Decimation1d, every ${this.options.step}th`;
  }

  override outputShape(input: Shape): number[] {
    return windows1d("decimate1d", [1, ...input], onePixel(this.options.step)).outputs.slice(1);
  }
}

/**
 * Keeps every sth pixel of every sth row and throws the others away: subsampling without averaging. N×C×H×W →
 * N×C×⌈H/s⌉×⌈W/s⌉; no parameters (LeCun et al., 1989; lecture C).
 */
export class Decimation2d extends FunctionLayer<[step: Pair], DecimationCache> {
  static readonly derivation: string = derivation;
  readonly options: { readonly step: Pair };

  /** @param options.step  how far the pixels that are kept lie apart, or [rows, columns] */
  constructor(options: { step: Pair }) {
    super(decimate2dForward, decimate2dBackward, { given: [options.step] });
    this.options = options;
  }

  override describe(): string {
    return `Decimation2d, one of ${pair(this.options.step).join("×")}`;
  }

  override outputShape(input: Shape): number[] {
    return windows2d("decimate2d", [1, ...input], onePixel(this.options.step)).outputs.slice(1);
  }
}

/** What `decimate1dForward` and `decimate2dForward` keep for their backwards. */
export interface DecimationCache {
  readonly windows: Windows;
  readonly dtype: DType;
}
