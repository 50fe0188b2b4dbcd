/** The check for operations on two tensors. */
import { expectShape, sameDType } from "../../array/check.js";
import type { DType, Tensor } from "../../array/tensor.js";

/** Checks that two tensors have one shape and dtype. @returns the dtype @throws ShapeError, DTypeError */
export function expectSame(operation: string, a: Tensor, b: Tensor): DType {
  const dtype = sameDType(operation, { a, b });
  expectShape(operation, "b", b, a.shape);
  return dtype;
}
