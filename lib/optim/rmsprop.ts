/** RMSProp: each weight's steps are divided by the size of its recent gradients. Tieleman and Hinton, 2012. */
import { areDense, onCopies } from "../array/in-place.js";
import { flat, type Tensor } from "../array/tensor.js";
import type { Parameter } from "../layers/layer.js";
import type { Rivals } from "../layers/rival.js";
import { checkRanges, checkStep, Optimizer } from "./optimizer.js";

export const derivation = String.raw`
### RMSProp

$g$ is the gradient with respect to the weights $w$, with weight decay $\lambda$ added:

$$g \leftarrow g + \lambda w \tag{1}$$

Every weight keeps a running mean of its squared gradients, which forgets by $\rho$ a step (Adagrad's sum never forgets):

$$s \leftarrow \rho s + (1-\rho)\,g^2 \tag{2}$$

Divided by the root of that mean square, a gradient is about $\pm1$, whatever the scale of its layer:

$$v \leftarrow \mu v + \frac{g}{\sqrt{s}+\varepsilon} \tag{3}$$

$$w \leftarrow w - \eta\, v \tag{4}$$

Without momentum ($\mu = 0$) the step is the quotient itself. As $s$ starts at 0, the first steps are longer, by up to $1/\sqrt{1-\rho}$.
`;

/** The options of `RMSProp`: learning rate, decay of the running mean, momentum, ε, weight decay. */
export interface RMSPropOptions {
  /** Learning rate η, above 0; 0.01. */
  lr?: number;
  /** ρ, from 0 to below 1: the fraction of the running mean that is kept in each step; 0.99. */
  rho?: number;
  /** Momentum μ, from 0 to below 1; 0. */
  momentum?: number;
  /** ε, above 0; 1e-8. */
  epsilon?: number;
  /** λ, 0 or more; 0. Biases and normalisation parameters do not decay. */
  weightDecay?: number;
}

/** One step of `RMSProp` on one parameter, in place. All tensors have one shape; velocity may be absent when momentum is 0. */
export function rmsPropStep(
  value: Tensor,
  gradient: Tensor,
  { square, velocity }: { readonly square: Tensor; readonly velocity?: Tensor },
  options: RMSPropOptions,
): void {
  checkStep("rmsPropStep", value, { gradient, square, velocity });
  if (!areDense([value, square, velocity])) {
    const changed = { value, square, velocity };
    return onCopies("rmsPropStep", changed, (on) => rmsPropStep(on.value, gradient, on, options));
  }
  const { lr = 0.01, rho = 0.99, momentum = 0, epsilon = 1e-8, weightDecay = 0 } = options;
  const [W, dW, S, V] = [flat(value), flat(gradient), flat(square), velocity && flat(velocity)];
  for (let i = 0; i < W.length; i++) {
    const g = dW[i] + weightDecay * W[i]; // (1)
    S[i] = rho * S[i] + (1 - rho) * g * g; // (2)
    let step = g / (Math.sqrt(S[i]) + epsilon);
    if (V) step = V[i] = momentum * V[i] + step; // (3)
    W[i] -= lr * step; // (4)
  }
}

/** Divides each weight's steps by the size of its recent gradients (Tieleman and Hinton, 2012). */
export class RMSProp extends Optimizer<RMSPropOptions> {
  static readonly derivation: string = derivation;
  override readonly borrows = true;

  /** @throws ValueError for options out of range */
  constructor(options: RMSPropOptions = {}) {
    const { lr = 0.01, rho = 0.99, momentum = 0, epsilon = 1e-8, weightDecay = 0 } = options;
    checkRanges("RMSProp", {
      lr: [lr, lr > 0, "above 0"],
      rho: [rho, rho >= 0 && rho < 1, "from 0 to below 1"],
      momentum: [momentum, momentum >= 0 && momentum < 1, "from 0 to below 1"],
      epsilon: [epsilon, epsilon > 0, "above 0"],
      weightDecay: [weightDecay, weightDecay >= 0, "0 or more"],
    });
    super(options, lr);
  }

  /** μ, which may be changed between two steps, from 0 to below 1. @throws ValueError for a momentum out of range */
  get momentum(): number {
    return this.options.momentum ?? 0;
  }
  set momentum(momentum: number) {
    checkRanges("RMSProp", { momentum: [momentum, momentum >= 0 && momentum < 1, "from 0 to below 1"] });
    if (momentum !== this.momentum) this.change({ momentum });
  }

  protected override update(
    parameter: Parameter,
    gradient: Tensor,
    engine: Rivals,
    options: RMSPropOptions,
  ): void {
    // A velocity that has begun follows the gradients also while the momentum is 0.
    const moves = this.momentum > 0 || this.hasSlot(parameter, "velocity");
    const velocity = moves ? this.slot(parameter, "velocity") : undefined;
    const means = { square: this.slot(parameter, "square"), velocity };
    engine.of(rmsPropStep)(parameter.value, gradient, means, options);
  }
}
