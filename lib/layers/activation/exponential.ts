/** The exponential and the natural logarithm, each the other's inverse. */
import type { Tensor } from "../../array/tensor.js";
import { mapElements, mapGradient, Pointwise } from "./pointwise.js";

export const derivation = String.raw`
### Exponential and logarithm

$$y_i = e^{x_i} \tag{1}$$

**Backward.** The exponential is its own slope:

$$dx_i = y_i\,dy_i \tag{2}$$

The logarithm undoes it:

$$y_i = \ln x_i \tag{3}$$

$$dx_i = \frac{dy_i}{x_i} \tag{4}$$

At 0 the logarithm is $-\infty$ and below NaN: what goes into it must be above 0.
`;

/** What forward keeps for backward. */
export interface ExponentialCache {
  readonly y: Tensor;
}

/** What forward keeps for backward. */
export interface LogarithmCache {
  readonly x: Tensor;
}

/** e to the power of every number, equation (1). @param x  any shape */
export function exponentialForward(x: Tensor): { y: Tensor; cache: ExponentialCache } {
  const y = mapElements(x, Math.exp); // (1)
  return { y, cache: { y } };
}

/** Its gradient, equation (2). @param dy  x's shape, the upstream gradient */
export function exponentialBackward(dy: Tensor, { y }: ExponentialCache): { dx: Tensor } {
  return { dx: mapGradient("exponentialBackward", dy, y, (g, value) => g * value) }; // (2)
}

/** The natural logarithm of every number, equation (3). @param x  any shape, above 0 */
export function logarithmForward(x: Tensor): { y: Tensor; cache: LogarithmCache } {
  return { y: mapElements(x, Math.log), cache: { x } }; // (3)
}

/** Its gradient, equation (4). @param dy  x's shape, the upstream gradient */
export function logarithmBackward(dy: Tensor, { x }: LogarithmCache): { dx: Tensor } {
  return { dx: mapGradient("logarithmBackward", dy, x, (g, value) => g / value) }; // (4)
}

/** e to the power of every number. */
export class Exponential extends Pointwise<[], ExponentialCache> {
  static readonly derivation: string = derivation;

  constructor() {
    super(exponentialForward, exponentialBackward);
  }
}

/** The natural logarithm. */
export class Logarithm extends Pointwise<[], LogarithmCache> {
  static readonly derivation: string = derivation;

  constructor() {
    super(logarithmForward, logarithmBackward);
  }
}
