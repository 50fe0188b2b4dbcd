/** Adadelta: steps in the weights' own units, with no learning rate to choose. Zeiler, 2012; ConvNetJS's trainer. */
import { areDense, onCopies } from "../array/in-place.js";
import { flat, type Tensor } from "../array/tensor.js";
import type { Parameter } from "../layers/layer.js";
import type { Rivals } from "../layers/rival.js";
import { checkRanges, checkStep, Optimizer } from "./optimizer.js";

export const derivation = String.raw`
### Adadelta

$g$ is the gradient with respect to the weights $w$, with weight decay $\lambda$ added:

$$g \leftarrow g + \lambda w \tag{1}$$

Every weight keeps a running mean of its squared gradients, which forgets by $\rho$ a step,

$$s \leftarrow \rho s + (1-\rho)\,g^2 \tag{2}$$

and one, $u$, of its squared steps. If the weight were in metres, $g$ would be in loss per metre; $g/\sqrt s$ has no unit at all, and the root of $u$ gives
it the weight's own:

$$\Delta = -\sqrt{\frac{u+\varepsilon}{s+\varepsilon}}\; g \tag{3}$$

$$u \leftarrow \rho u + (1-\rho)\,\Delta^2 \tag{4}$$

$$w \leftarrow w + \eta\,\Delta \tag{5}$$

$\eta$ is 1 in the paper and in ConvNetJS. $\varepsilon$ sets the first steps, as $u$ is 0 then: they are about $\sqrt{\varepsilon/(1-\rho)}$ long.
`;

/** The options of `Adadelta`: learning rate, decay of the running means, ε, weight decay. */
export interface AdadeltaOptions {
  /** Learning rate η, above 0; 1. */
  lr?: number;
  /** ρ, from 0 to below 1: the fraction of the running means that is kept in each step; 0.95. */
  rho?: number;
  /** ε, above 0; 1e-6. */
  epsilon?: number;
  /** λ, 0 or more; 0. Biases and normalisation parameters do not decay. */
  weightDecay?: number;
}

/** One step of `Adadelta` on one parameter, in place. value, gradient and the two running means (of g², of Δ²) have one shape. */
export function adadeltaStep(
  value: Tensor,
  gradient: Tensor,
  { square, change }: { readonly square: Tensor; readonly change: Tensor },
  options: AdadeltaOptions,
): void {
  checkStep("adadeltaStep", value, { gradient, square, change });
  if (!areDense([value, square, change])) {
    const changed = { value, square, change };
    return onCopies("adadeltaStep", changed, (on) => adadeltaStep(on.value, gradient, on, options));
  }
  const { lr = 1, rho = 0.95, epsilon = 1e-6, weightDecay = 0 } = options;
  const [W, dW, S, U] = [value, gradient, square, change].map(flat);
  for (let i = 0; i < W.length; i++) {
    const g = dW[i] + weightDecay * W[i]; // (1)
    S[i] = rho * S[i] + (1 - rho) * g * g; // (2)
    const step = -Math.sqrt((U[i] + epsilon) / (S[i] + epsilon)) * g; // (3)
    U[i] = rho * U[i] + (1 - rho) * step * step; // (4)
    W[i] += lr * step; // (5)
  }
}

/**
 * Divides each weight's gradient by the size of its recent gradients and multiplies it by the size of its recent changes, so
 * that no learning rate need be chosen (Zeiler, 2012).
 */
export class Adadelta extends Optimizer<AdadeltaOptions> {
  static readonly derivation: string = derivation;
  override readonly borrows = true;

  /** @throws ValueError for options out of range */
  constructor(options: AdadeltaOptions = {}) {
    const { lr = 1, rho = 0.95, epsilon = 1e-6, weightDecay = 0 } = options;
    checkRanges("Adadelta", {
      lr: [lr, lr > 0, "above 0"],
      rho: [rho, rho >= 0 && rho < 1, "from 0 to below 1"],
      epsilon: [epsilon, epsilon > 0, "above 0"],
      weightDecay: [weightDecay, weightDecay >= 0, "0 or more"],
    });
    super(options, lr);
  }

  protected override update(
    parameter: Parameter,
    gradient: Tensor,
    engine: Rivals,
    options: AdadeltaOptions,
  ): void {
    const means = { square: this.slot(parameter, "square"), change: this.slot(parameter, "change") };
    engine.of(adadeltaStep)(parameter.value, gradient, means, options);
  }
}
