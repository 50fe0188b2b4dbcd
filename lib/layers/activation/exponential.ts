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

/** What `exponentialForward` keeps for its backward. */
export interface ExponentialCache {
  readonly y: Tensor;
}

/** What `logarithmForward` keeps for its backward. */
export interface LogarithmCache {
  readonly x: Tensor;
}

/** e to the power of every number, equation (1). @param x  any shape */
export function exponentialForward(x: Tensor): { y: Tensor; cache: ExponentialCache } {
  const y = mapElements(x, Math.exp); // (1)
  return { y, cache: { y } };
}

/**
 * The gradient of `exponentialForward`, equation (2).
 * @param dy  x's shape, the upstream gradient
 */
export function exponentialBackward(dy: Tensor, { y }: ExponentialCache): { dx: Tensor } {
  return { dx: mapGradient("exponentialBackward", dy, y, (g, value) => g * value) }; // (2)
}

/** The natural logarithm of every number, equation (3). @param x  any shape, above 0 */
export function logarithmForward(x: Tensor): { y: Tensor; cache: LogarithmCache } {
  return { y: mapElements(x, Math.log), cache: { x } }; // (3)
}

/**
 * The gradient of `logarithmForward`, equation (4).
 * @param dy  x's shape, the upstream gradient
 */
export function logarithmBackward(dy: Tensor, { x }: LogarithmCache): { dx: Tensor } {
  return { dx: mapGradient("logarithmBackward", dy, x, (g, value) => g / value) }; // (4)
}

/**
 * e to the power of every number, which is always positive: of a log-variance it makes a variance. Any shape; no
 * parameters.
 */
export class Exponential extends Pointwise<[], ExponentialCache> {
  static readonly derivation: string = derivation;

  constructor() {
    super(exponentialForward, exponentialBackward);
  }
}

/**
 * The natural logarithm of every number, which must be positive; the inverse of `Exponential`. Any shape; no
 * parameters.
 */
export class Logarithm extends Pointwise<[], LogarithmCache> {
  static readonly derivation: string = derivation;

  constructor() {
    super(logarithmForward, logarithmBackward);
  }
}
