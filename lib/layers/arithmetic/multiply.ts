/** The product of two tensors, number by number: a gate, or a mask. */
import { sameDType } from "../../array/check.js";
import { multiply } from "../../array/elementwise.js";
import { wrap, type Tensor } from "../../array/tensor.js";
import { upstream } from "../upstream.js";
import { expectSame } from "./same.js";

export const derivation = String.raw`
### Multiplication

$$y_i = a_i\,b_i \tag{1}$$

**Backward.** The slope of a product in one factor is the other:

$$da_i = dy_i\,b_i \tag{2}$$
$$db_i = dy_i\,a_i \tag{3}$$

Where one factor is 0, the other gets no gradient: a gate that is shut teaches nothing to what is behind it.
`;

/** What `multiplyForward` keeps for its backward. */
export interface MultiplyCache {
  readonly a: Tensor;
  readonly b: Tensor;
}

/** The product of two tensors, number by number, equation (1). @param a  any shape @param b  of a's shape */
export function multiplyForward(a: Tensor, b: Tensor): { y: Tensor; cache: MultiplyCache } {
  expectSame("multiply", a, b);
  return { y: multiply(a, b), cache: { a, b } }; // (1)
}

/**
 * The gradients of `multiplyForward`, equations (2) and (3).
 * @param dy  of a's shape, the upstream gradient
 */
export function multiplyBackward(dy: Tensor, { a, b }: MultiplyCache): { da: Tensor; db: Tensor } {
  const dY = wrap(upstream("multiplyBackward", dy, a.shape, sameDType("multiply", { a })), a.shape);
  return { da: multiply(dY, b), db: multiply(dY, a) }; // (2) (3)
}
