/**
 * The hard sigmoid, which is a sigmoid of three straight lines, and the hard swish: cheap forms of the sigmoid and of x·σ(x)
 * for small machines. Courbariaux et al., 2015; Howard et al. (MobileNetV3), 2019.
 */
import { ValueError } from "../../array/errors.js";
import type { Tensor } from "../../array/tensor.js";
import { mapElements, mapGradient, Pointwise } from "./pointwise.js";

export const derivation = String.raw`
### Hard sigmoid and hard swish

$$h(x) = \min\!\big(\max(\alpha x + \beta,\,0),\,1\big) \tag{1}$$

rises from 0 to 1 with the slope $\alpha$ and is $\beta$ at 0. **Backward.** Where it rises, its slope is $\alpha$; elsewhere it is level:

$$dx_i = \begin{cases} \alpha\,dy_i & 0 < \alpha x_i+\beta < 1\\ 0 & \text{otherwise}\end{cases} \tag{2}$$

**Hard swish** multiplies a number by its own gate, with $\alpha=\tfrac16$ and $\beta=\tfrac12$:

$$y_i = x_i\,h(x_i) \tag{3}$$

By the product rule, $y' = h + x\,h'$: that is $0$ up to $-3$, $1$ from $3$ on, and between them

$$dx_i = dy_i\,\big(2\alpha x_i + \beta\big) = dy_i\,\big(\tfrac13x_i+\tfrac12\big) \tag{4}$$

At the two ends of (3) the slope jumps; there (4) is taken, as PyTorch does.
`;

/** The straight line of `HardSigmoid`: its slope, and its value at 0. */
export interface HardSigmoidOptions {
  /** α, above 0; 1/6, as in PyTorch. */
  slope?: number;
  /** β: the value at 0; 1/2. */
  offset?: number;
}

/** What `hardSigmoidForward` keeps for its backward. */
export interface HardSigmoidCache {
  readonly x: Tensor;
  readonly slope: number;
  readonly offset: number;
}

/** What `hardSwishForward` keeps for its backward. */
export interface HardSwishCache {
  readonly x: Tensor;
}

/** The hard sigmoid, equation (1). @param x  any shape @throws ValueError for a slope that is not above 0 */
export function hardSigmoidForward(
  x: Tensor,
  { slope = 1 / 6, offset = 1 / 2 }: HardSigmoidOptions = {},
): { y: Tensor; cache: HardSigmoidCache } {
  if (!(slope > 0 && Number.isFinite(slope) && Number.isFinite(offset)))
    throw new ValueError(
      `hardSigmoid: the slope is ${slope} and the offset ${offset}; both must be finite, and the slope above 0.`,
    );
  const y = mapElements(x, (value) => Math.min(Math.max(slope * value + offset, 0), 1)); // (1)
  return { y, cache: { x, slope, offset } };
}

/**
 * The gradient of `hardSigmoidForward`, equation (2).
 * @param dy  x's shape, the upstream gradient
 */
export function hardSigmoidBackward(dy: Tensor, { x, slope, offset }: HardSigmoidCache): { dx: Tensor } {
  const isRising = (value: number): boolean => slope * value + offset > 0 && slope * value + offset < 1;
  return { dx: mapGradient("hardSigmoidBackward", dy, x, (g, value) => (isRising(value) ? slope * g : 0)) }; // (2)
}

/** A number times its hard sigmoid, equation (3). @param x  any shape */
export function hardSwishForward(x: Tensor): { y: Tensor; cache: HardSwishCache } {
  const y = mapElements(x, (value) => value * Math.min(Math.max(value / 6 + 1 / 2, 0), 1)); // (3)
  return { y, cache: { x } };
}

/**
 * The gradient of `hardSwishForward`, equation (4).
 * @param dy  x's shape, the upstream gradient
 */
export function hardSwishBackward(dy: Tensor, { x }: HardSwishCache): { dx: Tensor } {
  const slope = (value: number): number => {
    if (value < -3) return 0;
    return value > 3 ? 1 : value / 3 + 1 / 2; // (4)
  };
  return { dx: mapGradient("hardSwishBackward", dy, x, (g, value) => g * slope(value)) };
}

/**
 * A sigmoid of straight lines: 0, then a line, then 1. It needs no exponential. Any shape; no parameters (Courbariaux et al.,
 * 2015).
 */
export class HardSigmoid extends Pointwise<[options: HardSigmoidOptions], HardSigmoidCache> {
  static readonly derivation: string = derivation;
  readonly options: HardSigmoidOptions;

  constructor(options: HardSigmoidOptions = {}) {
    super(hardSigmoidForward, hardSigmoidBackward, { given: [options] });
    this.options = options;
  }
}

/**
 * Multiplies every number by its hard sigmoid: MobileNetV3's cheap activation. Any shape; no parameters (Howard et al.,
 * 2019).
 */
export class HardSwish extends Pointwise<[], HardSwishCache> {
  static readonly derivation: string = derivation;

  constructor() {
    super(hardSwishForward, hardSwishBackward);
  }
}
