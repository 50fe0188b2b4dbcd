/** Sum pooling over signals and images: how much a feature is there in a window. Lecture B ("sum or max"). */
import { flat, sizeOf, type DType, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import type { LayerPass } from "../layer.js";
import {
  forEachSeen,
  ImagePooling,
  SignalPooling,
  windowsOver1d,
  windowsOver2d,
  type Pool1dOptions,
  type Pool2dOptions,
  type Windows,
} from "./windows.js";
import { upstream } from "../upstream.js";
import type { ReferenceFunction } from "../rival.js";

export const derivation = String.raw`
### Sum pooling

Window $o$ sees the inputs $R_o$ (padding holds zeros and adds nothing).

$$y_o = \sum_{u\in R_o} x_u \tag{1}$$

**Backward.** Every input in the window has the slope 1, so each gets the whole upstream gradient, from every window that sees it:

$$dx_u = \sum_{o:\;u\in R_o} dy_o \tag{2}$$
`;

export interface SumPoolCache {
  readonly windows: Windows;
  readonly dtype: DType;
}

/** @param x N×C×L @returns y: N×C×L', and the cache for backward */
export function sumPool1dForward(x: Tensor, options: Pool1dOptions): { y: Tensor; cache: SumPoolCache } {
  return forward(x, windowsOver1d("sumPool1d", x, options));
}

/** @param x N×C×H×W @returns y: N×C×H'×W', and the cache for backward */
export function sumPool2dForward(x: Tensor, options: Pool2dOptions): { y: Tensor; cache: SumPoolCache } {
  return forward(x, windowsOver2d("sumPool2d", x, options));
}

/** @param dy  N×C×L', the upstream gradient */
export function sumPool1dBackward(dy: Tensor, cache: SumPoolCache): { dx: Tensor } {
  return backward("sumPool1dBackward", dy, cache);
}

/** @param dy  N×C×H'×W', the upstream gradient */
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

export class SumPool1d extends SignalPooling<Pool1dOptions> {
  static readonly derivation: string = derivation;

  override get functions(): readonly ReferenceFunction[] {
    return [sumPool1dForward];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const { y, cache } = pass.engine.of(sumPool1dForward)(x, this.options);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    return pass.engine.of(sumPool1dBackward)(dy, pass.take(this) as SumPoolCache).dx;
  }
}

export class SumPool2d extends ImagePooling<Pool2dOptions> {
  static readonly derivation: string = derivation;

  override get functions(): readonly ReferenceFunction[] {
    return [sumPool2dForward];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const { y, cache } = pass.engine.of(sumPool2dForward)(x, this.options);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    return pass.engine.of(sumPool2dBackward)(dy, pass.take(this) as SumPoolCache).dx;
  }
}
