/**
 * The hyperbolic tangent, which squashes every number to between −1 and 1 (lectures B and C), and LeCun's scaled
 * one, 1.7159·tanh(2x/3) (LeCun et al., "Efficient BackProp", 1998).
 */
import type { Tensor } from "../../array/tensor.js";
import { mapElements, mapGradient, Pointwise } from "./pointwise.js";

export const derivation = String.raw`
### Hyperbolic tangent

With an amplitude $A$ and a rate $B$, both 1 in the plain one,

$$y_i = A\tanh(B\,x_i) \tag{1}$$

**Backward.** $\tanh = \sinh/\cosh$ has the slope $(\cosh^2-\sinh^2)/\cosh^2 = 1-\tanh^2$, and $\tanh(Bx) = y/A$:

$$dx_i = dy_i\; AB\left(1-\left(\frac{y_i}{A}\right)^{2}\right) \tag{2}$$

Its outputs lie around 0, which the next layer likes better than the sigmoid's; it is the smooth form of the signum. LeCun's choice
$A = 1.7159$, $B = \tfrac23$ has $f(\pm1)=\pm1$: inputs of variance 1 leave with variance about 1, and targets of $\pm1$ lie where the curve bends most and not
where it is flat.
`;

/** How high and how steep the curve of `tanhForward` is. */
export interface TanhOptions {
  /** A; 1. */
  amplitude?: number;
  /** B; 1. */
  rate?: number;
}

/** What `tanhForward` keeps for its backward. */
export interface TanhCache {
  readonly y: Tensor;
  readonly amplitude: number;
  readonly rate: number;
}

/** The hyperbolic tangent, equation (1). @param x  any shape */
export function tanhForward(
  x: Tensor,
  { amplitude = 1, rate = 1 }: TanhOptions = {},
): { y: Tensor; cache: TanhCache } {
  const y = mapElements(x, (value) => amplitude * Math.tanh(rate * value)); // (1)
  return { y, cache: { y, amplitude, rate } };
}

/**
 * The gradient of `tanhForward`, equation (2).
 * @param dy  x's shape, the upstream gradient
 */
export function tanhBackward(dy: Tensor, { y, amplitude, rate }: TanhCache): { dx: Tensor } {
  const slope = (value: number): number => amplitude * rate * (1 - (value / amplitude) ** 2);
  return { dx: mapGradient("tanhBackward", dy, y, (g, value) => g * slope(value)) }; // (2)
}

/**
 * The hyperbolic tangent: squashes every number to between −1 and 1, with mean about 0. Any shape; no parameters
 * (lectures B and C).
 */
export class Tanh extends Pointwise<[options: TanhOptions], TanhCache> {
  static readonly derivation: string = derivation;
  readonly options: TanhOptions;

  constructor(options: TanhOptions = {}) {
    super(tanhForward, tanhBackward, { given: [options] });
    this.options = options;
  }
}

/**
 * 1.7159·tanh(2x/3), LeCun's squashing function, which keeps a variance of about 1. Any shape; no parameters (LeCun et
 * al., "Efficient BackProp", 1998).
 */
export class ScaledTanh extends Tanh {
  constructor() {
    super({ amplitude: 1.7159, rate: 2 / 3 });
  }
}
