/**
 * The errors of the library. Each message is one sentence that names the operation, shows the numbers
 * and says the way out.
 */

/** Sizes that do not fit each other. */
export class ShapeError extends Error {
  override name = "ShapeError";
}

/** float32 met float64, or an array of another type came where one of the two is needed. */
export class DTypeError extends Error {
  override name = "DTypeError";
}

/** A number out of its range: a NaN, a label that is no class, a negative stride. */
export class ValueError extends Error {
  override name = "ValueError";
}

/** A call out of order, such as `backward` before `forward`. */
export class StateError extends Error {
  override name = "StateError";
}

/** Bytes that are not what their format says: a wrong magic number, a file that ends early. */
export class FormatError extends Error {
  override name = "FormatError";
}

/** A shape as people write it: `2×3×4`; a scalar's empty shape is `()`. */
export function showShape(shape: readonly number[]): string {
  return shape.length === 0 ? "()" : shape.join("×");
}
