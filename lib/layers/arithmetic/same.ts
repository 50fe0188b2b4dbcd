/** What operations on two tensors ask of them. */
import { expectShape, sameDType } from "../../array/check.js";
import type { DType, Tensor } from "../../array/tensor.js";

/** Two tensors of one shape and dtype, which is returned. @throws ShapeError, DTypeError */
export function expectSame(operation: string, a: Tensor, b: Tensor): DType {
  const dtype = sameDType(operation, { a, b });
  expectShape(operation, "b", b, a.shape);
  return dtype;
}
