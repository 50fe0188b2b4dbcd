/**
 * Tensors taken apart and put together: the numbers stay what they are and change their places. What goes out is
 * dense and has memory of its own.
 */
import ops from "ndarray-ops";
import { progression, resolveAxes, resolveAxisNumber, type Axes } from "./axes.js";
import { sameDType } from "./check.js";
import { expectTensor } from "./elementwise.js";
import { ShapeError, ValueError, showShape } from "./errors.js";
import { copy, flat, full, isDense, type Shape, sizeOf, type Tensor, view, wrap, zeros } from "./tensor.js";

/**
 * The axes in another order.
 *
 *     transpose(matrix)             // its rows become columns
 *     transpose(image, [1, 2, 0])   // C×H×W → H×W×C
 *
 * @param order  for each axis of the result, which axis of x it is; reversed when left out
 * @throws ShapeError when the order does not name every axis once
 */
export function transpose(x: Tensor, order?: Shape): Tensor {
  expectTensor("transpose", "x", x);
  const rank = x.shape.length;
  const given = order ?? x.shape.map((_, axis) => rank - 1 - axis);
  if (given.length !== rank) {
    throw new ShapeError(
      `transpose: ${given.length} axes for a ${showShape(x.shape)} tensor; name each of its ${rank} axes once.`,
    );
  }
  const axes = given.map((axis) => resolveAxisNumber("transpose", axis, rank));
  resolveAxes("transpose", axes, rank);
  return copy(rank === 0 ? x : x.transpose(...axes));
}

/** What to take of one axis: an index (the axis goes), [start, end, step], or null for all of it. */
export type Range = number | readonly [start: number | null, end?: number | null, step?: number] | null;

/**
 * A part of a tensor, by NumPy's rule: `end` is not included, a negative index counts from the end, ends beyond the
 * extent are cut, a negative step goes backwards. A single index that is outside is refused.
 *
 *     slice(x, [0, 10])             // the first ten examples
 *     slice(x, null, 0)             // the first channel of every example
 *     slice(x, [null, null, -1])    // from the last to the first
 *
 * @param ranges  one an axis; axes that are left out are taken whole
 * @throws ShapeError for more ranges than axes or an index outside; ValueError for a step of 0
 */
export function slice(x: Tensor, ...ranges: readonly Range[]): Tensor {
  return copy(sliceView(x, ranges));
}

/** The part that `slice` copies, as a view of x. */
export function sliceView(x: Tensor, ranges: readonly Range[]): Tensor {
  expectTensor("slice", "x", x);
  if (ranges.length > x.shape.length) {
    throw new ShapeError(
      `slice: ${ranges.length} ranges for a ${showShape(x.shape)} tensor; it has ${x.shape.length} axes.`,
    );
  }
  let offset = x.offset;
  const [shape, stride]: [number[], number[]] = [[], []];
  x.shape.forEach((extent, axis) => {
    const range = ranges[axis] ?? null;
    if (typeof range === "number") {
      offset += indexAt("slice", x, axis, range) * x.stride[axis];
      return;
    }
    const { start, step, count } = progression(axis, extent, range ?? [null]);
    offset += count > 0 ? start * x.stride[axis] : 0;
    shape.push(count);
    stride.push(step * x.stride[axis]);
  });
  return view(x.data, shape, stride, offset);
}

/** An index on an axis, counted from the end when negative. @throws ShapeError when it is outside */
export function indexAt(operation: string, x: Tensor, axis: number, index: number): number {
  const extent = x.shape[axis];
  if (Number.isInteger(index) && index >= -extent && index < extent)
    return index < 0 ? index + extent : index;
  throw new ShapeError(
    `${operation}: index ${index} on axis ${axis} is outside a ${showShape(x.shape)} tensor; ` +
      (extent === 0
        ? "the axis is empty."
        : `it runs from 0 to ${extent - 1}, or from −${extent} to −1 from the end.`),
  );
}

/**
 * Tensors joined along an axis that they have; the other extents must agree.
 * @param axis  0 when left out
 * @throws ShapeError, DTypeError when they do not fit each other
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const first = firstOf("concat", tensors);
  const along = resolveAxisNumber("concat", axis, first.shape.length);
  tensors.forEach((x, i) => {
    const fits =
      x.shape.length === first.shape.length && x.shape.every((e, a) => a === along || e === first.shape[a]);
    if (fits) return;
    throw new ShapeError(
      `concat: tensor ${i} is ${showShape(x.shape)} and the first is ${showShape(first.shape)}; ` +
        `all extents but that of axis ${along} must agree.`,
    );
  });
  const shape = [...first.shape];
  shape[along] = tensors.reduce((extent, x) => extent + x.shape[along], 0);
  const result = zeros(shape, first.dtype);
  let at = 0;
  for (const x of tensors) {
    assign(part(result, along, at, x.shape[along]), x);
    at += x.shape[along];
  }
  return result;
}

/**
 * Tensors of one shape, one beside the other along a new axis.
 * @param axis  where the new axis stands in the result; 0 when left out
 * @throws ShapeError, DTypeError when they are not of one kind
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const first = firstOf("stack", tensors);
  const along = resolveAxisNumber("stack", axis, first.shape.length + 1);
  tensors.forEach((x, i) => {
    if (showShape(x.shape) === showShape(first.shape)) return;
    throw new ShapeError(
      `stack: tensor ${i} is ${showShape(x.shape)} and the first is ${showShape(first.shape)}; all must have one shape.`,
    );
  });
  const shape = first.shape.toSpliced(along, 0, tensors.length);
  const result = zeros(shape, first.dtype);
  tensors.forEach((x, i) => {
    const place = part(result, along, i, 1);
    assign(view(place.data, [...first.shape], place.stride.toSpliced(along, 1), place.offset), x);
  });
  return result;
}

/**
 * A tensor cut along an axis: the opposite of `concat`.
 * @param parts  how many parts of one extent, or the extent of each part
 * @param axis   0 when left out
 * @throws ShapeError when the parts do not add up to the axis
 */
export function split(x: Tensor, parts: number | readonly number[], axis = 0): Tensor[] {
  expectTensor("split", "x", x);
  const along = resolveAxisNumber("split", axis, x.shape.length);
  const extent = x.shape[along];
  const extents =
    typeof parts === "number"
      ? new Array<number>(Math.max(1, Math.floor(parts) || 1)).fill(extent / parts)
      : parts;
  const whole = extents.every((one) => Number.isInteger(one) && one >= 0);
  if (!whole || extents.reduce((total, one) => total + one, 0) !== extent) {
    throw new ShapeError(
      `split: axis ${along} of a ${showShape(x.shape)} tensor has ${extent}, which ` +
        (typeof parts === "number"
          ? `${parts} equal parts do not make up.`
          : `parts of ${parts.join(", ")} do not make up; a list says how long each part is.`),
    );
  }
  let at = 0;
  return extents.map((one) => {
    const piece = copy(part(x, along, at, one));
    at += one;
    return piece;
  });
}

/**
 * A border of one number around a tensor.
 * @param widths  how much on both sides of every axis: one number, or one an axis, or [before, after] for an axis
 * @param value   0 when left out
 * @throws ShapeError, ValueError for widths that are not one an axis, or negative
 */
export function pad(
  x: Tensor,
  widths: number | readonly (number | readonly [before: number, after: number])[],
  value = 0,
): Tensor {
  expectTensor("pad", "x", x);
  const given = typeof widths === "number" ? x.shape.map(() => widths) : widths;
  if (given.length !== x.shape.length) {
    throw new ShapeError(
      `pad: ${given.length} widths for a ${showShape(x.shape)} tensor; give one number, or one for each of its ${x.shape.length} axes.`,
    );
  }
  const sides = given.map((one) => (typeof one === "number" ? [one, one] : one));
  for (const width of sides.flat()) {
    if (!Number.isInteger(width) || width < 0)
      throw new ValueError(
        `pad: a width is ${width}; it must be a whole number, 0 or more. slice takes a border away.`,
      );
  }
  const result = full(
    x.shape.map((extent, axis) => extent + sides[axis][0] + sides[axis][1]),
    value,
    x.dtype,
  );
  let inner = result;
  sides.forEach(([before], axis) => (inner = part(inner, axis, before, x.shape[axis])));
  assign(inner, x);
  return result;
}

/** The order along the axes turned round; along all of them when none are named. */
export function flip(x: Tensor, axes?: Axes): Tensor {
  expectTensor("flip", "x", x);
  const along = resolveAxes("flip", axes, x.shape.length);
  return slice(x, ...x.shape.map((_, axis): Range => (along.includes(axis) ? [null, null, -1] : null)));
}

/**
 * The elements moved along an axis; what leaves at one end comes in at the other.
 * @param shift  by how many places, towards higher indices; negative towards lower
 * @param axis   0 when left out
 */
export function roll(x: Tensor, shift: number, axis = 0): Tensor {
  expectTensor("roll", "x", x);
  const along = resolveAxisNumber("roll", axis, x.shape.length);
  if (!Number.isInteger(shift)) throw new ValueError(`roll: shift is ${shift}; it must be a whole number.`);
  const extent = x.shape[along];
  if (extent === 0) return copy(x);
  const at = ((shift % extent) + extent) % extent;
  return concat([part(x, along, extent - at, at), part(x, along, 0, extent - at)], along);
}

/**
 * The tensor repeated along its axes, like tiles.
 * @param counts  how often along each axis, flush right as in broadcasting: [2, 1] puts a row below itself
 */
export function tile(x: Tensor, counts: Shape): Tensor {
  expectTensor("tile", "x", x);
  for (const count of counts) {
    if (!Number.isInteger(count) || count < 0)
      throw new ValueError(`tile: a count is ${count}; it must be a whole number, 0 or more.`);
  }
  const rank = Math.max(counts.length, x.shape.length);
  const shape = [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape];
  const stride = [...new Array<number>(rank - x.shape.length).fill(0), ...x.stride];
  const times = [...new Array<number>(rank - counts.length).fill(1), ...counts];
  // Each axis as two: the repetition, which has stride 0, and the axis itself.
  const tiled = view(
    x.data,
    shape.flatMap((extent, axis) => [times[axis], extent]),
    stride.flatMap((step) => [0, step]),
    x.offset,
  );
  return wrap(
    copy(tiled).data,
    shape.map((extent, axis) => extent * times[axis]),
  );
}

/** The elements from `at` on along one axis, as a view. */
function part(x: Tensor, axis: number, at: number, extent: number): Tensor {
  const shape = [...x.shape];
  shape[axis] = extent;
  const offset = extent === 0 ? x.offset : x.offset + at * x.stride[axis];
  return view(x.data, shape, [...x.stride], offset);
}

/** Writes the elements of one tensor into another of the same shape, which may be a view. */
export function assign(to: Tensor, from: Tensor): void {
  if (sizeOf(to.shape) === 0) return;
  if (isDense(to)) to.data.set(flat(from), to.offset);
  else ops.assign(to, from);
}

function firstOf(operation: string, tensors: readonly Tensor[]): Tensor {
  if (!Array.isArray(tensors) || tensors.length === 0)
    throw new ShapeError(`${operation}: there are no tensors; give an array of one or more.`);
  tensors.forEach((x, i) => expectTensor(operation, `tensor ${i}`, x));
  sameDType(operation, Object.fromEntries(tensors.map((x, i) => [`tensor ${i}`, x] as const)));
  return tensors[0];
}
