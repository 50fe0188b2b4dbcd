/** The exponential linear unit: negative numbers bend smoothly towards −α. Clevert et al., 2016. */
import { ValueError } from "../../array/errors.js";
import type { Tensor } from "../../array/tensor.js";
import { mapElements, mapGradient, Pointwise } from "./pointwise.js";

export const derivation = String.raw`
### ELU

$$y_i = \begin{cases} x_i & x_i > 0 \\ \alpha\,(e^{x_i}-1) & x_i \le 0 \end{cases} \tag{1}$$

**Backward.** The slope of the left branch is $\alpha e^{x}$:

$$dx_i = \begin{cases} dy_i & x_i > 0 \\ \alpha\,e^{x_i}\,dy_i & x_i \le 0 \end{cases} \tag{2}$$

With $\alpha = 1$ both slopes are 1 at zero and there is no kink. Negative outputs bring the mean of the activations nearer to 0 than ReLU's.
`;

/** The limit of `ELU` and `eluForward` for negative numbers. */
export interface EluOptions {
  /** α, above 0; 1. */
  alpha?: number;
}

/** What `eluForward` keeps for its backward. */
export interface EluCache {
  readonly x: Tensor;
  readonly alpha: number;
}

/** The exponential linear unit, equation (1). @param x  any shape @throws ValueError for an alpha that is not above 0 */
export function eluForward(x: Tensor, { alpha = 1 }: EluOptions = {}): { y: Tensor; cache: EluCache } {
  if (!(alpha > 0)) throw new ValueError(`elu: alpha is ${alpha}; it must be above 0.`);
  // expm1, as e^x − 1 loses all its digits for small x.
  const y = mapElements(x, (value) => (value > 0 ? value : alpha * Math.expm1(value))); // (1)
  return { y, cache: { x, alpha } };
}

/**
 * The gradient of `eluForward`, equation (2).
 * @param dy  x's shape, the upstream gradient
 */
export function eluBackward(dy: Tensor, { x, alpha }: EluCache): { dx: Tensor } {
  const slope = (value: number): number => (value > 0 ? 1 : alpha * Math.exp(value));
  return { dx: mapGradient("eluBackward", dy, x, (g, value) => g * slope(value)) }; // (2)
}

/**
 * The exponential linear unit: positive numbers pass, negative ones bend smoothly towards −α. Any shape; no parameters
 * (Clevert et al., 2016).
 */
export class ELU extends Pointwise<[options: EluOptions], EluCache> {
  static readonly derivation: string = derivation;
  readonly options: EluOptions;

  constructor(options: EluOptions = {}) {
    super(eluForward, eluBackward, { given: [options] });
    this.options = options;
  }
}
