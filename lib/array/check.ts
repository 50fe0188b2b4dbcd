/** What every operation asks of its arguments before it computes. */
import { DTypeError, ShapeError, ValueError, showShape } from "./errors.js";
import { dtypeOf, flat, type DType, type Shape, type Tensor } from "./tensor.js";

/**
 * All tensors of one dtype, which is returned; undefined entries are skipped.
 * @throws DTypeError naming the first two that differ
 */
export function sameDType(operation: string, tensors: Readonly<Record<string, Tensor | undefined>>): DType {
  let first: [string, DType] | undefined;
  for (const [name, x] of Object.entries(tensors)) {
    if (x === undefined) continue;
    const dtype = dtypeOf(x, `${operation}: ${name}`);
    if (first === undefined) first = [name, dtype];
    else if (first[1] !== dtype) {
      throw new DTypeError(
        `${operation}: ${first[0]} is ${first[1]} but ${name} is ${dtype}; ` +
          `use one precision for both, for example cast(${name}, "${first[1]}").`,
      );
    }
  }
  return first?.[1] ?? "float32";
}

/**
 * The tensor has this shape; −1 stands for any extent.
 * @param hint  the way out, appended to the message
 */
export function expectShape(operation: string, name: string, x: Tensor, shape: Shape, hint = ""): void {
  const fits =
    x.shape.length === shape.length && shape.every((extent, i) => extent === -1 || extent === x.shape[i]);
  if (fits) return;
  const expected = shape.map((extent) => (extent === -1 ? "any" : extent)).join("×");
  throw new ShapeError(
    `${operation}: ${name} is ${showShape(x.shape)}, expected ${expected}${hint ? `; ${hint}` : ""}.`,
  );
}

/**
 * The tensor has so many axes; `layout` names them, such as "N×C×H×W".
 * @throws DTypeError for an ndarray of anything but floats; ShapeError
 */
export function expectRank(operation: string, name: string, x: Tensor, layout: string): void {
  dtypeOf(x, `${operation}: ${name}`);
  expectAxes(operation, name, x.shape, layout);
}

/** A shape of so many axes; `layout` names them, such as "N×C×H×W". @throws ShapeError */
export function expectAxes(operation: string, name: string, shape: Shape, layout: string): void {
  const rank = layout.split("×").length;
  if (shape.length === rank) return;
  throw new ShapeError(
    `${operation}: ${name} is ${showShape(shape)} (${shape.length} axes), expected ${layout} (${rank} axes)` +
      (shape.length === rank - 1 ? `; for a single example put a batch axis of 1 in front.` : `.`),
  );
}

/** A whole number not below `least`. */
export function expectInteger(operation: string, name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new ValueError(`${operation}: ${name} is ${value}; it must be a whole number, ${least} or more.`);
}

/** No NaN and no infinity among the elements. */
export function expectFinite(operation: string, name: string, x: Tensor): void {
  const values = flat(x);
  if (allFinite(values)) return;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    const index: number[] = [];
    for (let axis = x.shape.length - 1, rest = i; axis >= 0; axis--) {
      index.unshift(rest % x.shape[axis]);
      rest = Math.floor(rest / x.shape[axis]);
    }
    let bad = 0;
    for (const value of values) if (!Number.isFinite(value)) bad++;
    throw new ValueError(
      `${operation}: ${name}[${index.join(", ")}] is ${values[i]} (${bad} of ${values.length} numbers are not finite); ` +
        `find where it comes from before going on: a division by zero, a logarithm of zero or a learning rate too large.`,
    );
  }
}

/** x − x is 0 for a finite number and NaN for any other. Four sums, so that no addition waits for the one before it. */
function allFinite(values: Float32Array | Float64Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += values[i] - values[i];
    b += values[i + 1] - values[i + 1];
    c += values[i + 2] - values[i + 2];
    d += values[i + 3] - values[i + 3];
  }
  for (let i = whole; i < values.length; i++) a += values[i] - values[i];
  return a + b + c + d === 0;
}
