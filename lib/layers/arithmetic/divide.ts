/** The quotient of two tensors: a vector by its length, a deviation by its spread. */
import { divide, multiply, negate } from "../../array/elementwise.js";
import { dtypeOf, wrap, type Tensor } from "../../array/tensor.js";
import { upstream } from "../upstream.js";
import { expectSame } from "./same.js";

export const derivation = String.raw`
### Division

$$y_i = \frac{a_i}{b_i} \tag{1}$$

**Backward.** The quotient rule, with $a_i/b_i^2 = y_i/b_i$:

$$da_i = \frac{dy_i}{b_i} \tag{2}$$
$$db_i = -dy_i\,\frac{y_i}{b_i} \tag{3}$$

Near $b=0$ both grow without bound; a length or a spread is therefore given a small $\varepsilon$ before something is divided by it.
`;

/** What `divideForward` keeps for its backward. */
export interface DivideCache {
  readonly b: Tensor;
  readonly y: Tensor;
}

/** The quotient of two tensors, equation (1). @param a  any shape @param b  of a's shape */
export function divideForward(a: Tensor, b: Tensor): { y: Tensor; cache: DivideCache } {
  expectSame("divide", a, b);
  const y = divide(a, b); // (1)
  return { y, cache: { b, y } };
}

/**
 * The gradients of `divideForward`, equations (2) and (3).
 * @param dy  of a's shape, the upstream gradient
 */
export function divideBackward(dy: Tensor, { b, y }: DivideCache): { da: Tensor; db: Tensor } {
  const dY = wrap(upstream("divideBackward", dy, y.shape, dtypeOf(y)), y.shape);
  const da = divide(dY, b); // (2)
  return { da, db: negate(multiply(da, y)) }; // (3)
}
