/** Padding: rows, columns or samples added around the input, of zeros, of its mirror image or of its border. */
import { expectRank, sameDType } from "../../array/check.js";
import { ShapeError, ValueError } from "../../array/errors.js";
import { flat, sizeOf, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { FunctionLayer } from "../function-layer.js";
import { upstream } from "../upstream.js";

export const derivation = String.raw`
### Padding

Output place $o$ along an axis shows input place $\pi(o)$. With $b$ places before an axis of $L$, $o-b$ runs from $-b$ on:

$$y_{o} = \begin{cases} x_{\pi(o)} & \pi(o) \text{ exists}\\ 0 & \text{otherwise}\end{cases} \tag{1}$$

- ${"`zero`"}: $\pi(o) = o-b$ where that is inside, and nothing elsewhere;
- ${"`edge`"}: $\pi(o) = o-b$, cut off at $0$ and $L-1$: the border is repeated;
- ${"`reflect`"}: the mirror image, without repeating the border: $\pi = -(o-b)$ before and $2(L-1)-(o-b)$ after the input.

In an image this holds for rows and for columns.

**Backward.** Every output copies one input or none, and an input collects from all its copies:

$$dx_u = \sum_{o:\;\pi(o)=u} dy_o \tag{2}$$

Zero padding, inside a convolution or before it, is the same: there the border pixels see zeros. Mirror images and repeated borders let a filter find no
edge where the image ends.
`;

/** What is put around: zeros, the mirror image, or the border again. */
export type PaddingMode = "zero" | "reflect" | "edge";

/** Places before and after an axis. */
export type Sides = readonly [before: number, after: number];

/** What `pad1dForward` and `pad2dForward` keep for their backwards. */
export interface PadCache {
  readonly shape: Shape;
  readonly outputs: Shape;
  /** π of the rows and of the columns, −1 where there is nothing. */
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly dtype: DType;
}

/** Pads a signal, equation (1). @param x N×C×L @returns y: N×C×(before + L + after), and the cache for backward */
export function pad1dForward(
  x: Tensor,
  sides: Sides,
  mode: PaddingMode = "zero",
): { y: Tensor; cache: PadCache } {
  return forward(x, pad1dPlan(x, sides, mode));
}

/** Pads an image, equation (1). @param x N×C×H×W @returns y: N×C×(top + H + bottom)×(left + W + right), and the cache for backward */
export function pad2dForward(
  x: Tensor,
  sides: readonly [rows: Sides, columns: Sides],
  mode: PaddingMode = "zero",
): { y: Tensor; cache: PadCache } {
  return forward(x, pad2dPlan(x, sides, mode));
}

/**
 * The gradient of `pad1dForward`, equation (2).
 * @param dy  N×C×(before + L + after), the upstream gradient
 */
export function pad1dBackward(dy: Tensor, cache: PadCache): { dx: Tensor } {
  return backward("pad1dBackward", dy, cache);
}

/**
 * The gradient of `pad2dForward`, equation (2).
 * @param dy  N×C×(top + H + bottom)×(left + W + right), the upstream gradient
 */
export function pad2dBackward(dy: Tensor, cache: PadCache): { dx: Tensor } {
  return backward("pad2dBackward", dy, cache);
}

function forward(x: Tensor, cache: PadCache): { y: Tensor; cache: PadCache } {
  const X = flat(x);
  const Y = new Float64Array(sizeOf(cache.outputs));
  forEachCopy(cache, (xAt, yAt) => {
    Y[yAt] = X[xAt]; // (1)
  });
  return { y: rounded(Y, cache.outputs, x.dtype), cache };
}

function backward(operation: string, dy: Tensor, cache: PadCache): { dx: Tensor } {
  const dY = upstream(operation, dy, cache.outputs, cache.dtype);
  const dX = new Float64Array(sizeOf(cache.shape));
  forEachCopy(cache, (xAt, yAt) => {
    dX[xAt] += dY[yAt]; // (2)
  });
  return { dx: rounded(dX, cache.shape, cache.dtype) };
}

/** What `pad1dForward` copies where. @throws ShapeError, DTypeError, ValueError */
export function pad1dPlan(x: Tensor, sides: Sides, mode: PaddingMode = "zero"): PadCache {
  sameDType("pad1d", { x });
  expectRank("pad1d", "x", x, "N×C×L");
  const columns = sources("pad1d", "samples", x.shape[2], sides, mode);
  const outputs = [x.shape[0], x.shape[1], columns.length];
  return { shape: x.shape, outputs, rows: Int32Array.of(0), columns, dtype: x.dtype };
}

/** What `pad2dForward` copies where. @throws ShapeError, DTypeError, ValueError */
export function pad2dPlan(
  x: Tensor,
  sides: readonly [rows: Sides, columns: Sides],
  mode: PaddingMode = "zero",
): PadCache {
  sameDType("pad2d", { x });
  expectRank("pad2d", "x", x, "N×C×H×W");
  const rows = sources("pad2d", "rows", x.shape[2], sides[0], mode);
  const columns = sources("pad2d", "columns", x.shape[3], sides[1], mode);
  const outputs = [x.shape[0], x.shape[1], rows.length, columns.length];
  return { shape: x.shape, outputs, rows, columns, dtype: x.dtype };
}

/** Visits every output that copies an input: the flat positions of both. */
function forEachCopy({ shape, rows, columns }: PadCache, visit: (xAt: number, yAt: number) => void): void {
  const width = shape[shape.length - 1];
  const pixels = sizeOf(shape.slice(2));
  let yAt = 0;
  for (let map = 0; map < shape[0] * shape[1]; map++) {
    for (const h of rows) {
      for (const v of columns) {
        if (h >= 0 && v >= 0) visit(map * pixels + h * width + v, yAt);
        yAt++;
      }
    }
  }
}

/** π of one axis. @throws ShapeError, ValueError */
function sources(
  operation: string,
  extent: string,
  length: number,
  [before, after]: Sides,
  mode: PaddingMode,
): Int32Array {
  if (![before, after].every((side) => Number.isInteger(side) && side >= 0)) {
    throw new ValueError(
      `${operation}: ${before} and ${after} ${extent} cannot be added; give whole numbers from 0 up.`,
    );
  }
  if (mode === "reflect" && Math.max(before, after) >= length) {
    throw new ShapeError(
      `${operation}: ${length} ${extent} have a mirror image of ${length - 1} on each side, and ${Math.max(before, after)} are ` +
        `asked for; pad less, or use mode "edge" or "zero".`,
    );
  }
  return Int32Array.from({ length: before + length + after }, (_, o) => {
    const u = o - before;
    if (u >= 0 && u < length) return u;
    if (mode === "zero" || length === 0) return -1;
    if (mode === "edge") return u < 0 ? 0 : length - 1;
    return u < 0 ? -u : 2 * (length - 1) - u;
  });
}

/** How many samples `Pad1d` adds before and after, and of what. */
export interface Pad1dOptions {
  /** Samples on each side, or [before, after]. */
  pad: number | Sides;
  /** "zero", "reflect" or "edge"; "zero". */
  mode?: PaddingMode;
}

/** How many rows and columns `Pad2d` adds on each side, and of what. */
export interface Pad2dOptions {
  /** Pixels on every side, or per side. */
  pad:
    | number
    | { readonly top?: number; readonly bottom?: number; readonly left?: number; readonly right?: number };
  /** "zero", "reflect" or "edge"; "zero". */
  mode?: PaddingMode;
}

/**
 * Adds samples before and after a signal: zeros, its mirror image, or its ends again. N×C×L → N×C×(before + L + after);
 * no parameters.
 */
export class Pad1d extends FunctionLayer<[sides: Sides, mode: PaddingMode | undefined], PadCache> {
  static readonly derivation: string = derivation;
  readonly options: Pad1dOptions;
  readonly #sides: Sides;

  constructor(options: Pad1dOptions) {
    const { pad, mode } = options;
    const sides: Sides = typeof pad === "number" ? [pad, pad] : pad;
    super(pad1dForward, pad1dBackward, { given: [sides, mode] });
    this.options = options;
    this.#sides = sides;
  }

  override describe(): string {
    return `Pad1d, ${this.#sides.join("/")} ${this.options.mode ?? "zero"}`;
  }

  override outputShape(input: Shape): number[] {
    return [input[0], sources("pad1d", "samples", input[1], this.#sides, this.options.mode ?? "zero").length];
  }
}

/** Adds rows and columns around an image: zeros, its mirror image, or its border again. No parameters. */
export class Pad2d extends FunctionLayer<
  [sides: readonly [rows: Sides, columns: Sides], mode: PaddingMode | undefined],
  PadCache
> {
  static readonly derivation: string = derivation;
  readonly options: Pad2dOptions;
  readonly #sides: readonly [rows: Sides, columns: Sides];

  constructor(options: Pad2dOptions) {
    const sides = sidesOf(options.pad);
    super(pad2dForward, pad2dBackward, { given: [sides, options.mode] });
    this.options = options;
    this.#sides = sides;
  }

  override describe(): string {
    return `Pad2d, ${this.#sides.flat().join("/")} ${this.options.mode ?? "zero"}`;
  }

  override outputShape(input: Shape): number[] {
    const mode = this.options.mode ?? "zero";
    const [rows, columns] = this.#sides;
    return [
      input[0],
      sources("pad2d", "rows", input[1], rows, mode).length,
      sources("pad2d", "columns", input[2], columns, mode).length,
    ];
  }
}

function sidesOf(pad: Pad2dOptions["pad"]): readonly [rows: Sides, columns: Sides] {
  const all = typeof pad === "number" ? { top: pad, bottom: pad, left: pad, right: pad } : pad;
  const { top = 0, bottom = 0, left = 0, right = 0 } = all;
  return [
    [top, bottom],
    [left, right],
  ];
}
