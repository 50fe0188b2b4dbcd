/**
 * Adam: momentum, divided by the size of recent gradients (Kingma and Ba, 2015); and AdamW, whose weight decay is not divided
 * (Loshchilov and Hutter, 2019).
 */
import { areDense, onCopies } from "../array/in-place.js";
import { ValueError } from "../array/errors.js";
import { flat, type Tensor } from "../array/tensor.js";
import type { Parameter } from "../layers/layer.js";
import type { Rivals } from "../layers/rival.js";
import { checkRanges, checkStep, Optimizer } from "./optimizer.js";

export const derivation = String.raw`
### Adam and AdamW

$g$ is the gradient with respect to the weights $w$. Adam's weight decay $\lambda$ is added to it:

$$g \leftarrow g + \lambda w \tag{1}$$

AdamW's shrinks the weights instead:

$$w \leftarrow w - \eta\lambda w \tag{2}$$

Every weight keeps a running mean of its gradients and one of their squares:

$$m \leftarrow \beta_1 m + (1-\beta_1)\,g, \qquad s \leftarrow \beta_2 s + (1-\beta_2)\,g^2 \tag{3}$$

Both start at 0. After $t$ steps the factors in $m$ add up to $(1-\beta_1)(1+\beta_1+\dots+\beta_1^{t-1}) = 1-\beta_1^t$ instead of 1, so $m$ is too small by that,
and $s$ by $1-\beta_2^t$. Dividing by it gives means that are right from the first step:

$$\hat m = \frac{m}{1-\beta_1^t}, \qquad \hat s = \frac{s}{1-\beta_2^t} \tag{4}$$

$$w \leftarrow w - \eta\,\frac{\hat m}{\sqrt{\hat s}+\varepsilon} \tag{5}$$

A step is at most about $\eta$ long, and the shorter the more the recent gradients disagree. In (1) the decay is divided by $\sqrt{\hat s}$ too, so that weights with large
gradients hardly decay; in (2) all weights decay alike.
`;

/** The options of `Adam` and `AdamW`: learning rate, decay of the two running means, ε, weight decay. */
export interface AdamOptions {
  /** Learning rate η, above 0; 0.001. */
  lr?: number;
  /** β₁ and β₂, each from 0 to below 1; [0.9, 0.999]. */
  betas?: readonly [mean: number, square: number];
  /** ε, above 0; 1e-8. */
  epsilon?: number;
  /** λ, 0 or more; 0, in AdamW 0.01. Biases and normalisation parameters do not decay. */
  weightDecay?: number;
}

/** The options of `adamStep`. */
export interface AdamStepOptions extends AdamOptions {
  /** Weight decay by (2) instead of (1); false. */
  decoupled?: boolean;
}

/**
 * One step of `Adam` on one parameter, in place. value, gradient and the two running means (of g, of g²) have one shape.
 * @param t  the number of this parameter's step, from 1
 */
export function adamStep(
  value: Tensor,
  gradient: Tensor,
  { mean, square }: { readonly mean: Tensor; readonly square: Tensor },
  t: number,
  options: AdamStepOptions,
): void {
  checkStep("adamStep", value, { gradient, mean, square });
  if (!(t >= 1)) throw new ValueError(`adamStep: the step is ${t}; the first is 1.`);
  if (!areDense([value, mean, square])) {
    const changed = { value, mean, square };
    return onCopies("adamStep", changed, (on) => adamStep(on.value, gradient, on, t, options));
  }
  const { lr = 0.001, betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0, decoupled = false } = options;
  const [beta1, beta2] = betas;
  const [W, dW, M, S] = [value, gradient, mean, square].map(flat);
  const [meanWeight, squareWeight] = [1 - beta1 ** t, 1 - beta2 ** t];
  for (let i = 0; i < W.length; i++) {
    const g = decoupled ? dW[i] : dW[i] + weightDecay * W[i]; // (1)
    const w = decoupled ? W[i] - lr * weightDecay * W[i] : W[i]; // (2)
    M[i] = beta1 * M[i] + (1 - beta1) * g; // (3)
    S[i] = beta2 * S[i] + (1 - beta2) * g * g; // (3)
    W[i] = w - (lr * (M[i] / meanWeight)) / (Math.sqrt(S[i] / squareWeight) + epsilon); // (4), (5)
  }
}

/**
 * The numbers of step t, for an engine's own `adamStep`.
 * @returns `decays`: λ of (1) and ηλ of (2), one of which is 0, and adding 0 changes no bit; `corrections`: the divisors of (4)
 */
export function adamNumbers(
  t: number,
  { lr = 0.001, betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0, decoupled = false }: AdamStepOptions,
): Record<"decays" | "betas" | "corrections", readonly [number, number]> & Record<"lr" | "epsilon", number> {
  const decays = decoupled ? ([0, lr * weightDecay] as const) : ([weightDecay, 0] as const);
  return { lr, decays, epsilon, betas, corrections: [1 - betas[0] ** t, 1 - betas[1] ** t] };
}

/**
 * Momentum, divided by the size of each weight's recent gradients: steps of about the learning rate whatever the
 * gradients' scale. A good first choice with lr 0.001 (Kingma and Ba, 2015).
 */
export class Adam extends Optimizer<AdamOptions> {
  static readonly derivation: string = derivation;
  override readonly borrows = true;
  /** Whether weight decay is outside the division, as in AdamW. */
  protected readonly decoupled: boolean = false;

  /** @throws ValueError for options out of range */
  constructor(options: AdamOptions = {}) {
    const { lr = 0.001, betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0 } = options;
    checkRanges(new.target.name, {
      lr: [lr, lr > 0, "above 0"],
      "betas[0]": [betas[0], betas[0] >= 0 && betas[0] < 1, "from 0 to below 1"],
      "betas[1]": [betas[1], betas[1] >= 0 && betas[1] < 1, "from 0 to below 1"],
      epsilon: [epsilon, epsilon > 0, "above 0"],
      weightDecay: [weightDecay, weightDecay >= 0, "0 or more"],
    });
    super(options, lr);
  }

  protected override update(
    parameter: Parameter,
    gradient: Tensor,
    engine: Rivals,
    options: AdamOptions,
    t: number,
  ): void {
    const means = { mean: this.slot(parameter, "mean"), square: this.slot(parameter, "square") };
    engine.of(adamStep)(parameter.value, gradient, means, t, { ...options, decoupled: this.decoupled });
  }
}

/**
 * Adam with weight decay outside the division, equation (2); λ is 0.01 unless given (Loshchilov and Hutter, 2019).
 */
export class AdamW extends Adam {
  protected override readonly decoupled: boolean = true;

  /** @throws ValueError for options out of range */
  constructor(options: AdamOptions = {}) {
    super({ ...options, weightDecay: options.weightDecay ?? 0.01 });
  }
}
