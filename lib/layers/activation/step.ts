/**
 * The unit step and the signum: hard decisions, through which no gradient passes. Lecture C (they make the network a
 * piecewise constant function; sigmoid and tanh are differentiable replacements).
 */
import type { Tensor } from "../../array/tensor.js";
import { mapElements, mapGradient, Pointwise } from "./pointwise.js";

export const derivation = String.raw`
### Unit step and signum

$$y_i = u(x_i) = \begin{cases} 1 & x_i > 0 \\ 0 & x_i \le 0 \end{cases} \tag{1}$$

$$y_i = \operatorname{sign}(x_i) = \begin{cases} 1 & x_i > 0 \\ 0 & x_i = 0 \\ -1 & x_i < 0 \end{cases} \tag{2}$$

**Backward.** Both are flat wherever they have a slope at all:

$$dx_i = 0 \tag{3}$$

Moving a weight a little does not move the decision, and the loss does not feel it: no layer before a step learns anything by gradient descent. That is
why networks are trained with the sigmoid or tanh; afterwards the step may take their place, which is cheaper and leaves the decisions as they were.
`;

/** What `unitStepForward` and `signumForward` keep for their backwards. */
export interface StepCache {
  readonly x: Tensor;
}

/** 1 for positive numbers, 0 for the others, equation (1). @param x  any shape. A NaN stays NaN. */
export function unitStepForward(x: Tensor): { y: Tensor; cache: StepCache } {
  const y = mapElements(x, (value) => (value > 0 ? 1 : value <= 0 ? 0 : NaN)); // (1)
  return { y, cache: { x } };
}

/**
 * The gradient of `unitStepForward`, equation (3).
 * @param dy  x's shape, the upstream gradient, of which nothing passes
 */
export function unitStepBackward(dy: Tensor, { x }: StepCache): { dx: Tensor } {
  return { dx: mapGradient("unitStepBackward", dy, x, () => 0) }; // (3)
}

/** The sign of every number, equation (2). @param x  any shape. A NaN stays NaN. */
export function signumForward(x: Tensor): { y: Tensor; cache: StepCache } {
  return { y: mapElements(x, Math.sign), cache: { x } }; // (2)
}

/**
 * The gradient of `signumForward`, equation (3).
 * @param dy  x's shape, the upstream gradient, of which nothing passes
 */
export function signumBackward(dy: Tensor, { x }: StepCache): { dx: Tensor } {
  return { dx: mapGradient("signumBackward", dy, x, () => 0) }; // (3)
}

/**
 * 1 for positive numbers, 0 for the others: a hard decision. Its slope is 0, so that nothing before it learns. Any
 * shape; no parameters (lecture C).
 */
export class UnitStep extends Pointwise<[], StepCache> {
  static readonly derivation: string = derivation;

  constructor() {
    super(unitStepForward, unitStepBackward);
  }
}

/**
 * The sign of every number, −1, 0 or 1: a hard decision. Its slope is 0, so that nothing before it learns. Any shape;
 * no parameters (lecture C).
 */
export class Signum extends Pointwise<[], StepCache> {
  static readonly derivation: string = derivation;

  constructor() {
    super(signumForward, signumBackward);
  }
}
