/** Reduces axes to one number: means, sums, maxima, minima and norms. */
import { resolveAxes, rowsAlong, type Axes } from "../../array/axes.js";
import { broadcastTo } from "../../array/broadcast.js";
import { sameDType } from "../../array/check.js";
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, reshape, sizeOf, wrap, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { upstream } from "../upstream.js";
import { FunctionLayer } from "../function-layer.js";

export const derivation = String.raw`
### Reductions

The $n$ numbers $x_1\dots x_n$ that differ only in the places along the axes become one number $y$. Each kind has its own function and its own share of $dy$:

$$\text{mean}\quad y = \frac1n\sum_i x_i \tag{1}$$
$$dx_i = \frac{dy}n \tag{2}$$
$$\text{sum}\quad y = \sum_i x_i \tag{3}$$
$$dx_i = dy \tag{4}$$
$$\text{max}\quad y = x_m,\ m \text{ the first place of the largest} \tag{5}$$
$$dx_m = dy,\quad \text{and } 0 \text{ elsewhere} \tag{6}$$

**min** is the same for the smallest. The lengths of the vector $x$:

$$\text{l1}\quad y = \sum_i |x_i| \tag{7}$$
$$dx_i = \operatorname{sign}(x_i)\,dy \tag{8}$$
$$\text{l2}\quad y = \sqrt{\textstyle\sum_i x_i^2} \tag{9}$$
$$dx_i = \frac{x_i}{y}\,dy, \quad\text{and } 0 \text{ where } y=0 \tag{10}$$

In (9), $2y\,\partial y/\partial x_i = 2x_i$ gives (10); a length has a kink at 0, where the gradient is taken to be nothing.
`;

/** The kinds of reduction. */
export type ReduceKind = "mean" | "sum" | "max" | "min" | "l1" | "l2";

/** The options of a Reduce. */
export interface ReduceLayerOptions {
  /** The kind of reduction. */
  kind: ReduceKind;
  /** One axis or several, with the batch's, axis 0, counted; −1 is the last. */
  axes: Axes;
  /** Whether each reduced axis is kept with size 1; false. */
  keep?: boolean;
}

/** What `reduceForward` keeps for its backward. */
export interface ReduceCache {
  readonly x: Tensor;
  /** With 1 in place of each axis that went. */
  readonly y: Tensor;
  readonly outputs: Shape;
  readonly axes: readonly number[];
  readonly kind: ReduceKind;
}

type Values = Float32Array | Float64Array;

/** y of the n numbers from `at` on. */
const values: Readonly<Record<ReduceKind, (X: Values, at: number, n: number) => number>> = {
  mean: (X, at, n) => total(X, at, n, (x) => x) / n, // (1)
  sum: (X, at, n) => total(X, at, n, (x) => x), // (3)
  max: (X, at, n) => X[best(X, at, n, 1)], // (5)
  min: (X, at, n) => X[best(X, at, n, -1)], // (5), for −x
  l1: (X, at, n) => total(X, at, n, Math.abs), // (7)
  l2: (X, at, n) => Math.sqrt(total(X, at, n, (x) => x * x)), // (9)
};

/**
 * Reduces the numbers along some axes to one number.
 * @param x  any shape that has the axes
 * @throws ShapeError for an axis that does not exist, and for the mean or maximum of no numbers
 */
export function reduceForward(
  x: Tensor,
  { kind, axes, keep = false }: ReduceLayerOptions,
): { y: Tensor; cache: ReduceCache } {
  const dtype = sameDType("reduce", { x });
  const along = resolveAxes("reduce", axes, x.shape.length);
  const { values: X, count, length, rest, kept } = rowsAlong(x, along);
  if (length === 0 && kind !== "sum")
    throw new ShapeError(
      `reduce: the ${kind} of nothing: x is ${showShape(x.shape)} and the axes are ${along.join(", ")}.`,
    );
  const sums = Float64Array.from({ length: count }, (_, row) => values[kind](X, row * length, length));
  const y = rounded(sums, kept, dtype);
  const outputs = keep ? kept : rest;
  return { y: reshape(y, outputs), cache: { x, y, outputs, axes: along, kind } };
}

/**
 * The gradient of `reduceForward`, equations (2), (4), (6) and (8).
 * @param dy  y's shape, the upstream gradient
 */
export function reduceBackward(dy: Tensor, { x, y, outputs, axes, kind }: ReduceCache): { dx: Tensor } {
  const dtype = x.dtype as DType;
  const dY = upstream("reduceBackward", dy, outputs, dtype);
  const spread = (numbers: Values): Values => flat(broadcastTo(wrap(numbers, y.shape), x.shape));
  const [G, Y, X] = [spread(dY), spread(flat(y)), flat(x)];
  const n = sizeOf(axes.map((axis) => x.shape[axis]));
  const chosen = kind === "max" || kind === "min" ? winners(x, axes, kind === "max" ? 1 : -1) : undefined;
  const dX = new Float64Array(X.length);
  for (let i = 0; i < dX.length; i++) {
    if (kind === "mean")
      dX[i] = G[i] / n; // (2)
    else if (kind === "sum")
      dX[i] = G[i]; // (4)
    else if (chosen)
      dX[i] = chosen[i] * G[i]; // (6)
    else if (kind === "l1")
      dX[i] = Math.sign(X[i]) * G[i]; // (8)
    else dX[i] = Y[i] === 0 ? 0 : (X[i] / Y[i]) * G[i]; // (10)
  }
  return { dx: rounded(dX, x.shape, dtype) };
}

function total(X: Values, at: number, n: number, f: (x: number) => number): number {
  let sum = 0;
  for (let i = at; i < at + n; i++) sum += f(X[i]);
  return sum;
}

/** The first place of the largest, or with −1 of the smallest; a NaN is the largest and the smallest. */
function best(X: Values, at: number, n: number, sign: 1 | -1): number {
  let found = at;
  for (let i = at + 1; i < at + n; i++) {
    if (Number.isNaN(X[found])) break;
    if (!(sign * X[i] <= sign * X[found])) found = i;
  }
  return found;
}

/** 1 at the place that max or min took, else 0; in x's own order. */
function winners(x: Tensor, axes: readonly number[], sign: 1 | -1): Values {
  const { values: X, count, length, order } = rowsAlong(x, axes);
  const marks = new Float64Array(X.length);
  for (let row = 0; row < count; row++) marks[best(X, row * length, length, sign)] = 1;
  const back = order.map((_, axis) => order.indexOf(axis));
  const turned = wrap(
    marks,
    order.map((axis) => x.shape[axis]),
  );
  return flat(turned.transpose(...back) as Tensor);
}

/** Reduces the numbers along some axes to one number: their sum, mean, maximum and so on. */
export class Reduce extends FunctionLayer<[options: ReduceLayerOptions], ReduceCache> {
  static readonly derivation: string = derivation;
  readonly options: ReduceLayerOptions;

  /**
   *     new Reduce({ kind: "mean", axes: [2, 3] })     // of each channel's places
   *     new Reduce({ kind: "max", axes: -1, keep: true })
   *
   * @throws ValueError for another kind
   */
  constructor(options: ReduceLayerOptions) {
    super(reduceForward, reduceBackward, { given: [options] });
    if (!Object.hasOwn(values, options.kind))
      throw new ValueError(
        `Reduce: there is no kind ${JSON.stringify(options.kind)}; there are ${Object.keys(values).join(", ")}.`,
      );
    this.options = options;
  }

  override describe(): string {
    const { kind, axes } = this.options;
    const list = [axes].flat();
    return `Reduce, ${kind} over ${list.length === 1 ? "axis" : "axes"} ${list.join(", ")}`;
  }

  override outputShape(input: Shape): number[] {
    if (!resolveAxes("reduce", this.options.axes, input.length + 1).includes(0))
      return this.batchShape([1, ...input]).slice(1);
    throw new ShapeError(
      `reduce: axis 0 of ${showShape([1, ...input])} is the batch's own, and an example has no shape then.`,
    );
  }

  override batchShape(input: Shape): number[] {
    const { axes, keep = false } = this.options;
    const along = resolveAxes("reduce", axes, input.length);
    return input.flatMap((extent, axis) => (along.includes(axis) ? (keep ? [1] : []) : [extent]));
  }
}
