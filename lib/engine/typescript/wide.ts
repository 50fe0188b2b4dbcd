/**
 * This engine computes in double precision, whatever the tensors' dtype, and rounds once at the end. So its inner loops only
 * use Float64Arrays, which JavaScript engines compile best: numbers of a Float32Array are widened at every read, and a loop
 * that has seen both types must test at every access which one it has.
 */
import { flat, type Tensor } from "../../array/tensor.js";

/** The elements in row-major order as doubles: the tensor's own memory if they are doubles already. */
export function wide(x: Tensor): Float64Array {
  const values = flat(x);
  return values instanceof Float64Array ? values : new Float64Array(values);
}
