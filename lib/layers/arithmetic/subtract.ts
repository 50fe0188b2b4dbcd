/** The difference of two tensors: a number less its mean, what an estimate is off by. */
import { negate, subtract } from "../../array/elementwise.js";
import { wrap, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { upstream } from "../upstream.js";
import { expectSame } from "./same.js";

export const derivation = String.raw`
### Subtraction

$$y_i = a_i - b_i \tag{1}$$

**Backward.** The first gets the gradient as it is, the second its opposite:

$$da_i = dy_i \tag{2}$$
$$db_i = -dy_i \tag{3}$$
`;

/** What `subtractForward` keeps for its backward. */
export interface SubtractCache {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** The difference of two tensors, equation (1). @param a  any shape @param b  of a's shape */
export function subtractForward(a: Tensor, b: Tensor): { y: Tensor; cache: SubtractCache } {
  const dtype = expectSame("subtract", a, b);
  return { y: subtract(a, b), cache: { shape: a.shape, dtype } }; // (1)
}

/**
 * The gradients of `subtractForward`, equations (2) and (3).
 * @param dy  of a's shape, the upstream gradient
 */
export function subtractBackward(dy: Tensor, { shape, dtype }: SubtractCache): { da: Tensor; db: Tensor } {
  const da = wrap(upstream("subtractBackward", dy, shape, dtype), shape); // (2)
  return { da, db: negate(da) }; // (3)
}
