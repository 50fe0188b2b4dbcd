/** Softplus: a rectifier without the kink. Dugas et al., 2001. */
import { ValueError } from "../../array/errors.js";
import type { Tensor } from "../../array/tensor.js";
import { mapElements, mapGradient, Pointwise } from "./pointwise.js";

export const derivation = String.raw`
### Softplus

With a sharpness $\beta$,

$$y_i = \frac1\beta\log\!\left(1+e^{\beta x_i}\right) \tag{1}$$

$e^{1000}$ overflows. For positive $x$, $1+e^{\beta x} = e^{\beta x}(1+e^{-\beta x})$; so, for either sign,

$$y_i = \max(0,x_i) + \frac1\beta\log\!\left(1+e^{-\beta\lvert x_i\rvert}\right) \tag{2}$$

which is ReLU, and a correction that is largest ($\tfrac1\beta\ln2$) at the kink.

**Backward.** The slope of (1) is $e^{\beta x}/(1+e^{\beta x})$, the sigmoid:

$$dx_i = dy_i\;\sigma(\beta x_i) \tag{3}$$

where ReLU has the unit step.
`;

/** How sharply `Softplus` and `softplusForward` bend. */
export interface SoftplusOptions {
  /** β, above 0; 1. */
  sharpness?: number;
}

/** What `softplusForward` keeps for its backward. */
export interface SoftplusCache {
  readonly x: Tensor;
  readonly sharpness: number;
}

/** The smooth rectifier, equation (2). @param x  any shape @throws ValueError for a sharpness that is not above 0 */
export function softplusForward(
  x: Tensor,
  { sharpness = 1 }: SoftplusOptions = {},
): { y: Tensor; cache: SoftplusCache } {
  if (!(sharpness > 0)) throw new ValueError(`softplus: the sharpness is ${sharpness}; it must be above 0.`);
  const y = mapElements(
    x,
    (value) => Math.max(0, value) + Math.log1p(Math.exp(-sharpness * Math.abs(value))) / sharpness, // (2)
  );
  return { y, cache: { x, sharpness } };
}

/**
 * The gradient of `softplusForward`, equation (3).
 * @param dy  x's shape, the upstream gradient
 */
export function softplusBackward(dy: Tensor, { x, sharpness }: SoftplusCache): { dx: Tensor } {
  const slope = (value: number): number => 1 / (1 + Math.exp(-sharpness * value));
  return { dx: mapGradient("softplusBackward", dy, x, (g, value) => g * slope(value)) }; // (3)
}

/** log(1 + eˣ): a rectifier without the kink, always positive. Any shape; no parameters (Dugas et al., 2001). */
export class Softplus extends Pointwise<[options: SoftplusOptions], SoftplusCache> {
  static readonly derivation: string = derivation;
  readonly options: SoftplusOptions;

  constructor(options: SoftplusOptions = {}) {
    super(softplusForward, softplusBackward, { given: [options] });
    this.options = options;
  }
}
