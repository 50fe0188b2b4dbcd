/** The maximum and the minimum of two tensors, number by number: maxout of branches, a value bounded by another. */
import { sameDType } from "../../array/check.js";
import { greater, less, maximum, minimum, multiply, subtract } from "../../array/elementwise.js";
import { wrap, type Tensor } from "../../array/tensor.js";
import { upstream } from "../upstream.js";
import { expectSame } from "./same.js";

export const derivation = String.raw`
### The larger and the smaller of two

$$y_i = \max(a_i,\,b_i) \tag{1}$$

**Backward.** Whoever was taken gets the gradient; of two equal ones each gets half, as in PyTorch:

$$da_i = w_i\,dy_i, \qquad w_i = \begin{cases}1 & a_i>b_i\\ \tfrac12 & a_i=b_i\\ 0 & a_i<b_i\end{cases} \tag{2}$$
$$db_i = (1-w_i)\,dy_i \tag{3}$$

$$y_i = \min(a_i,\,b_i) \tag{4}$$

is the same with the two sides exchanged: $a$ gets (3) and $b$ gets (2).
`;

/** What `maximumForward` and `minimumForward` keep for their backwards. */
export interface ExtremeCache {
  readonly a: Tensor;
  readonly b: Tensor;
}

/** The larger of two numbers, everywhere, equation (1). @param a  any shape @param b  of a's shape */
export function maximumForward(a: Tensor, b: Tensor): { y: Tensor; cache: ExtremeCache } {
  expectSame("maximum", a, b);
  return { y: maximum(a, b), cache: { a, b } }; // (1)
}

/**
 * The gradients of `maximumForward`.
 * @param dy  of a's shape, the upstream gradient
 */
export function maximumBackward(dy: Tensor, { a, b }: ExtremeCache): { da: Tensor; db: Tensor } {
  const { larger, smaller } = shares("maximumBackward", dy, a, b);
  return { da: larger, db: smaller };
}

/** The smaller of two numbers, everywhere, equation (4). @param a  any shape @param b  of a's shape */
export function minimumForward(a: Tensor, b: Tensor): { y: Tensor; cache: ExtremeCache } {
  expectSame("minimum", a, b);
  return { y: minimum(a, b), cache: { a, b } }; // (4)
}

/**
 * The gradients of `minimumForward`.
 * @param dy  of a's shape, the upstream gradient
 */
export function minimumBackward(dy: Tensor, { a, b }: ExtremeCache): { da: Tensor; db: Tensor } {
  const { larger, smaller } = shares("minimumBackward", dy, a, b);
  return { da: smaller, db: larger };
}

/** The gradient of the larger one, and the rest. */
function shares(operation: string, dy: Tensor, a: Tensor, b: Tensor): { larger: Tensor; smaller: Tensor } {
  const dY = wrap(upstream(operation, dy, a.shape, sameDType(operation, { a, b })), a.shape);
  const w = multiply(0.5, subtract(greater(a, b), subtract(less(a, b), 1))); // 1, ½ or 0
  const larger = multiply(w, dY); // (2)
  return { larger, smaller: subtract(dY, larger) }; // (3)
}
