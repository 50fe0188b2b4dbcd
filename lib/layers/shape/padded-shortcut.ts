/**
 * The shortcut of a residual block that halves the image and adds channels: it takes every second pixel and
 * lets the new channels be zero, and so has no parameters (He, Zhang, Ren, Sun, 2015, option A).
 */
import { expectRank, sameDType } from "../../array/check.js";
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { allocate, flat, sizeOf, wrap, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { FunctionLayer } from "../function-layer.js";
import { upstream } from "../upstream.js";

export const derivation = String.raw`
### A shortcut by leaving out

With step $s$ and $C'\ge C$ channels out,

$$y_{ncij} = \begin{cases} x_{n,\,c,\,is,\,js} & c < C\\ 0 & c\ge C\end{cases}\qquad i=0\dots\lceil H/s\rceil-1,\;\; j=0\dots\lceil W/s\rceil-1 \tag{1}$$

**Backward.** A pixel that was taken gets its gradient back, all others get none, and what the zeros would get is dropped:

$$dx_{ncuv} = \begin{cases} dy_{n,\,c,\,u/s,\,v/s} & s \text{ divides } u \text{ and } v\\ 0 & \text{otherwise}\end{cases} \tag{2}$$
`;

/** How many channels `PaddedShortcut` gives, and which pixels it takes. */
export interface PaddedShortcutOptions {
  /** C′: channels out, not fewer than in. */
  out: number;
  /** s: the step in both directions; 2. */
  stride?: number;
}

/** What `paddedShortcutForward` keeps for its backward. */
export interface PaddedShortcutCache {
  readonly shape: Shape;
  readonly outputs: Shape;
  readonly stride: number;
  readonly dtype: DType;
}

/**
 * Every `stride`-th pixel, and channels of zeros, equation (1).
 * @param x  N×C×H×W
 * @returns y: N×`out`×⌈H/stride⌉×⌈W/stride⌉, and the cache for backward
 * @throws ShapeError when x has more channels than `out`; ValueError for a stride that is not a whole number from 1 on
 */
export function paddedShortcutForward(
  x: Tensor,
  options: PaddedShortcutOptions,
): { y: Tensor; cache: PaddedShortcutCache } {
  const cache = paddedShortcutPlan(x, options);
  const X = flat(x);
  const Y = allocate(sizeOf(cache.outputs), cache.dtype);
  forEachTaken(cache, (xAt, yAt) => {
    Y[yAt] = X[xAt]; // (1)
  });
  return { y: wrap(Y, cache.outputs), cache };
}

/**
 * The gradient of `paddedShortcutForward`, equation (2).
 * @param dy  y's shape, the upstream gradient
 */
export function paddedShortcutBackward(dy: Tensor, cache: PaddedShortcutCache): { dx: Tensor } {
  const dY = upstream("paddedShortcutBackward", dy, cache.outputs, cache.dtype);
  const dX = allocate(sizeOf(cache.shape), cache.dtype);
  forEachTaken(cache, (xAt, yAt) => {
    dX[xAt] = dY[yAt]; // (2)
  });
  return { dx: wrap(dX, cache.shape) };
}

/** What `paddedShortcutForward` takes from where. @throws ShapeError, DTypeError, ValueError */
export function paddedShortcutPlan(x: Tensor, options: PaddedShortcutOptions): PaddedShortcutCache {
  const dtype = sameDType("paddedShortcut", { x });
  expectRank("paddedShortcut", "x", x, "N×C×H×W");
  const outputs = [x.shape[0], ...outputOf(x.shape.slice(1), options)];
  return { shape: x.shape, outputs, stride: options.stride ?? 2, dtype };
}

function outputOf(input: Shape, { out, stride = 2 }: PaddedShortcutOptions): number[] {
  if (!Number.isInteger(stride) || stride < 1)
    throw new ValueError(`paddedShortcut: stride is ${stride}; give a whole number from 1 on.`);
  if (input.length !== 3 || input[0] > out) {
    throw new ShapeError(
      `paddedShortcut: an example is ${showShape(input)}, expected C×H×W with at most ${out} channels; give fewer channels or a larger out.`,
    );
  }
  return [out, Math.ceil(input[1] / stride), Math.ceil(input[2] / stride)];
}

/** Visits every pixel that is taken: its flat position in x, and in y. */
function forEachTaken(
  { shape, outputs, stride }: PaddedShortcutCache,
  visit: (xAt: number, yAt: number) => void,
): void {
  const [batch, channels, height, width] = shape;
  const [, out, rows, columns] = outputs;
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          visit(
            ((n * channels + c) * height + i * stride) * width + j * stride,
            ((n * out + c) * rows + i) * columns + j,
          );
        }
      }
    }
  }
}

/**
 * The shortcut of a residual block whose output is smaller and has more channels: C×H×W → `out`×⌈H/stride⌉×⌈W/stride⌉.
 * It takes every `stride`-th pixel and fills the new channels with zeros; it has no parameters (He et al., 2015, option
 * A).
 */
export class PaddedShortcut extends FunctionLayer<[options: PaddedShortcutOptions], PaddedShortcutCache> {
  static readonly derivation: string = derivation;
  readonly options: Readonly<{ out: number; stride: number }>;

  constructor({ out, stride = 2 }: PaddedShortcutOptions) {
    super(paddedShortcutForward, paddedShortcutBackward, { given: [{ out, stride }] });
    this.options = { out, stride };
  }

  override describe(): string {
    return `PaddedShortcut, ${this.options.out} channels, stride ${this.options.stride}`;
  }

  override outputShape(input: Shape): number[] {
    return outputOf(input, this.options);
  }
}
