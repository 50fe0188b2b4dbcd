/** Resizes signals and images, by the nearest element or by linear interpolation. */
import { sameDType } from "../../array/check.js";
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, sizeOf, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { upstream } from "../upstream.js";
import { FunctionLayer } from "../function-layer.js";

export const derivation = String.raw`
### Resizing

Along an axis of $L$ places that becomes one of $M$, output place $o$ lies at $u(o)$ of the input. With the scale $s$, as a rule $M/L$,

- ${"`half-pixel`"}: $u = (o+\tfrac12)/s-\tfrac12$, places being the middles of pixels;
- ${"`corners`"}: $u = o\,(L-1)/(M-1)$, so that the outermost places stay where they are;
- ${"`asymmetric`"}: $u = o/s$, places being the left edges of pixels.

**Nearest** takes one input place, $k = \lfloor u\rfloor$ or however $u$ is rounded; **linear** two, $k=\lfloor u\rfloor$ and $k+1$, with weights by how near they are, $t=u-k$. What lies
beyond the border is the border. Both are a matrix $R$ with one or two numbers a row:

$$y_o = \sum_k R_{ok}\,x_k, \qquad R_{ok} = 1-t,\quad R_{o,k+1} = t \tag{1}$$

with $t=0$ for nearest. An image is resized along its columns and along its rows, $Y = R_{\text{rows}}\,X\,R_{\text{columns}}^{\mathsf T}$, in either order.

**Backward.** The transpose: each input collects from the outputs that it went into, by the same weights.

$$dx_k = \sum_o R_{ok}\,dy_o \tag{2}$$

Enlarging before a convolution does the work of a transposed convolution, without its checkerboard (Odena et al., 2016).
`;

/** Where a new pixel gets its colour from. */
export type ResizeMode = "nearest" | "linear";
/** Where output places lie. "pytorch-half-pixel" is "half-pixel", but a single place lies at the first. */
export type ResizeAlignment =
  "half-pixel" | "pytorch-half-pixel" | "half-pixel-symmetric" | "corners" | "asymmetric";
/** Which whole place is nearest; "prefer-floor" and "prefer-ceil" round, and say which way from the middle. */
export type ResizeRounding = "floor" | "ceil" | "prefer-floor" | "prefer-ceil";

/** The new size of `Resize` and `resizeForward`, and where each new place gets its number from. */
export interface ResizeOptions {
  /** s: how many times as large, for each axis behind the channels or for all of them; the new size is rounded down. */
  scale?: number | readonly number[];
  /** M, instead of a scale. */
  size?: number | readonly number[];
  /** "nearest". */
  mode?: ResizeMode;
  /** "half-pixel" for linear, "asymmetric" for nearest, as in PyTorch. */
  align?: ResizeAlignment;
  /** For nearest; "floor". */
  round?: ResizeRounding;
}

/** R of one axis: for each output place two input places and the weight t of the second. */
export interface ResizeRows {
  readonly input: number;
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly weight: Float64Array;
}

/** What `resizeForward` keeps for its backward. */
export interface ResizeCache {
  readonly shape: Shape;
  readonly outputs: Shape;
  /** R of each axis behind the channels. */
  readonly axes: readonly ResizeRows[];
  readonly dtype: DType;
}

/**
 * An image of another size, equation (1).
 * @param x  N×C×L, N×C×H×W or with more axes, all behind the channels being resized
 * @throws ShapeError, ValueError when the options do not fit
 */
export function resizeForward(x: Tensor, options: ResizeOptions): { y: Tensor; cache: ResizeCache } {
  const cache = resizePlan(x, options);
  const { axes, outputs, dtype } = cache;
  let Y = Float64Array.from(flat(x));
  axes.forEach(({ input, first, second, weight }, i) => {
    const lines = linesOf(x.shape, axes, i);
    const next = new Float64Array(lines.outer * first.length * lines.inner);
    forEachPair(lines, input, first.length, (from, to, o) => {
      const t = weight[o];
      const [a, b] = [from + first[o] * lines.inner, from + second[o] * lines.inner];
      next[to] = t === 0 ? Y[a] : (1 - t) * Y[a] + t * Y[b]; // (1)
    });
    Y = next;
  });
  return { y: rounded(Y, outputs, dtype), cache };
}

/**
 * The gradient of `resizeForward`, equation (2).
 * @param dy  y's shape, the upstream gradient
 */
export function resizeBackward(dy: Tensor, { shape, outputs, axes, dtype }: ResizeCache): { dx: Tensor } {
  let dX = Float64Array.from(upstream("resizeBackward", dy, outputs, dtype));
  for (let i = axes.length - 1; i >= 0; i--) {
    const { input, first, second, weight } = axes[i];
    const lines = linesOf(shape, axes, i);
    const next = new Float64Array(lines.outer * input * lines.inner);
    forEachPair(lines, input, first.length, (to, from, o) => {
      next[to + first[o] * lines.inner] += (1 - weight[o]) * dX[from]; // (2)
      next[to + second[o] * lines.inner] += weight[o] * dX[from]; // (2)
    });
    dX = next;
  }
  return { dx: rounded(dX, shape, dtype) };
}

/** What `resizeForward` mixes where. @throws ShapeError, DTypeError, ValueError */
export function resizePlan(x: Tensor, options: ResizeOptions): ResizeCache {
  const dtype = sameDType("resize", { x });
  const axes = rowsOf(x.shape, options);
  const outputs = [...x.shape.slice(0, 2), ...axes.map(({ first }) => first.length)];
  return { shape: x.shape, outputs, axes, dtype };
}

interface Lines {
  readonly outer: number;
  readonly inner: number;
}

/** How many lines lie along an axis while those before it are resized and those behind are not yet. */
function linesOf(shape: Shape, axes: readonly ResizeRows[], which: number): Lines {
  const before = axes.slice(0, which).map(({ first }) => first.length);
  return { outer: sizeOf([...shape.slice(0, 2), ...before]), inner: sizeOf(shape.slice(3 + which)) };
}

/** Visits every output place o of every line: where its input line begins, and where it lies itself. */
function forEachPair(
  { outer, inner }: Lines,
  input: number,
  output: number,
  visit: (line: number, at: number, o: number) => void,
): void {
  for (let n = 0; n < outer; n++)
    for (let o = 0; o < output; o++)
      for (let i = 0; i < inner; i++) visit(n * input * inner + i, (n * output + o) * inner + i, o);
}

/** R of every axis behind the channels. */
function rowsOf(shape: Shape, options: ResizeOptions): ResizeRows[] {
  const extents = shape.slice(2);
  if (extents.length === 0)
    throw new ShapeError(
      `resize: x is ${showShape(shape)}; it needs an axis behind the channels, N×C×L or N×C×H×W.`,
    );
  const {
    mode = "nearest",
    align = mode === "linear" ? "half-pixel" : "asymmetric",
    round = "floor",
  } = options;
  return sizesOf(extents, options).map(({ size, scale }, i) => {
    const input = extents[i];
    const places = Array.from({ length: size }, (_, o) => placeOf(o, input, size, scale, align));
    const whole = places.map((u) => (mode === "linear" ? Math.floor(u) : nearestTo(u, round)));
    const inside = (place: number): number => Math.min(Math.max(place, 0), input - 1);
    return {
      input,
      first: Int32Array.from(whole, inside),
      second: Int32Array.from(whole, (place) => inside(place + 1)),
      weight: Float64Array.from(places, (u, o) => (mode === "linear" ? u - whole[o] : 0)),
    };
  });
}

/** The new extent of each axis, and its scale. @throws ShapeError, ValueError */
function sizesOf(extents: Shape, { scale, size }: ResizeOptions): { size: number; scale: number }[] {
  if ((scale === undefined) === (size === undefined))
    throw new ValueError(`resize: give a scale or a size, and not both.`);
  const given = (scale ?? size) as number | readonly number[];
  const list = typeof given === "number" ? extents.map(() => given) : given;
  if (list.length !== extents.length)
    throw new ShapeError(
      `resize: there are ${list.length} ${scale === undefined ? "sizes" : "scales"} for the ${extents.length} axes behind the channels; give one each.`,
    );
  return list.map((value, i) => {
    const length = scale === undefined ? value : Math.floor(extents[i] * value + 1e-9);
    if (!(Number.isInteger(length) && length >= 1))
      throw new ValueError(
        `resize: ${scale === undefined ? `the size ${value}` : `${value} times ${extents[i]} places`} is no size; it must be a whole number, 1 or more.`,
      );
    return { size: length, scale: scale === undefined ? length / extents[i] : value };
  });
}

/** u(o). */
function placeOf(o: number, input: number, size: number, scale: number, align: ResizeAlignment): number {
  switch (align) {
    case "corners":
      return size === 1 ? 0 : (o * (input - 1)) / (size - 1);
    case "asymmetric":
      return o / scale;
    case "pytorch-half-pixel":
      return size === 1 ? 0 : (o + 0.5) / scale - 0.5;
    case "half-pixel-symmetric": {
      // A size that was rounded down lies in the middle of what it was rounded from.
      const part = size / (scale * input);
      return (input / 2) * (1 - part) + (o + 0.5) / scale - 0.5;
    }
    case "half-pixel":
      return (o + 0.5) / scale - 0.5;
  }
}

function nearestTo(u: number, round: ResizeRounding): number {
  if (round === "floor") return Math.floor(u);
  if (round === "ceil") return Math.ceil(u);
  return round === "prefer-floor" ? Math.ceil(u - 0.5) : Math.floor(u + 0.5);
}

/**
 * Makes a signal or an image larger or smaller, by the nearest element or by linear interpolation. No parameters.
 */
export class Resize extends FunctionLayer<[options: ResizeOptions], ResizeCache> {
  static readonly derivation: string = derivation;
  readonly options: ResizeOptions;

  /**
   *     new Resize({ scale: 2 })                        // every pixel becomes four
   *     new Resize({ size: [32, 32], mode: "linear" })  // bilinear
   *
   * @throws ValueError for a scale and a size, or neither
   */
  constructor(options: ResizeOptions) {
    super(resizeForward, resizeBackward, { given: [options] });
    if ((options.scale === undefined) === (options.size === undefined))
      throw new ValueError(`Resize: give a scale or a size, and not both.`);
    this.options = options;
  }

  override describe(): string {
    const { scale, size, mode = "nearest" } = this.options;
    const to = (value: number | readonly number[]): string =>
      typeof value === "number" ? `${value}` : value.join("×");
    return `Resize, ${mode}, ${scale === undefined ? `to ${to(size as number)}` : `${to(scale)} times`}`;
  }

  override outputShape([channels, ...extents]: Shape): number[] {
    if (extents.length === 0)
      throw new ShapeError(`resize: an example of ${showShape([channels])} has no axis behind the channels.`);
    return [channels, ...sizesOf(extents, this.options).map(({ size }) => size)];
  }
}
