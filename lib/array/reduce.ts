/**
 * Reductions: many numbers become one, over all axes or over those that are named. Sums run in double precision and
 * are rounded to the tensor's own once, at the end. Four sums take turns, or eight on long rows where an engine has
 * routines (`lib/engine`), always in the same order: the same numbers give the same bits. Over all axes the result is a
 * plain number; over some it is a tensor without them, or with 1 in their place (`keep: true`), which broadcasts against
 * the tensor it came from.
 */
import { resolveAxes, resolveAxisNumber, rowsAlong, rowsOf, type Axes } from "./axes.js";
import { sameDType } from "./check.js";
import { ShapeError, ValueError, showShape } from "./errors.js";
import { expectTensor, outFor, type OutOption } from "./elementwise.js";
import { arithmeticFor, type Fold, type Results } from "./routines.js";
import { stretchesOf, type Stretches } from "./runs.js";
import { flat, isDense, wrap, zeros, type Tensor } from "./tensor.js";

/**
 * How a reduction over axes gives its result: without the axes or with 1 in their place, in a new tensor or in one that
 * is there.
 */
export interface ReduceOptions extends OutOption {
  /** Leave 1 in place of each axis that went; false. */
  keep?: boolean;
}

/** How `variance` and `standardDeviation` divide, besides what every reduction takes. */
export interface VarianceOptions extends ReduceOptions {
  /** The sum of squares is divided by the count less this: 0 for the numbers at hand, 1 for an unbiased estimate; 0. */
  correction?: number;
}

type Values = Float32Array | Float64Array;
/** All results at once, from the stretches of a dense tensor, none of whose numbers is moved; undefined where it cannot. */
type Sweep = (
  values: Values,
  stretches: Stretches,
  count: number,
  length: number,
) => Float64Array | undefined;
/** One number from the elements from `start` to before `end`. */
type RowFunction = (values: Values, start: number, end: number) => number;

/**
 * The sum over the given axes, one or several, −1 the last; over all unless given. The sum of nothing is 0.
 *
 *     sum(x)                        // a number
 *     sum(x, 0)                     // over the rows: one number a column
 *     sum(x, [2, 3], { keep: true }) // N×C×H×W → N×C×1×1
 */
export function sum(x: Tensor): number;
export function sum(x: Tensor, axes: Axes, options?: ReduceOptions): Tensor;
export function sum(x: Tensor, axes: undefined, options: ReduceOptions): Tensor;
export function sum(x: Tensor, axes?: Axes, options?: ReduceOptions): number | Tensor {
  return reduce("sum", x, axes, options, total, 0, totals);
}

/** The arithmetic mean. @throws ShapeError for the mean of nothing */
export function mean(x: Tensor): number;
export function mean(x: Tensor, axes: Axes, options?: ReduceOptions): Tensor;
export function mean(x: Tensor, axes: undefined, options: ReduceOptions): Tensor;
export function mean(x: Tensor, axes?: Axes, options?: ReduceOptions): number | Tensor {
  return reduce("mean", x, axes, options, average, 1, averages);
}

/** The mean squared distance from the mean. @throws ShapeError for too few numbers */
export function variance(x: Tensor): number;
export function variance(x: Tensor, axes: undefined, options: { correction: number }): number;
export function variance(x: Tensor, axes: Axes, options?: VarianceOptions): Tensor;
export function variance(x: Tensor, axes: undefined, options: VarianceOptions): Tensor;
export function variance(x: Tensor, axes?: Axes, options?: VarianceOptions): number | Tensor {
  return spread("variance", x, axes, options, (value) => value);
}

/** The standard deviation: √variance. @throws ShapeError for too few numbers */
export function standardDeviation(x: Tensor): number;
export function standardDeviation(x: Tensor, axes: undefined, options: { correction: number }): number;
export function standardDeviation(x: Tensor, axes: Axes, options?: VarianceOptions): Tensor;
export function standardDeviation(x: Tensor, axes: undefined, options: VarianceOptions): Tensor;
export function standardDeviation(x: Tensor, axes?: Axes, options?: VarianceOptions): number | Tensor {
  return spread("standardDeviation", x, axes, options, Math.sqrt);
}

/** The largest number; NaN where there is one. @throws ShapeError for the largest of nothing */
export function max(x: Tensor): number;
export function max(x: Tensor, axes: Axes, options?: ReduceOptions): Tensor;
export function max(x: Tensor, axes: undefined, options: ReduceOptions): Tensor;
export function max(x: Tensor, axes?: Axes, options?: ReduceOptions): number | Tensor {
  return reduce("max", x, axes, options, highest, 1, most);
}

/** The smallest number; NaN where there is one. @throws ShapeError for the smallest of nothing */
export function min(x: Tensor): number;
export function min(x: Tensor, axes: Axes, options?: ReduceOptions): Tensor;
export function min(x: Tensor, axes: undefined, options: ReduceOptions): Tensor;
export function min(x: Tensor, axes?: Axes, options?: ReduceOptions): number | Tensor {
  return reduce("min", x, axes, options, lowest, 1, least);
}

/**
 * Where the largest number is: its index along the axis, or in row-major order when no axis is named. The first of
 * equals; the first NaN where there is one.
 * @throws ShapeError for the largest of nothing
 */
export function argmax(x: Tensor): number;
export function argmax(x: Tensor, axis: number, options?: ReduceOptions): Tensor;
export function argmax(x: Tensor, axis?: number, options?: ReduceOptions): number | Tensor {
  return position("argmax", x, axis, options, largest, placesOf("max"));
}

/** Where the smallest number is; like `argmax`. @throws ShapeError for the smallest of nothing */
export function argmin(x: Tensor): number;
export function argmin(x: Tensor, axis: number, options?: ReduceOptions): Tensor;
export function argmin(x: Tensor, axis?: number, options?: ReduceOptions): number | Tensor {
  return position("argmin", x, axis, options, smallest, placesOf("min"));
}

/**
 * The indices that would sort the numbers along an axis, the smallest first. Equals keep their order, NaN comes last.
 * @param axis  −1, the last, when left out
 * @returns a tensor of x's shape and dtype that holds whole numbers
 */
export function argsort(x: Tensor, axis = -1): Tensor {
  expectTensor("argsort", "x", x);
  const along = resolveAxisNumber("argsort", axis, x.shape.length);
  const { values, count, length, order } = rowsAlong(x, [along]);
  expectExact("argsort", x, length);
  const sorted = zeros(
    order.map((one) => x.shape[one]),
    x.dtype,
  );
  for (let row = 0; row < count; row++) {
    const start = row * length;
    const indices = Array.from({ length }, (_, i) => i);
    indices.sort((i, j) => compare(values[start + i], values[start + j]));
    sorted.data.set(indices, start);
  }
  const back = new Array<number>(order.length);
  order.forEach((one, i) => (back[one] = i));
  return wrap(flat(sorted.transpose(...back)), x.shape);
}

/** The Euclidean norm √Σx². Numbers of any size: nothing overflows on the way. */
export function norm(x: Tensor): number;
export function norm(x: Tensor, axes: Axes, options?: ReduceOptions): Tensor;
export function norm(x: Tensor, axes: undefined, options: ReduceOptions): Tensor;
export function norm(x: Tensor, axes?: Axes, options?: ReduceOptions): number | Tensor {
  return reduce("norm", x, axes, options, length2);
}

/**
 * The inner product Σ aᵢ·bᵢ of two tensors of one shape, in double precision.
 * @throws ShapeError when the shapes differ
 */
export function dot(a: Tensor, b: Tensor): number {
  for (const [name, x] of Object.entries({ a, b })) expectTensor("dot", name, x);
  sameDType("dot", { a, b });
  if (showShape(a.shape) !== showShape(b.shape)) {
    throw new ShapeError(
      `dot: a is ${showShape(a.shape)} and b is ${showShape(b.shape)}; both need one shape. matmul multiplies matrices.`,
    );
  }
  const [A, B] = [flat(a), flat(b)];
  const quick = arithmeticFor(A.length);
  if (quick) return quick.fold("products", A, 0, A.length, { z: B });
  let result = 0;
  for (let i = 0; i < A.length; i++) result += A[i] * B[i];
  return result;
}

function total(values: Values, start: number, end: number): number {
  const quick = arithmeticFor(end - start);
  if (quick) return quick.fold("sum", values, start, end);
  // Four sums, so that no addition waits for the one before it.
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = start;
  for (; i + 3 < end; i += 4) {
    a += values[i];
    b += values[i + 1];
    c += values[i + 2];
    d += values[i + 3];
  }
  for (; i < end; i++) a += values[i];
  return a + b + (c + d);
}

const average: RowFunction = (values, start, end) => total(values, start, end) / (end - start);

/** The summed squares of the distances from a centre. */
function squaresOf(values: Values, start: number, end: number, centre: number): number {
  const quick = arithmeticFor(end - start);
  if (quick) return quick.fold("squares", values, start, end, { centre });
  let squares = 0;
  for (let i = start; i < end; i++) {
    const distance = values[i] - centre;
    squares += distance * distance;
  }
  return squares;
}

function length2(values: Values, start: number, end: number): number {
  let squares = squaresOf(values, start, end, 0);
  if (squares > 1e-280 && squares < Infinity) return Math.sqrt(squares);
  let scale = 0;
  for (let i = start; i < end; i++) scale = Math.max(scale, Math.abs(values[i]));
  if (!(scale > 0) || scale === Infinity) return scale;
  squares = 0;
  for (let i = start; i < end; i++) squares += (values[i] / scale) ** 2;
  return scale * Math.sqrt(squares);
}

function highest(values: Values, start: number, end: number): number {
  return arithmeticFor(end - start)?.fold("max", values, start, end) ?? values[largest(values, start, end)];
}

function lowest(values: Values, start: number, end: number): number {
  return arithmeticFor(end - start)?.fold("min", values, start, end) ?? values[smallest(values, start, end)];
}

function largest(values: Values, start: number, end: number): number {
  const quick = arithmeticFor(end - start);
  if (quick) return quick.position("max", values, start, end);
  let best = start;
  for (let i = start; i < end; i++) {
    if (values[i] > values[best]) best = i;
    else if (Number.isNaN(values[i])) return i;
  }
  return best;
}

function smallest(values: Values, start: number, end: number): number {
  const quick = arithmeticFor(end - start);
  if (quick) return quick.position("min", values, start, end);
  let best = start;
  for (let i = start; i < end; i++) {
    if (values[i] < values[best]) best = i;
    else if (Number.isNaN(values[i])) return i;
  }
  return best;
}

function compare(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  return Number.isNaN(b) ? -1 : a - b || 0;
}

function spread(
  operation: string,
  x: Tensor,
  axes: Axes | undefined,
  { correction = 0, ...options }: VarianceOptions = {},
  finish: (value: number) => number,
): number | Tensor {
  if (!(correction >= 0)) throw new ValueError(`${operation}: correction is ${correction}; use 0 or 1.`);
  const given = Object.keys(options).length > 0 || axes !== undefined ? options : undefined;
  const row: RowFunction = (values, start, end) => {
    const squares = squaresOf(values, start, end, average(values, start, end));
    return finish(squares / (end - start - correction));
  };
  const sweep: Sweep = (values, stretches, count, length) =>
    foldOf("squares", values, stretches, count, averages(values, stretches, count, length)).map((squares) =>
      finish(squares / (length - correction)),
    );
  return reduce(operation, x, axes, given, row, correction + 1, sweep);
}

type ColumnFold = Exclude<Fold, "products">;
const START: Readonly<Record<ColumnFold, number>> = { sum: 0, squares: 0, max: -Infinity, min: Infinity };

/** A fold of stretches. @param centres  for squares: one for each result */
function foldOf(
  kind: ColumnFold,
  values: Values,
  stretches: Stretches,
  count: number,
  centres?: Float64Array,
): Float64Array {
  const { length, isOne } = stretches;
  const results = new Float64Array(count).fill(START[kind]);
  if (isOne) {
    const parts = new Float64Array(count);
    inBlocks(stretches, (start, rows, place) => {
      foldRows(kind, values, start, length, { values: parts, start: place, count: rows, centres });
      for (let i = place; i < place + rows; i++) {
        if (kind === "sum" || kind === "squares") results[i] += parts[i];
        else if (isFarther(kind, parts[i], results[i])) results[i] = parts[i];
      }
    });
  } else {
    inBlocks(stretches, (start, rows, place) =>
      foldColumns(kind, values, start, rows, { values: results, start: place, count: length, centres }),
    );
  }
  return results;
}

/** Calls with the first of some rows that lie one after another, and whose results do so too, or are in the same places. */
function inBlocks(
  { length, isOne, each }: Stretches,
  visit: (start: number, rows: number, place: number) => void,
): void {
  let [first, rows, place] = [0, 0, 0];
  each((start, into) => {
    if (start === first + rows * length && into === (isOne ? place + rows : place)) rows++;
    else {
      if (rows > 0) visit(first, rows, place);
      [first, rows, place] = [start, 1, into];
    }
  });
  if (rows > 0) visit(first, rows, place);
}

function foldRows(kind: ColumnFold, x: Values, start: number, length: number, into: Results): void {
  const quick = arithmeticFor(length);
  if (quick) return quick.foldRows(kind, x, start, length, into);
  for (let i = into.start, from = start; i < into.start + into.count; i++, from += length)
    into.values[i] = foldRow(kind, x, from, from + length, into.centres?.[i]);
}

function foldRow(kind: ColumnFold, values: Values, start: number, end: number, centre = 0): number {
  if (kind === "sum") return total(values, start, end);
  if (kind === "squares") return squaresOf(values, start, end, centre);
  return kind === "max" ? highest(values, start, end) : lowest(values, start, end);
}

function foldColumns(kind: ColumnFold, x: Values, start: number, rows: number, into: Results): void {
  const quick = arithmeticFor(rows * into.count);
  if (quick) return quick.foldColumns(kind, x, start, rows, into);
  const { values, count, centres } = into;
  for (let row = 0, from = start; row < rows; row++, from += count) {
    for (let i = 0, at = into.start; i < count; i++, at++) {
      const value = x[from + i];
      if (kind === "sum") values[at] += value;
      else if (kind === "squares") values[at] += (value - (centres?.[at] ?? 0)) ** 2;
      else if (isFarther(kind, value, values[at])) values[at] = value;
    }
  }
}

/** NaN is farther than all numbers, and nothing is farther than NaN. */
function isFarther(kind: ColumnFold, value: number, than: number): boolean {
  return (kind === "max" ? value > than : value < than) || value !== value;
}

const totals = (values: Values, stretches: Stretches, count: number): Float64Array =>
  foldOf("sum", values, stretches, count);

const averages = (values: Values, stretches: Stretches, count: number, length: number): Float64Array =>
  totals(values, stretches, count).map((sum) => sum / length);

const most: Sweep = (values, stretches, count) => foldOf("max", values, stretches, count);

const least: Sweep = (values, stretches, count) => foldOf("min", values, stretches, count);

/** The places of the largest or smallest numbers of rows; undefined where there is no routine, or the rows are columns. */
const placesOf =
  (kind: "max" | "min"): Sweep =>
  (values, stretches, count, length) => {
    const quick = stretches.isOne ? arithmeticFor(length) : undefined;
    if (!quick) return undefined;
    const places = new Float64Array(count);
    inBlocks(stretches, (start, rows, place) =>
      quick.positions(kind, values, start, length, { values: places, start: place, count: rows }),
    );
    return places;
  };

/** From so many numbers on, a stretch is worth a call of its own. */
const LONG = 16;

function reduce(
  operation: string,
  x: Tensor,
  axes: Axes | undefined,
  options: ReduceOptions | undefined,
  row: RowFunction,
  fewest = 0,
  sweep?: Sweep,
): number | Tensor {
  expectTensor(operation, "x", x);
  const along = resolveAxes(operation, axes, x.shape.length);
  const { count, length, rest, kept } = rowsOf(x, along);
  if (length < fewest && count > 0) {
    throw new ShapeError(
      `${operation}: ${length} numbers along the axes of a ${showShape(x.shape)} tensor; ${operation} needs ${fewest} or more.`,
    );
  }
  if (axes === undefined && options === undefined) return row(flat(x), 0, length);
  const result = outFor(operation, options?.out, options?.keep ? kept : rest, x.dtype, [x]);
  const Y = result.data;
  const stretches = stretchesOf(x.shape, along);
  const all = isDense(x) && stretches.length >= LONG && sweep?.(flat(x), stretches, count, length);
  if (all) {
    Y.set(all, result.offset);
    return result;
  }
  const { values } = rowsAlong(x, along);
  for (let i = 0; i < count; i++) Y[result.offset + i] = row(values, i * length, (i + 1) * length);
  return result;
}

function position(
  operation: string,
  x: Tensor,
  axis: number | undefined,
  options: ReduceOptions | undefined,
  find: RowFunction,
  sweep: Sweep,
): number | Tensor {
  if (axis !== undefined) {
    expectTensor(operation, "x", x);
    expectExact(operation, x, x.shape[resolveAxisNumber(operation, axis, x.shape.length)]);
  }
  return reduce(
    operation,
    x,
    axis,
    options,
    (values, start, end) => find(values, start, end) - start,
    1,
    sweep,
  );
}

/** Indices are told in the tensor's own dtype, in which whole numbers are exact up to 2²⁴ or 2⁵³. */
function expectExact(operation: string, x: Tensor, length: number): void {
  if (x.dtype === "float64" || length <= 2 ** 24) return;
  throw new ShapeError(`${operation}: float32 cannot count to ${length}; use cast(x, "float64").`);
}
