/** Axes by number, as callers name them: 0 is the first, −1 the last. */
import { ShapeError, ValueError } from "./errors.js";
import { flat, sizeOf, type Shape, type Tensor } from "./tensor.js";

/** One axis or several; −1 is the last. */
export type Axes = number | readonly number[];

/** @throws ShapeError for an axis that the shape does not have */
export function resolveAxisNumber(operation: string, axis: number, rank: number): number {
  if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  throw new ShapeError(
    rank === 0
      ? `${operation}: axis ${axis} of a tensor without axes; leave the axis out.`
      : `${operation}: there is no axis ${axis} among ${rank}; axes run from 0 to ${rank - 1}, or from −${rank} to −1 counted from the end.`,
  );
}

/** The axes in rising order; all when none are named. @throws ShapeError for one that is not there or is named twice */
export function resolveAxes(operation: string, axes: Axes | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const found = (typeof axes === "number" ? [axes] : axes).map((axis) =>
    resolveAxisNumber(operation, axis, rank),
  );
  if (new Set(found).size !== found.length) {
    throw new ShapeError(`${operation}: the axes ${String(axes)} name one axis twice; name each once.`);
  }
  return found.sort((a, b) => a - b);
}

/** What becomes of a tensor of which some axes are read as rows, one row for each place on the others. */
export interface RowLayout {
  readonly count: number;
  readonly length: number;
  /** The shape of the other axes. */
  readonly rest: number[];
  /** The same with an axis of 1 in place of each axis that became a row. */
  readonly kept: number[];
  /** The axes in the order in which the rows have them: the others, then the rows'. */
  readonly order: number[];
  /** Whether a dense tensor has them in this order already. */
  readonly isInPlace: boolean;
}

/** The rows and their numbers. */
export interface Rows extends RowLayout {
  /** Row after row. */
  readonly values: Float32Array | Float64Array;
}

export function rowsOf(x: Tensor, axes: readonly number[]): RowLayout {
  const others = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...others, ...axes];
  const rest = others.map((axis) => x.shape[axis]);
  return {
    count: sizeOf(rest),
    length: sizeOf(axes.map((axis) => x.shape[axis])),
    rest,
    kept: x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)),
    order,
    isInPlace: order.every((axis, i) => axis === i),
  };
}

export function rowsAlong(x: Tensor, axes: readonly number[]): Rows {
  const layout = rowsOf(x, axes);
  return { ...layout, values: flat(layout.isInPlace ? x : x.transpose(...layout.order)) };
}

/** The order that undoes `order`: `transpose` by one after the other changes nothing. */
export function inverseOrder(order: Shape): number[] {
  const inverse = new Array<number>(order.length);
  order.forEach((axis, i) => (inverse[axis] = i));
  return inverse;
}

/** The places of an axis that a range takes: `count` of them, from `start` on by `step`. @throws ValueError */
export function progression(
  axis: number,
  extent: number,
  [first = null, last = null, step = 1]: readonly [number | null, (number | null)?, number?],
): { start: number; step: number; count: number } {
  for (const value of [first, last, step]) {
    if (value !== null && !Number.isInteger(value))
      throw new ValueError(`slice: ${value} on axis ${axis} is not a whole number.`);
  }
  if (step === 0) throw new ValueError(`slice: the step on axis ${axis} is 0; use 1, or −1 to go backwards.`);
  const [least, most] = step > 0 ? [0, extent] : [-1, extent - 1];
  const inside = (index: number): number =>
    Math.min(most, Math.max(least, index < 0 ? index + extent : index));
  const start = first === null ? (step > 0 ? 0 : extent - 1) : inside(first);
  const end = last === null ? (step > 0 ? extent : -1) : inside(last);
  return { start, step, count: Math.max(0, Math.ceil((end - start) / step)) };
}
