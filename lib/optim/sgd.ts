/**
 * Stochastic gradient descent, with momentum (Polyak, 1964), Nesterov's momentum (Sutskever et al., 2013) and
 * weight decay. Lectures A and E.
 */
import { areDense, onCopies } from "../array/in-place.js";
import { ValueError } from "../array/errors.js";
import { flat, type Tensor } from "../array/tensor.js";
import type { Parameter } from "../layers/layer.js";
import type { Rivals } from "../layers/rival.js";
import { checkRanges, checkStep, Optimizer } from "./optimizer.js";

export const derivation = String.raw`
### Stochastic gradient descent

$g$ is the gradient of the loss on one batch with respect to the weights $w$, $\eta$ the learning rate. Weight decay $\lambda$ is
the gradient of the penalty $\tfrac\lambda2\lVert w\rVert^2$:

$$g \leftarrow g + \lambda w \tag{1}$$

With momentum $\mu$ the step follows a velocity, a sum of past gradients that fades by $\mu$ a step,

$$v \leftarrow \mu v + g \tag{2}$$

$$w \leftarrow w - \eta\, v \tag{3}$$

With Nesterov's momentum the gradient counts once more, as if it had been taken one step ahead along the velocity:

$$w \leftarrow w - \eta\,(g + \mu v) \tag{4}$$

With $\mu = 0$, (2) and (3) are plain $w \leftarrow w - \eta g$.
`;

/** The options of `SGD`: learning rate, momentum and its kind, weight decay. */
export interface SGDOptions {
  /** Learning rate η, above 0. */
  lr: number;
  /** Momentum μ, from 0 to below 1; 0. */
  momentum?: number;
  /** Whether to use Nesterov's momentum, which looks one step ahead; false. */
  nesterov?: boolean;
  /** λ, 0 or more; 0. Biases and normalisation parameters do not decay. */
  weightDecay?: number;
}

/** One step of `SGD` on one parameter, in place. value, gradient and velocity have one shape; velocity may be absent when momentum is 0. */
export function sgdStep(
  value: Tensor,
  gradient: Tensor,
  velocity: Tensor | undefined,
  options: SGDOptions,
): void {
  checkStep("sgdStep", value, { gradient, velocity });
  if (!areDense([value, velocity])) {
    return onCopies("sgdStep", { value, velocity }, (on) =>
      sgdStep(on.value, gradient, on.velocity, options),
    );
  }
  const { lr, momentum = 0, nesterov = false, weightDecay = 0 } = options;
  const [W, dW, V] = [flat(value), flat(gradient), velocity && flat(velocity)];
  for (let i = 0; i < W.length; i++) {
    const g = dW[i] + weightDecay * W[i]; // (1)
    if (V) V[i] = momentum * V[i] + g; // (2)
    const direction = !V ? g : nesterov ? g + momentum * V[i] : V[i]; // (3), (4)
    W[i] -= lr * direction;
  }
}

/**
 * Stochastic gradient descent: steps against the gradient of the batch; with momentum, a step also continues in the direction
 * of earlier steps (Polyak, 1964; lectures A and E).
 */
export class SGD extends Optimizer<SGDOptions> {
  static readonly derivation: string = derivation;
  override readonly borrows = true;

  /** @throws ValueError for options out of range */
  constructor(options: SGDOptions) {
    const { lr, momentum = 0, nesterov = false, weightDecay = 0 } = options;
    checkRanges("SGD", {
      lr: [lr, lr > 0, "above 0"],
      momentum: [momentum, momentum >= 0 && momentum < 1, "from 0 to below 1"],
      weightDecay: [weightDecay, weightDecay >= 0, "0 or more"],
    });
    if (nesterov && momentum === 0) {
      throw new ValueError(`SGD: Nesterov's momentum needs a momentum above 0, such as 0.9.`);
    }
    super(options, lr);
  }

  /** μ, which may be changed between two steps, from 0 to below 1. @throws ValueError for a momentum out of range */
  get momentum(): number {
    return this.options.momentum ?? 0;
  }
  set momentum(momentum: number) {
    checkRanges("SGD", { momentum: [momentum, momentum >= 0 && momentum < 1, "from 0 to below 1"] });
    if (momentum !== this.momentum) this.change({ momentum });
  }

  protected override update(
    parameter: Parameter,
    gradient: Tensor,
    engine: Rivals,
    options: SGDOptions,
  ): void {
    // A velocity that has begun follows the gradients also while the momentum is 0.
    const moves = this.momentum > 0 || this.hasSlot(parameter, "velocity");
    const velocity = moves ? this.slot(parameter, "velocity") : undefined;
    engine.of(sgdStep)(parameter.value, gradient, velocity, options);
  }
}
