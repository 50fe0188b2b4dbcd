/** The sine and the cosine, each the other's slope: networks whose activations are waves. Sitzmann et al., 2020. */
import type { Tensor } from "../../array/tensor.js";
import { mapElements, mapGradient, Pointwise } from "./pointwise.js";

export const derivation = String.raw`
### Sine and cosine

$$y_i = \sin x_i \tag{1}$$

**Backward.** The slope of the sine is the cosine:

$$dx_i = \cos(x_i)\,dy_i \tag{2}$$

The cosine is the sine a quarter of a period later:

$$y_i = \cos x_i \tag{3}$$

$$dx_i = -\sin(x_i)\,dy_i \tag{4}$$

Neither saturates: far from 0 the slope is as large as near it, but it changes its sign every half period.
`;

/** What `sineForward` and `cosineForward` keep for their backward. */
export interface SineCache {
  readonly x: Tensor;
}

/** The sine of every number, equation (1). @param x  any shape, in radians */
export function sineForward(x: Tensor): { y: Tensor; cache: SineCache } {
  return { y: mapElements(x, Math.sin), cache: { x } }; // (1)
}

/**
 * The gradient of `sineForward`, equation (2).
 * @param dy  x's shape, the upstream gradient
 */
export function sineBackward(dy: Tensor, { x }: SineCache): { dx: Tensor } {
  return { dx: mapGradient("sineBackward", dy, x, (g, value) => g * Math.cos(value)) }; // (2)
}

/** The cosine of every number, equation (3). @param x  any shape, in radians */
export function cosineForward(x: Tensor): { y: Tensor; cache: SineCache } {
  return { y: mapElements(x, Math.cos), cache: { x } }; // (3)
}

/**
 * The gradient of `cosineForward`, equation (4).
 * @param dy  x's shape, the upstream gradient
 */
export function cosineBackward(dy: Tensor, { x }: SineCache): { dx: Tensor } {
  return { dx: mapGradient("cosineBackward", dy, x, (g, value) => -g * Math.sin(value)) }; // (4)
}

/** The sine of every number, in radians. Any shape; no parameters. */
export class Sine extends Pointwise<[], SineCache> {
  static readonly derivation: string = derivation;

  constructor() {
    super(sineForward, sineBackward);
  }
}

/** The cosine of every number, in radians. Any shape; no parameters. */
export class Cosine extends Pointwise<[], SineCache> {
  static readonly derivation: string = derivation;

  constructor() {
    super(cosineForward, cosineBackward);
  }
}
