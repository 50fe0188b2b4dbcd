/** The logistic sigmoid: squashes every number to between 0 and 1. Lectures B, C and D. */
import type { Tensor } from "../../array/tensor.js";
import { mapElements, mapGradient, Pointwise } from "./pointwise.js";

export const derivation = String.raw`
### Sigmoid

$$y_i = \sigma(x_i) = \frac1{1+e^{-x_i}} \tag{1}$$

**Backward.** With $u = 1+e^{-x}$, $y = 1/u$ and $du/dx = -e^{-x} = 1-u$, so $dy/dx = -\frac1{u^2}(1-u) = \frac1u - \frac1{u^2}$:

$$\sigma'(x) = y\,(1-y), \qquad dx_i = dy_i\; y_i\,(1-y_i) \tag{2}$$

The slope is at most ¼, at $x=0$, and nearly 0 where the sigmoid is sure of itself: the gradient shrinks with every sigmoid it passes (it *vanishes*),
and a saturated unit hardly learns. It is the smooth form of the unit step.
`;

/** What `sigmoidForward` keeps for its backward. */
export interface SigmoidCache {
  readonly y: Tensor;
}

/** The logistic function, equation (1). @param x  any shape */
export function sigmoidForward(x: Tensor): { y: Tensor; cache: SigmoidCache } {
  const y = mapElements(x, (value) => 1 / (1 + Math.exp(-value))); // (1)
  return { y, cache: { y } };
}

/**
 * The gradient of `sigmoidForward`, equation (2).
 * @param dy  x's shape, the upstream gradient
 */
export function sigmoidBackward(dy: Tensor, { y }: SigmoidCache): { dx: Tensor } {
  return { dx: mapGradient("sigmoidBackward", dy, y, (g, s) => g * s * (1 - s)) }; // (2)
}

/**
 * The logistic function 1/(1 + e⁻ˣ): squashes every number to between 0 and 1, as a probability. Its slope is at most
 * ¼, so that gradients vanish through many of them. Any shape; no parameters (lectures B, C and D).
 */
export class Sigmoid extends Pointwise<[], SigmoidCache> {
  static readonly derivation: string = derivation;

  constructor() {
    super(sigmoidForward, sigmoidBackward);
  }
}
