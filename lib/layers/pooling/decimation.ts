/**
 * Decimation: one pixel (or sample) of every window is kept and the others thrown away, as the convolution before it
 * has done the averaging already. Lecture C; LeCun et al., 1989.
 */
import { flat, sizeOf, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { Layer, type LayerPass } from "../layer.js";
import { forEachSeen, windows1d, windows2d, windowsOver1d, windowsOver2d, type Windows } from "./windows.js";
import { upstream } from "../upstream.js";
import { pair, type Pair } from "../window.js";
import type { ReferenceFunction } from "../rival.js";

export const derivation = String.raw`
### Decimation

With a step of $s$ (in one dimension the second index is missing),

$$y_{ncij} = x_{n,\,c,\,is,\,js} \tag{1}$$

**Backward.** The pixels that were kept get their gradient back, the others did nothing:

$$dx_{nchv} = \begin{cases} dy_{n,\,c,\,h/s,\,v/s} & s \text{ divides } h \text{ and } v \\ 0 & \text{otherwise}\end{cases} \tag{2}$$

A convolution before it computes $s^2$ times as many outputs as are used: a stride of $s$ in the convolution gives the same for less.
`;

export interface DecimationCache {
  readonly windows: Windows;
  readonly dtype: DType;
}

/** @param x N×C×L @param step s @returns y: N×C×⌈L/s⌉, and the cache for backward */
export function decimate1dForward(x: Tensor, step: number): { y: Tensor; cache: DecimationCache } {
  return forward(x, windowsOver1d("decimate1d", x, { size: 1, stride: step, round: "floor" }));
}

/** @param x N×C×H×W @param step s, or one of rows and one of columns @returns y: N×C×⌈H/s⌉×⌈W/s⌉, and the cache */
export function decimate2dForward(x: Tensor, step: Pair): { y: Tensor; cache: DecimationCache } {
  return forward(x, windowsOver2d("decimate2d", x, { size: 1, stride: step, round: "floor" }));
}

/** @param dy  N×C×⌈L/s⌉, the upstream gradient */
export function decimate1dBackward(dy: Tensor, cache: DecimationCache): { dx: Tensor } {
  return backward("decimate1dBackward", dy, cache);
}

/** @param dy  N×C×⌈H/s⌉×⌈W/s⌉, the upstream gradient */
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

export class Decimation1d extends Layer {
  static readonly derivation: string = derivation;
  readonly options: { readonly step: number };

  /** @param options.step  how far the samples that are kept lie apart */
  constructor(options: { step: number }) {
    super();
    this.options = options;
  }

  override describe(): string {
    return `Decimation1d, every ${this.options.step}th`;
  }

  override outputShape(input: Shape): number[] {
    const window = { size: 1, stride: this.options.step, round: "floor" } as const;
    return windows1d("decimate1d", [1, ...input], window).outputs.slice(1);
  }

  override get functions(): readonly ReferenceFunction[] {
    return [decimate1dForward];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const { y, cache } = pass.engine.of(decimate1dForward)(x, this.options.step);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    return pass.engine.of(decimate1dBackward)(dy, pass.take(this) as DecimationCache).dx;
  }
}

export class Decimation2d extends Layer {
  static readonly derivation: string = derivation;
  readonly options: { readonly step: Pair };

  /** @param options.step  how far the pixels that are kept lie apart, or [rows, columns] */
  constructor(options: { step: Pair }) {
    super();
    this.options = options;
  }

  override describe(): string {
    return `Decimation2d, one of ${pair(this.options.step).join("×")}`;
  }

  override outputShape(input: Shape): number[] {
    const window = { size: 1, stride: this.options.step, round: "floor" } as const;
    return windows2d("decimate2d", [1, ...input], window).outputs.slice(1);
  }

  override get functions(): readonly ReferenceFunction[] {
    return [decimate2dForward];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const { y, cache } = pass.engine.of(decimate2dForward)(x, this.options.step);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    return pass.engine.of(decimate2dBackward)(dy, pass.take(this) as DecimationCache).dx;
  }
}
