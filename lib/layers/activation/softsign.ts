/** Softsign: between −1 and 1 like tanh, but it comes near them slowly. Bergstra et al., 2009. */
import type { Tensor } from "../../array/tensor.js";
import { mapElements, mapGradient, Pointwise } from "./pointwise.js";

export const derivation = String.raw`
### Softsign

$$y_i = \frac{x_i}{1+|x_i|} \tag{1}$$

**Backward.** For $x\ge0$ the quotient rule gives $\frac{(1+x)-x}{(1+x)^2}$, for $x<0$ the same with $|x|$:

$$dx_i = \frac{dy_i}{(1+|x_i|)^2} \tag{2}$$

Tanh's slope falls off as $e^{-2|x|}$, this one only as $1/x^2$: a saturated unit learns on.
`;

/** What `softsignForward` keeps for its backward. */
export interface SoftsignCache {
  readonly x: Tensor;
}

/** x/(1 + |x|), equation (1). @param x  any shape */
export function softsignForward(x: Tensor): { y: Tensor; cache: SoftsignCache } {
  const y = mapElements(x, (value) =>
    Number.isFinite(value) ? value / (1 + Math.abs(value)) : Math.sign(value),
  ); // (1)
  return { y, cache: { x } };
}

/**
 * The gradient of `softsignForward`, equation (2).
 * @param dy  x's shape, the upstream gradient
 */
export function softsignBackward(dy: Tensor, { x }: SoftsignCache): { dx: Tensor } {
  return { dx: mapGradient("softsignBackward", dy, x, (g, value) => g / (1 + Math.abs(value)) ** 2) }; // (2)
}

/**
 * x/(1 + |x|): squashes every number to between −1 and 1, more gently than tanh. Any shape; no parameters (Bergstra et
 * al., 2009).
 */
export class Softsign extends Pointwise<[], SoftsignCache> {
  static readonly derivation: string = derivation;

  constructor() {
    super(softsignForward, softsignBackward);
  }
}
