/**
 * A tensor as text, in the way of NumPy: its shape and dtype first, then its numbers in aligned columns, and an
 * ellipsis for what is in the middle of many.
 */
import { showShape } from "./errors.js";
import type { Tensor } from "./types.js";

/** From so many elements on, the middle of each axis is left out. */
const MANY = 1000;
/** How many elements stay at each end of an axis then. */
const EDGE = 3;

/**
 * A tensor as text: its shape and dtype, then its numbers in nested brackets; of more than 1,000 numbers only the ends
 * of each axis.
 *
 *     tensor 2×3 float32
 *     [[1, 2, 3],
 *      [4, 5, 6]]
 */
export function showTensor(x: Tensor): string {
  const head = `tensor ${showShape(x.shape)} ${x.dtype}`;
  if (x.size === 0) return `${head} []`;
  const elide = x.size > MANY;
  const shown = collect(x, elide);
  const write = writer(shown);
  const width = Math.max(...shown.map((value) => write(value).length));
  const element = (offset: number): string => write(x.data[offset]).padStart(width);
  if (x.shape.length === 0) return `${head}\n${write(x.data[x.offset])}`;
  return `${head}\n${block(x, 0, x.offset, elide, element)}`;
}

/** `tensor 3 float32 [1, 2, 3]`; the numbers of a matrix, and more than ten, are left out. */
export function showTensorInLine(x: Tensor): string {
  return x.shape.length <= 1 && x.size <= 10
    ? showTensor(x).replace("\n", " ")
    : `tensor ${showShape(x.shape)} ${x.dtype}`;
}

function block(
  x: Tensor,
  axis: number,
  offset: number,
  elide: boolean,
  element: (offset: number) => string,
): string {
  if (axis === x.shape.length) return element(offset);
  const inner = axis === x.shape.length - 1;
  const parts = indices(x.shape[axis], elide).map((i) =>
    i === undefined ? "…" : block(x, axis + 1, offset + i * x.stride[axis], elide, element),
  );
  // A blank line for every further axis, as between the images of a batch.
  const gap = inner ? ", " : `,${"\n".repeat(x.shape.length - axis - 1)}${" ".repeat(axis + 1)}`;
  return `[${parts.join(gap)}]`;
}

function indices(extent: number, elide: boolean): (number | undefined)[] {
  if (!elide || extent <= 2 * EDGE) return Array.from({ length: extent }, (_, i) => i);
  const ends = Array.from({ length: EDGE }, (_, i) => i);
  return [...ends, undefined, ...ends.map((i) => extent - EDGE + i)];
}

function collect(x: Tensor, elide: boolean, axis = 0, offset = x.offset, into: number[] = []): number[] {
  if (axis === x.shape.length) into.push(x.data[offset]);
  else
    for (const i of indices(x.shape[axis], elide))
      if (i !== undefined) collect(x, elide, axis + 1, offset + i * x.stride[axis], into);
  return into;
}

/** One way of writing for all numbers that are shown: whole, with up to four decimals, or with an exponent. */
function writer(values: readonly number[]): (value: number) => string {
  const sizes = values.filter((value) => Number.isFinite(value) && value !== 0).map(Math.abs);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const special = (value: number): string | undefined => (Number.isFinite(value) ? undefined : String(value));
  if (sizes.length === 0 || (values.every((v) => !Number.isFinite(v) || Number.isInteger(v)) && most < 1e8))
    return (value) => special(value) ?? String(value === 0 ? 0 : value);
  if (most >= 1e8 || least < 1e-4 || most / least > 1e6)
    return (value) => special(value) ?? value.toExponential(4);
  const decimals = Math.max(
    ...sizes.map((size) => Number(size.toFixed(4)).toString().split(".")[1]?.length ?? 0),
  );
  return (value) => special(value) ?? value.toFixed(Math.max(1, decimals));
}
