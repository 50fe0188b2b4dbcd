/**
 * Element access that checks its indices. `ndarray`'s own `get` and `set` do not: on a 2×3 array,
 * `get(0, 3)` quietly reads the first element of the next row.
 */
import { ShapeError, showShape } from "./errors.js";
import type { Tensor } from "./tensor.js";

/** The element at the index. @throws ShapeError for an index outside the shape */
export function at(x: Tensor, ...index: number[]): number {
  return x.data[locate("at", x, index)];
}

/** Writes the element at the index. @throws ShapeError for an index outside the shape */
export function setAt(x: Tensor, index: readonly number[], value: number): void {
  x.data[locate("setAt", x, index)] = value;
}

function locate(operation: string, x: Tensor, index: readonly number[]): number {
  if (index.length !== x.shape.length) {
    throw new ShapeError(
      `${operation}: ${index.length} indices for a ${showShape(x.shape)} tensor; give ${x.shape.length}, one an axis.`,
    );
  }
  let position = x.offset;
  index.forEach((i, axis) => {
    if (!Number.isInteger(i) || i < 0 || i >= x.shape[axis]) {
      throw new ShapeError(
        `${operation}: index ${i} on axis ${axis} is outside a ${showShape(x.shape)} tensor; ` +
          `it runs from 0 to ${x.shape[axis] - 1}.`,
      );
    }
    position += i * x.stride[axis];
  });
  return position;
}
