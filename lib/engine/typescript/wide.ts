/**
 * This engine computes in double precision whatever the tensors hold, and rounds once at the end. So its inner
 * loops only ever see Float64Arrays, which is what JavaScript engines compile best: a Float32Array would be
 * widened at every read, and a loop that has met both kinds must ask at every access which one it has.
 */
import { flat, type Tensor } from "../../array/tensor.js";

/** The elements in row-major order as doubles: the tensor's own memory where they are doubles already. */
export function wide(x: Tensor): Float64Array {
  const values = flat(x);
  return values instanceof Float64Array ? values : new Float64Array(values);
}
