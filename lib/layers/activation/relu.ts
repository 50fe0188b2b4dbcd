/** The rectifier: negative numbers become zero. Lectures B and C. */
import { expectShape, sameDType } from "../../array/check.js";
import { allocate, flat, wrap, type Tensor } from "../../array/tensor.js";
import { Pointwise } from "./pointwise.js";

export const derivation = String.raw`
### ReLU

$$y_i = \max(0, x_i) \tag{1}$$

**Backward.** The slope is 1 where $x_i>0$ and 0 where $x_i<0$; at the kink, where there is no slope, we take 0:

$$dx_i = \begin{cases} dy_i & x_i > 0 \\ 0 & x_i \le 0 \end{cases} \tag{2}$$

A unit whose input is negative for every example passes no gradient to anything before it: it is *dead*.
`;

/** What `reluForward` keeps for its backward. */
export interface ReluCache {
  readonly x: Tensor;
}

/** The rectifier, equation (1). @param x  any shape. A NaN stays NaN. */
export function reluForward(x: Tensor): { y: Tensor; cache: ReluCache } {
  sameDType("relu", { x });
  const X = flat(x);
  const Y = allocate(X.length, x.dtype);
  for (let i = 0; i < X.length; i++) Y[i] = X[i] <= 0 ? 0 : X[i]; // (1)
  return { y: wrap(Y, x.shape), cache: { x } };
}

/**
 * The gradient of `reluForward`, equation (2).
 * @param dy  x's shape, the upstream gradient
 */
export function reluBackward(dy: Tensor, { x }: ReluCache): { dx: Tensor } {
  sameDType("reluBackward", { dy, x });
  expectShape("reluBackward", "dy", dy, x.shape);
  const [X, dY] = [flat(x), flat(dy)];
  const dX = allocate(X.length, x.dtype);
  for (let i = 0; i < X.length; i++) dX[i] = X[i] > 0 ? dY[i] : 0; // (2)
  return { dx: wrap(dX, x.shape) };
}

/**
 * The rectifier, max(0, x): keeps positive numbers and makes the others zero. The usual activation behind a
 * convolution. Any shape; no parameters (lectures B and C).
 */
export class ReLU extends Pointwise<[], ReluCache> {
  static readonly derivation: string = derivation;

  constructor() {
    super(reluForward, reluBackward);
  }
}
