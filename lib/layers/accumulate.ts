/** Long sums are computed in double precision and rounded once, at the end, to the tensor's dtype. */
import { allocate, wrap, type DType, type Shape, type Tensor } from "../array/tensor.js";

/** Sums in double precision as a tensor of the dtype. */
export function rounded(sums: Float64Array, shape: Shape, dtype: DType): Tensor {
  if (dtype === "float64") return wrap(sums, shape);
  const values = allocate(sums.length, dtype);
  values.set(sums);
  return wrap(values, shape);
}
