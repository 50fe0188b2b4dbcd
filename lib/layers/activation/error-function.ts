/** The error function: twice the probability that a normal random number of variance ½ lies between 0 and x. */
import type { Tensor } from "../../array/tensor.js";
import { erf } from "./gelu.js";
import { mapElements, mapGradient, Pointwise } from "./pointwise.js";

export const derivation = String.raw`
### The error function

$$y_i = \operatorname{erf}(x_i) = \frac2{\sqrt\pi}\int_0^{x_i} e^{-t^2}\,dt \tag{1}$$

**Backward.** The derivative of an integral by its upper end is what is integrated, there:

$$dx_i = \frac2{\sqrt\pi}\,e^{-x_i^2}\;dy_i \tag{2}$$

GELU is made of it: $x\,\Phi(x) = \tfrac12x\,\big(1+\operatorname{erf}(x/\sqrt2)\big)$.
`;

/** What `errorFunctionForward` keeps for its backward. */
export interface ErrorFunctionCache {
  readonly x: Tensor;
}

/** The error function, equation (1). @param x  any shape */
export function errorFunctionForward(x: Tensor): { y: Tensor; cache: ErrorFunctionCache } {
  return { y: mapElements(x, erf), cache: { x } }; // (1)
}

/**
 * The gradient of `errorFunctionForward`, equation (2).
 * @param dy  x's shape, the upstream gradient
 */
export function errorFunctionBackward(dy: Tensor, { x }: ErrorFunctionCache): { dx: Tensor } {
  const rate = 2 / Math.sqrt(Math.PI);
  return {
    dx: mapGradient("errorFunctionBackward", dy, x, (g, value) => g * rate * Math.exp(-value * value)),
  }; // (2)
}

/**
 * The error function of every number, an S from −1 to 1: files of other programs have GELU made of it. Any shape; no
 * parameters.
 */
export class ErrorFunction extends Pointwise<[], ErrorFunctionCache> {
  static readonly derivation: string = derivation;

  constructor() {
    super(errorFunctionForward, errorFunctionBackward);
  }
}
