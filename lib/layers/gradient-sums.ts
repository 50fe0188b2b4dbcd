/** Gradients that meet. Both are sums number by number; they are two functions because an engine may store the results apart. */
import { flat, wrap, type Tensor } from "../array/tensor.js";

/** The gradient of a value that several layers read: what has come so far, and what comes from one more. Both have one shape. */
export function sumOfReaders(sum: Tensor, more: Tensor): Tensor {
  return plus(sum, more);
}

/** The gradient of a parameter that is used several times: of its uses so far, and of one more. Both have one shape. */
export function sumOfUses(sum: Tensor, more: Tensor): Tensor {
  return plus(sum, more);
}

function plus(a: Tensor, b: Tensor): Tensor {
  const [sum, B] = [flat(a).slice(), flat(b)];
  for (let i = 0; i < sum.length; i++) sum[i] += B[i];
  return wrap(sum, a.shape);
}
