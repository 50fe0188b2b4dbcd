/**
 * The arithmetic of a window that slides along an axis: its number of positions and its padding.
 * Convolution and pooling share it. With N inputs, a window of F taps that are `dilation` apart spans
 * S = dilation·(F − 1) + 1, and there are (N + before + after − S)/stride + 1 outputs (lectures A and D).
 */
import { ShapeError, ValueError } from "../array/errors.js";

/** Zeros around one axis: a number for each side, or [before, after], or "same" (⌈N/stride⌉ outputs) or "valid" (none). */
export type Padding1d = number | readonly [before: number, after: number] | "same" | "valid";
/** Zeros around an image: on every side, or per side, or "same" or "valid". */
export type Padding2d =
  | number
  | { readonly top?: number; readonly bottom?: number; readonly left?: number; readonly right?: number }
  | "same"
  | "valid";
/** What to do when the windows do not cover the axis exactly: refuse, drop the rest, or let the last one overhang. */
export type Rounding = "exact" | "floor" | "ceil";
/** One number for both axes of an image, or [rows, columns]. */
export type Pair = number | readonly [rows: number, columns: number];

/** One axis of a sliding window, resolved to numbers. */
export interface Axis {
  readonly input: number;
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  readonly output: number;
}

/** A signal's other axis: one row, one tap. */
export const oneRow: Axis = { input: 1, filter: 1, stride: 1, dilation: 1, before: 0, after: 0, output: 1 };

/** How a window moves along one axis. */
export interface WindowOptions {
  stride: number;
  dilation: number;
  pad: Padding1d;
  round: Rounding;
}

/** One number for both axes as two. */
export function pair(value: Pair): readonly [number, number] {
  return typeof value === "number" ? [value, value] : value;
}

/** An image's padding as that of its rows' axis and its columns' axis. */
export function padding2d(pad: Padding2d): readonly [Padding1d, Padding1d] {
  if (typeof pad !== "object") return [pad, pad];
  if (Array.isArray(pad)) {
    throw new ValueError(
      `the padding of an image is not a list (${JSON.stringify(pad)}); give one number, { top, bottom, left, right }, "same" or "valid".`,
    );
  }
  const { top = 0, bottom = 0, left = 0, right = 0 } = pad;
  return [
    [top, bottom],
    [left, right],
  ];
}

/**
 * Resolves one axis.
 * @param operation  "conv2d", for messages
 * @param extent     the axis's name in messages: "rows", "columns", "length"
 * @throws ShapeError when no window fits, or when the fit is not exact and `round` is "exact"
 * @throws ValueError for a stride or size below 1 or a negative padding
 */
export function resolveAxis(
  operation: string,
  extent: string,
  input: number,
  filter: number,
  { stride, dilation, pad, round }: WindowOptions,
): Axis {
  for (const [name, value] of Object.entries({ "filter size": filter, stride, dilation })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new ValueError(`${operation}: the ${name} is ${value}; it must be a whole number, 1 or more.`);
    }
  }
  const span = dilation * (filter - 1) + 1;
  const [before, after] = sides(operation, pad, input, stride, span);
  const room = input + before + after - span;
  if (room < 0) {
    throw new ShapeError(
      `${operation}: ${input} ${extent} with padding ${before} + ${after} are fewer than the ${span} that a ` +
        `filter of ${filter}${dilation > 1 ? ` with dilation ${dilation}` : ""} spans; pad more or use a smaller filter.`,
    );
  }
  if (room % stride !== 0 && round === "exact") {
    throw new ShapeError(
      notWhole(operation, extent, { input, filter, stride, dilation, before, after }, room),
    );
  }
  let output = Math.floor(room / stride) + 1;
  // An overhanging last window must still begin inside the input or its leading padding, as in PyTorch.
  if (round === "ceil" && room % stride !== 0 && output * stride < input + before) output++;
  return { input, filter, stride, dilation, before, after, output };
}

function sides(
  operation: string,
  pad: Padding1d,
  input: number,
  stride: number,
  span: number,
): readonly [number, number] {
  if (pad === "valid") return [0, 0];
  if (pad === "same") {
    const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + span - input);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  }
  const [before, after] = typeof pad === "number" ? [pad, pad] : pad;
  if (![before, after].every((side) => Number.isInteger(side) && side >= 0)) {
    throw new ValueError(
      `${operation}: the padding is ${JSON.stringify(pad)}; give a whole number from 0 up, one a side, "same" or "valid".`,
    );
  }
  return [before, after];
}

function notWhole(operation: string, extent: string, axis: Omit<Axis, "output">, room: number): string {
  const { input, filter, stride, dilation, before, after } = axis;
  const span = dilation * (filter - 1) + 1;
  const spanText = dilation === 1 ? `${filter}` : `(${dilation}·(${filter} − 1) + 1)`;
  const [padName, padSum] =
    before === after ? [`${before}`, `2·${before}`] : [`[${before}, ${after}]`, `${before} + ${after}`];
  const places = (room / stride + 1).toFixed(2);
  const candidates = Array.from({ length: stride }, (_, i) => i);
  const pad = candidates.find((p) => input + 2 * p >= span && (input + 2 * p - span) % stride === 0);
  const smaller = candidates.slice(1).findLast((s) => room % s === 0) ?? 1;
  return (
    `${operation}: ${input} ${extent}, filter ${filter}, stride ${stride}, pad ${padName}: ` +
    `(${input} + ${padSum} − ${spanText})/${stride} + 1 = ${places} is not whole; use stride ${smaller}` +
    `${pad === undefined ? "" : ` or pad ${pad}`}, or say round: "floor" to leave out the last ${room % stride} of the ${extent}.`
  );
}

/**
 * Resolves one axis of a pooling window, which must not lie wholly on padding.
 * @throws ShapeError, ValueError
 */
export function resolvePoolAxis(
  operation: string,
  extent: string,
  input: number,
  size: number,
  options: WindowOptions,
): Axis {
  const axis = resolveAxis(operation, extent, input, size, options);
  const span = axis.dilation * (size - 1) + 1;
  if (Math.max(axis.before, axis.after) >= span) {
    throw new ValueError(
      `${operation}: padding ${axis.before} + ${axis.after} would put a window of ${span} ${extent} wholly on padding; ` +
        `pad less than the window's size.`,
    );
  }
  return axis;
}

/** The message for a dilated pooling window whose taps all fall on padding. */
export function emptyWindow(operation: string, output: string): string {
  return `${operation}: the window of output ${output} lies wholly on padding; pad less or use a smaller dilation.`;
}

/** The options of a window that are not the defaults, for a table: ", stride 2, pad 1". */
export function describeWindow({
  stride,
  pad,
  dilation,
  groups,
}: {
  stride?: Pair;
  pad?: Padding1d | Padding2d;
  dilation?: Pair;
  groups?: number;
}): string {
  const show = (value: Pair | Padding1d | Padding2d): string =>
    typeof value === "object" ? Object.values(value).join("/") : String(value);
  return [
    stride === undefined || stride === 1 ? "" : `, stride ${show(stride)}`,
    pad === undefined || pad === 0 ? "" : `, pad ${show(pad)}`,
    dilation === undefined || dilation === 1 ? "" : `, dilation ${show(dilation)}`,
    groups === undefined || groups === 1 ? "" : `, ${groups} groups`,
  ].join("");
}
