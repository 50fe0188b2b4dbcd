/**
 * Parts of a tensor as views: a row, a column, all rows one after the other. A view shares the tensor's memory, so
 * that writing into it writes into the tensor; `copy` gives it memory of its own.
 */
import { expectTensor } from "./elementwise.js";
import { ShapeError } from "./errors.js";
import { indexAt } from "./rearrange.js";
import type { Tensor } from "./tensor.js";

/**
 * What stands at one index of the first axis: a row of a matrix, an image of a batch.
 * @param index  negative counts from the end
 * @throws ShapeError for an index outside
 */
export function row(x: Tensor, index: number): Tensor {
  expectAxis("row", x, 1);
  return pick(x, 0, indexAt("row", x, 0, index));
}

/** What stands at one index of the last axis: a column of a matrix. @throws ShapeError for an index outside */
export function column(x: Tensor, index: number): Tensor {
  expectAxis("column", x, 1);
  const last = x.shape.length - 1;
  return pick(x, last, indexAt("column", x, last, index));
}

/** Every row, one after the other; `for (const image of x)` does the same. */
export function rows(x: Tensor): Tensor[] {
  expectAxis("rows", x, 1);
  return Array.from({ length: x.shape[0] }, (_, i) => pick(x, 0, i));
}

function pick(x: Tensor, axis: number, index: number): Tensor {
  return x.pick(...x.shape.map((_, a) => (a === axis ? index : null)));
}

function expectAxis(operation: string, x: Tensor, least: number): void {
  expectTensor(operation, "x", x);
  if (x.shape.length < least)
    throw new ShapeError(`${operation}: x is a single number and has no axes; at(x) reads it.`);
}
