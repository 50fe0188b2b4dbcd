/** The absolute value: how large a number is, whatever its sign. */
import type { Tensor } from "../../array/tensor.js";
import { mapElements, mapGradient, Pointwise } from "./pointwise.js";

export const derivation = String.raw`
### Absolute value

$$y_i = |x_i| \tag{1}$$

**Backward.** The slope is the sign, and at the kink 0, which lies between:

$$dx_i = \operatorname{sign}(x_i)\;dy_i \tag{2}$$
`;

/** What `absoluteForward` keeps for its backward. */
export interface AbsoluteCache {
  readonly x: Tensor;
}

/** The size of every number, equation (1). @param x  any shape */
export function absoluteForward(x: Tensor): { y: Tensor; cache: AbsoluteCache } {
  return { y: mapElements(x, Math.abs), cache: { x } }; // (1)
}

/**
 * The gradient of `absoluteForward`, equation (2).
 * @param dy  x's shape, the upstream gradient
 */
export function absoluteBackward(dy: Tensor, { x }: AbsoluteCache): { dx: Tensor } {
  return { dx: mapGradient("absoluteBackward", dy, x, (g, value) => g * Math.sign(value)) }; // (2)
}

/** The absolute value of every number: how large it is, whatever its sign. Any shape; no parameters. */
export class Absolute extends Pointwise<[], AbsoluteCache> {
  static readonly derivation: string = derivation;

  constructor() {
    super(absoluteForward, absoluteBackward);
  }
}
