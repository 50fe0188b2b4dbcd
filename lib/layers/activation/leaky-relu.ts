/** The leaky rectifier: negative numbers are made small instead of zero. Lecture C; Maas et al., 2013. */
import { ValueError } from "../../array/errors.js";
import type { Tensor } from "../../array/tensor.js";
import { mapElements, mapGradient, Pointwise } from "./pointwise.js";

export const derivation = String.raw`
### Leaky ReLU

With a small slope $a$, such as 0.01,

$$y_i = \begin{cases} x_i & x_i > 0 \\ a\,x_i & x_i \le 0 \end{cases} \tag{1}$$

**Backward.** Two straight pieces; at the kink we take the slope of the left one:

$$dx_i = \begin{cases} dy_i & x_i > 0 \\ a\,dy_i & x_i \le 0 \end{cases} \tag{2}$$

Some gradient passes whatever the input is, so that no unit dies. $a=0$ is ReLU.
`;

/** The slope of `LeakyReLU` and `leakyReluForward` for negative numbers. */
export interface LeakyReluOptions {
  /** a, finite; 0.01. */
  slope?: number;
}

/** What `leakyReluForward` keeps for its backward. */
export interface LeakyReluCache {
  readonly x: Tensor;
  readonly slope: number;
}

/** The leaky rectifier, equation (1). @param x  any shape @throws ValueError for a slope that is not finite */
export function leakyReluForward(
  x: Tensor,
  { slope = 0.01 }: LeakyReluOptions = {},
): { y: Tensor; cache: LeakyReluCache } {
  if (!Number.isFinite(slope)) {
    throw new ValueError(`leakyRelu: the slope is ${slope}; it must be finite, such as 0.01.`);
  }
  const y = mapElements(x, (value) => (value > 0 ? value : slope * value)); // (1)
  return { y, cache: { x, slope } };
}

/**
 * The gradient of `leakyReluForward`, equation (2).
 * @param dy  x's shape, the upstream gradient
 */
export function leakyReluBackward(dy: Tensor, { x, slope }: LeakyReluCache): { dx: Tensor } {
  return { dx: mapGradient("leakyReluBackward", dy, x, (g, value) => (value > 0 ? g : slope * g)) }; // (2)
}

/**
 * The leaky rectifier: makes negative numbers small instead of zero, so that no unit dies. Any shape; no parameters
 * (Maas et al., 2013; lecture C).
 */
export class LeakyReLU extends Pointwise<[options: LeakyReluOptions], LeakyReluCache> {
  static readonly derivation: string = derivation;
  readonly options: LeakyReluOptions;

  constructor(options: LeakyReluOptions = {}) {
    super(leakyReluForward, leakyReluBackward, { given: [options] });
    this.options = options;
  }
}
