/** Numbers clipped to a range, as in ReLU6 (0 to 6) and the hard tanh (−1 to 1). */
import { ValueError } from "../../array/errors.js";
import type { Tensor } from "../../array/tensor.js";
import { mapElements, mapGradient, Pointwise } from "./pointwise.js";

export const derivation = String.raw`
### Clipping

$$y_i = \min\!\big(\max(x_i,\,a),\,b\big) \tag{1}$$

**Backward.** Between the bounds $y_i$ is $x_i$; beyond one it is that bound, whatever $x_i$ is:

$$dx_i = \begin{cases} dy_i & a \le x_i \le b\\ 0 & \text{otherwise}\end{cases} \tag{2}$$

On a bound the slope jumps, and (2) takes the one inside, as PyTorch does. With $a=0$ and $b=6$ this is ReLU6, whose outputs fit into few bits
(Howard et al., 2017); with $a=-1$ and $b=1$ the hard tanh, which saturates and does not learn out there, as tanh does.
`;

/** The range of `Clip` and `clipForward`; a side may have no limit. */
export interface ClipOptions {
  /** a: the least output; none. */
  min?: number;
  /** b: the greatest output, not below a; none. */
  max?: number;
}

/** What `clipForward` keeps for its backward. */
export interface ClipCache {
  readonly x: Tensor;
  readonly min: number;
  readonly max: number;
}

/** Numbers clipped to a range, equation (1). @param x  any shape @throws ValueError when min is above max, or one is NaN */
export function clipForward(
  x: Tensor,
  { min = -Infinity, max = Infinity }: ClipOptions = {},
): { y: Tensor; cache: ClipCache } {
  if (!(min <= max)) throw new ValueError(`clip: min is ${min} and max ${max}; min must not be above max.`);
  const y = mapElements(x, (value) => Math.min(Math.max(value, min), max)); // (1)
  return { y, cache: { x, min, max } };
}

/**
 * The gradient of `clipForward`, equation (2).
 * @param dy  x's shape, the upstream gradient
 */
export function clipBackward(dy: Tensor, { x, min, max }: ClipCache): { dx: Tensor } {
  return { dx: mapGradient("clipBackward", dy, x, (g, value) => (value >= min && value <= max ? g : 0)) }; // (2)
}

/**
 * Clips numbers to the range from `min` to `max`: `new Clip({ min: 0, max: 6 })` is ReLU6; −1 and 1 give the hard tanh.
 * Any shape; no parameters.
 */
export class Clip extends Pointwise<[options: ClipOptions], ClipCache> {
  static readonly derivation: string = derivation;
  readonly options: ClipOptions;

  constructor(options: ClipOptions = {}) {
    super(clipForward, clipBackward, { given: [options] });
    this.options = options;
  }

  override describe(): string {
    const { min = -Infinity, max = Infinity } = this.options;
    return `Clip, ${min} to ${max}`;
  }
}
