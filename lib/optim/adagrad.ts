/** Adagrad: each weight's learning rate falls with the gradients that the weight has had. Duchi et al., 2011. */
import { areDense, onCopies } from "../array/in-place.js";
import { flat, type Tensor } from "../array/tensor.js";
import type { Parameter } from "../layers/layer.js";
import type { Rivals } from "../layers/rival.js";
import { checkRanges, checkStep, Optimizer } from "./optimizer.js";

export const derivation = String.raw`
### Adagrad

$g$ is the gradient with respect to the weights $w$, with weight decay $\lambda$ added:

$$g \leftarrow g + \lambda w \tag{1}$$

Every weight keeps the sum of its squared gradients, and divides its steps by the root of it:

$$s \leftarrow s + g^2 \tag{2}$$

$$w \leftarrow w - \frac{\eta\, g}{\sqrt{s}+\varepsilon} \tag{3}$$

A weight that seldom has a gradient takes long steps when it has one. The first step of every weight has the length $\eta$, whatever the gradient's size;
after $t$ steps of equal gradients it is $\eta/\sqrt t$. As $s$ only grows, learning comes to an end.
`;

/** The options of `Adagrad`: learning rate, ε, weight decay. */
export interface AdagradOptions {
  /** Learning rate η, above 0; 0.01. */
  lr?: number;
  /** ε, above 0: keeps the division finite; 1e-10. */
  epsilon?: number;
  /** λ, 0 or more; 0. Biases and normalisation parameters do not decay. */
  weightDecay?: number;
}

/** One step of `Adagrad` on one parameter, in place. value, gradient and the sum of squares have one shape. */
export function adagradStep(value: Tensor, gradient: Tensor, sum: Tensor, options: AdagradOptions): void {
  checkStep("adagradStep", value, { gradient, sum });
  if (!areDense([value, sum])) {
    return onCopies("adagradStep", { value, sum }, (on) => adagradStep(on.value, gradient, on.sum, options));
  }
  const { lr = 0.01, epsilon = 1e-10, weightDecay = 0 } = options;
  const [W, dW, S] = [value, gradient, sum].map(flat);
  for (let i = 0; i < W.length; i++) {
    const g = dW[i] + weightDecay * W[i]; // (1)
    S[i] += g * g; // (2)
    W[i] -= (lr * g) / (Math.sqrt(S[i]) + epsilon); // (3)
  }
}

/**
 * Divides each weight's steps by the root of all its squared gradients so far: rare features keep a high rate (Duchi et
 * al., 2011).
 */
export class Adagrad extends Optimizer<AdagradOptions> {
  static readonly derivation: string = derivation;
  override readonly borrows = true;

  /** @throws ValueError for options out of range */
  constructor(options: AdagradOptions = {}) {
    const { lr = 0.01, epsilon = 1e-10, weightDecay = 0 } = options;
    checkRanges("Adagrad", {
      lr: [lr, lr > 0, "above 0"],
      epsilon: [epsilon, epsilon > 0, "above 0"],
      weightDecay: [weightDecay, weightDecay >= 0, "0 or more"],
    });
    super(options, lr);
  }

  protected override update(
    parameter: Parameter,
    gradient: Tensor,
    engine: Rivals,
    options: AdagradOptions,
  ): void {
    engine.of(adagradStep)(parameter.value, gradient, this.slot(parameter, "sum"), options);
  }
}
