/** Tensors made by rule: progressions, the identity, one-hot codes. */
import { expectInteger } from "./check.js";
import { expectTensor } from "./elementwise.js";
import { ShapeError, ValueError, showShape } from "./errors.js";
import { flat, full, sizeOf, zeros, type DType, type Tensor, type Shape } from "./tensor.js";

/** A tensor of ones. */
export function ones(shape: Shape, dtype: DType = "float32"): Tensor {
  return full(shape, 1, dtype);
}

/**
 * Numbers one step apart: `arange(4)` is 0, 1, 2, 3; `arange(1, 2, 0.25)` is 1, 1.25, 1.5, 1.75.
 * @param start  the first number, or with one argument the end; the end is not included
 * @throws ValueError for a step of 0 and for numbers that are not finite
 */
export function arange(start: number, end?: number, step = 1, dtype: DType = "float32"): Tensor {
  const [from, to] = end === undefined ? [0, start] : [start, end];
  for (const [name, value] of Object.entries({ start: from, end: to, step })) {
    if (!Number.isFinite(value)) throw new ValueError(`arange: ${name} is ${value}; give a finite number.`);
  }
  if (step === 0) throw new ValueError("arange: the step is 0; give one such as 1 or −0.5.");
  const result = zeros([Math.max(0, Math.ceil((to - from) / step))], dtype);
  for (let i = 0; i < result.data.length; i++) result.data[i] = from + i * step;
  return result;
}

/**
 * Numbers at equal distances from `start` to `end`, both included.
 * @param count  how many; 2 or more, or 1 for the start alone
 */
export function linspace(start: number, end: number, count: number, dtype: DType = "float32"): Tensor {
  expectInteger("linspace", "count", count, 1);
  for (const [name, value] of Object.entries({ start, end })) {
    if (!Number.isFinite(value)) throw new ValueError(`linspace: ${name} is ${value}; give a finite number.`);
  }
  const result = zeros([count], dtype);
  const step = (end - start) / (count - 1);
  for (let i = 0; i < count; i++)
    result.data[i] = i === count - 1 && count > 1 ? end : start + (count > 1 ? i * step : 0);
  return result;
}

/** The identity matrix: ones on the diagonal. @param columns  as many as rows when left out */
export function eye(rows: number, columns = rows, dtype: DType = "float32"): Tensor {
  expectInteger("eye", "rows", rows, 0);
  expectInteger("eye", "columns", columns, 0);
  const result = zeros([rows, columns], dtype);
  for (let i = 0; i < Math.min(rows, columns); i++) result.data[i * columns + i] = 1;
  return result;
}

/** The diagonal of a matrix; or, of a vector, the matrix that has it as diagonal. @throws ShapeError for any other rank */
export function diag(x: Tensor): Tensor {
  expectTensor("diag", "x", x);
  const values = flat(x);
  if (x.shape.length === 1) {
    const result = zeros([values.length, values.length], x.dtype);
    for (let i = 0; i < values.length; i++) result.data[i * (values.length + 1)] = values[i];
    return result;
  }
  if (x.shape.length !== 2)
    throw new ShapeError(`diag: x is ${showShape(x.shape)}; give a vector or a matrix.`);
  const result = zeros([Math.min(...x.shape)], x.dtype);
  for (let i = 0; i < result.data.length; i++) result.data[i] = values[i * (x.shape[1] + 1)];
  return result;
}

/**
 * One row a label, with a 1 in the label's column and 0 elsewhere.
 * @param labels   whole numbers from 0 to classes − 1: an array, or a tensor of any shape
 * @param classes  how many columns
 * @returns the labels' shape and an axis of `classes`
 * @throws ValueError for a label that is no class
 */
export function oneHot(labels: ArrayLike<number> | Tensor, classes: number, dtype?: DType): Tensor {
  expectInteger("oneHot", "classes", classes, 1);
  const isTensor = "stride" in labels;
  const values = isTensor ? flat(labels) : labels;
  const shape = isTensor ? labels.shape : [labels.length];
  const result = zeros([...shape, classes], dtype ?? (isTensor ? labels.dtype : "float32"));
  for (let i = 0; i < sizeOf(shape); i++) {
    const label = values[i];
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw new ValueError(`oneHot: label ${i} is ${label}; labels run from 0 to ${classes - 1}.`);
    result.data[i * classes + label] = 1;
  }
  return result;
}
