/**
 * A tensor is an `ndarray` over a Float32Array or a Float64Array. This file makes tensors and takes their
 * numbers out again; images are laid out N×C×H×W (batch, channel, row, column), signals N×C×L.
 */
import ndarray from "ndarray";
import { DTypeError, ShapeError, ValueError, showShape } from "./errors.js";
import { teach } from "./manners.js";
import { attach, placeOf, type Place } from "./remote.js";
import type { DType, Nested, Numbers, Shape, Tensor } from "./types.js";

export type { DType, Nested, Numbers, Shape, Tensor } from "./types.js";

/** How many elements an array of this shape has. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** A zero-filled buffer of the dtype's kind. */
export function allocate<T extends DType = DType>(size: number, dtype: T): Numbers<T>;
export function allocate(size: number, dtype: DType): Numbers {
  return dtype === "float64" ? new Float64Array(size) : new Float32Array(size);
}

/**
 * Wraps a buffer as a tensor without copying it.
 * @param data   row-major, exactly as long as the shape says
 * @throws ShapeError when the length is wrong (`ndarray` itself would read undefined)
 */
export function wrap(data: Float32Array | Float64Array, shape: Shape): Tensor {
  checkShape("tensor", shape);
  if (data.length !== sizeOf(shape)) {
    throw new ShapeError(
      `tensor: shape ${showShape(shape)} needs ${sizeOf(shape)} numbers, but the buffer has ${data.length}; ` +
        `give as many numbers as the shape's product.`,
    );
  }
  return view(data, shape);
}

/**
 * A tensor over a buffer with strides of its own.
 * @param stride  the distance in the buffer from one element to the next along each axis; row-major when left out
 * @param offset  where the first element lies; 0 when left out
 */
export function view(data: Float32Array | Float64Array, shape: Shape, stride?: Shape, offset = 0): Tensor {
  const result = ndarray(data, [...shape], stride && [...stride], offset) as Tensor;
  teach(result);
  return result;
}

/** A tensor of float32 numbers that lie elsewhere until somebody reads them. */
export function remote(place: Place, shape: Shape): Tensor {
  return attach(view(new Float32Array(0), shape), place);
}

/**
 * A new tensor from nested or flat numbers.
 *
 *     tensor([[1, 2], [3, 4]])                 // 2×2
 *     tensor([1, 2, 3, 4, 5, 6], [2, 3])       // 2×3, row by row
 *     tensor([[1, 2], [3, 4]], "float64")
 *
 * @param values  nested numbers, or flat row-major ones with a shape; copied
 * @param shape   may be left out, also where a dtype follows
 * @param dtype   "float32" unless said otherwise; a Float64Array keeps its own
 * @throws ShapeError when rows differ in length or the count does not fit the shape
 * @throws ValueError when something that is no number stands among the values
 */
export function tensor(
  values: Nested | Float32Array | Float64Array,
  given?: Shape | DType,
  precision: DType = values instanceof Float64Array ? "float64" : "float32",
): Tensor {
  const shape = typeof given === "string" ? undefined : given;
  const dtype = typeof given === "string" ? given : precision;
  checkDType("tensor", dtype);
  if (values instanceof Float32Array || values instanceof Float64Array) {
    return wrap(
      dtype === "float64" ? Float64Array.from(values) : Float32Array.from(values),
      shape ?? [values.length],
    );
  }
  const flat: number[] = [];
  const nestedShape = flatten(values, flat);
  if (shape !== undefined && nestedShape.length > 1 && showShape(nestedShape) !== showShape(shape)) {
    throw new ShapeError(
      `tensor: the nested numbers are ${showShape(nestedShape)}, but the shape says ${showShape(shape)}; ` +
        `leave the shape out or give flat numbers.`,
    );
  }
  return wrap(dtype === "float64" ? Float64Array.from(flat) : Float32Array.from(flat), shape ?? nestedShape);
}

function flatten(values: Nested, into: number[]): number[] {
  if (typeof values === "number") {
    into.push(values);
    return [];
  }
  // An object with a length is a list; a text would be one of texts without end.
  if (typeof values !== "object" || values === null || !(Symbol.iterator in values) || !("length" in values))
    throw new ValueError(`tensor: ${told(values)} stands among the values; give numbers, nested in arrays.`);
  let inner: number[] | undefined;
  for (const value of values) {
    const shape = flatten(value, into);
    if (inner !== undefined && showShape(inner) !== showShape(shape)) {
      throw new ShapeError(
        `tensor: one row is ${showShape(inner)} and another ${showShape(shape)}; rows must all have the same shape.`,
      );
    }
    inner = shape;
  }
  return [values.length, ...(inner ?? [])];
}

function told(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 20 ? `${value.slice(0, 20)}…` : value);
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object that is no array" : String(value);
}

/** A tensor of zeros. */
export function zeros(shape: Shape, dtype: DType = "float32"): Tensor {
  checkShape("zeros", shape);
  checkDType("zeros", dtype);
  const size = sizeOf(shape);
  try {
    return view(allocate(size, dtype), shape);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const gigabytes = (size * (dtype === "float64" ? 8 : 4)) / 1e9;
    throw new ShapeError(
      `a tensor of ${showShape(shape)} in ${dtype} takes ${gigabytes.toPrecision(3)} GB, which cannot be had at once; make a smaller tensor, or several.`,
    );
  }
}

/** A tensor of one number everywhere. */
export function full(shape: Shape, value: number, dtype: DType = "float32"): Tensor {
  const result = zeros(shape, dtype);
  result.data.fill(value);
  return result;
}

/** "float32" or "float64". @throws DTypeError for an ndarray over anything else */
export function dtypeOf(x: Tensor, operation = "tensor"): DType {
  const dtype: string = x.dtype;
  if (dtype === "float32" || dtype === "float64") return dtype;
  throw new DTypeError(
    `${operation}: an ndarray of ${dtype} is not a tensor; copy it into a Float32Array or Float64Array first.`,
  );
}

/** Whether the elements lie row-major and without gaps, somewhere in the buffer. */
export function isDense(x: Tensor): boolean {
  let expected = 1;
  for (let axis = x.shape.length - 1; axis >= 0; axis--) {
    if (x.shape[axis] !== 1 && x.stride[axis] !== expected) return false;
    expected *= x.shape[axis];
  }
  return true;
}

/**
 * The elements in row-major order. A dense tensor gives its own memory (do not write into it); any other
 * view (transposed, stepped, reversed, a column) is copied.
 */
export function flat<T extends DType = DType>(x: Tensor<T>): Numbers<T>;
export function flat(x: Tensor): Numbers {
  if (!isDense(x)) return gather(x);
  const size = sizeOf(x.shape);
  return x.data.length === size ? x.data : x.data.subarray(x.offset, x.offset + size);
}

/** A dense tensor of its own memory with the same elements. */
export function copy<T extends DType = DType>(x: Tensor<T>): Tensor<T>;
export function copy(x: Tensor): Tensor {
  return wrap(isDense(x) ? flat(x).slice() : gather(x), x.shape);
}

/**
 * The same elements in row-major order under another shape; shares memory when x is dense. One extent may be −1: as many as
 * the others leave.
 *
 *     reshape(batch, [batch.shape[0], -1]) // N×C×H×W → N×CHW
 *
 * @throws ShapeError when the shape has not as many elements
 */
export function reshape<T extends DType = DType>(x: Tensor<T>, shape: Shape): Tensor<T>;
export function reshape(x: Tensor, to: Shape): Tensor {
  const others = sizeOf(to.filter((extent) => extent !== -1));
  const open =
    others > 0 && sizeOf(x.shape) % others === 0 && to.filter((extent) => extent === -1).length === 1;
  const shape = open ? to.map((extent) => (extent === -1 ? sizeOf(x.shape) / others : extent)) : to;
  if (shape.includes(-1)) {
    throw new ShapeError(
      `reshape: ${showShape(x.shape)} has ${sizeOf(x.shape)} elements, of which [${to.join(", ")}] makes no shape; one extent ` +
        `may be -1, and the others must divide the elements.`,
    );
  }
  if (sizeOf(shape) !== sizeOf(x.shape)) {
    throw new ShapeError(
      `reshape: ${showShape(x.shape)} has ${sizeOf(x.shape)} elements and ${showShape(shape)} has ` +
        `${sizeOf(shape)}; both must have the same number.`,
    );
  }
  const place = placeOf(x);
  return place ? remote(place, shape) : wrap(flat(x), shape);
}

/** A copy in the other precision (or the same). */
export function cast(x: Tensor, dtype: DType): Tensor {
  checkDType("cast", dtype);
  const values = flat(x);
  return wrap(dtype === "float64" ? Float64Array.from(values) : Float32Array.from(values), x.shape);
}

/** The elements as nested JavaScript arrays. */
export function toNested(x: Tensor): Nested {
  const values = flat(x);
  let next = 0;
  const build = (axis: number): Nested =>
    axis === x.shape.length ? values[next++] : Array.from({ length: x.shape[axis] }, () => build(axis + 1));
  return build(0);
}

/** The elements in row-major order: the last two axes as a matrix, for each place on the others. */
function gather(x: Tensor): Numbers {
  const { shape, stride, data } = x;
  const size = sizeOf(shape);
  const result = allocate(size, dtypeOf(x));
  if (size === 0) return result;
  const outer = Math.max(0, shape.length - 2);
  const [rows, columns] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  const [down, right] = [stride.at(-2) ?? 0, stride.at(-1) ?? 0];
  const index = new Array<number>(outer).fill(0);
  let source = x.offset;
  for (let target = 0; target < size; target += rows * columns) {
    gatherMatrix(data, source, [down, right], result, target, [rows, columns]);
    for (let axis = outer - 1; axis >= 0; axis--) {
      source += stride[axis];
      if (++index[axis] < shape[axis]) break;
      source -= stride[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}

/** Rows and columns of a block: the memory that it reads and writes stays in the processor's cache. */
const BLOCK = 32;

function gatherMatrix(
  from: Numbers,
  start: number,
  [down, right]: Shape,
  to: Numbers,
  target: number,
  [rows, columns]: Shape,
): void {
  // Where neighbours in a row are far apart and those in a column near, as in a transpose, whole rows would read too much.
  const wide = Math.abs(right) > Math.abs(down) && rows > 1 ? BLOCK : columns;
  for (let first = 0; first < columns; first += wide) {
    const count = Math.min(wide, columns - first);
    for (let row = 0; row < rows; row++) {
      let [at, into] = [start + row * down + first * right, target + row * columns + first];
      for (const end = into + count; into < end; into++, at += right) to[into] = from[at];
    }
  }
}

function checkShape(operation: string, shape: Shape): void {
  const given: unknown = shape;
  const isList = typeof given === "object" && given !== null && Symbol.iterator in given && "length" in given;
  if (!isList || ![...shape].every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
    const text = isList ? `[${[...shape].map((extent) => told(extent)).join(", ")}]` : told(given);
    throw new ShapeError(
      `${operation}: ${text} is not a shape; give whole numbers from 0 up, such as [${Number.isSafeInteger(given) ? `${String(given)}` : "2, 3"}].`,
    );
  }
}

function checkDType(operation: string, dtype: DType): void {
  if (dtype !== "float32" && dtype !== "float64") {
    throw new DTypeError(`${operation}: ${String(dtype)} is not a dtype; use "float32" or "float64".`);
  }
}
