/** The upstream gradient that a backward pass is given, checked. */
import { expectShape, sameDType } from "../array/check.js";
import { flat, wrap, allocate, type DType, type Shape, type Tensor } from "../array/tensor.js";

/**
 * The numbers of an upstream gradient.
 * @param dy     the upstream gradient
 * @param shape  the output's shape
 * @param dtype  the output's dtype
 * @returns dy's numbers in row-major order
 * @throws ShapeError, DTypeError when dy does not have the output's shape and dtype
 */
export function upstream(
  operation: string,
  dy: Tensor,
  shape: Shape,
  dtype: DType,
): Float32Array | Float64Array {
  checkUpstream(operation, dy, shape, dtype);
  return flat(dy);
}

/** The check alone. @throws ShapeError, DTypeError as `upstream` */
export function checkUpstream(operation: string, dy: Tensor, shape: Shape, dtype: DType): void {
  sameDType(operation, { dy, y: wrap(allocate(0, dtype), [0]) });
  expectShape(operation, "dy", dy, shape);
}
