/**
 * Weight penalties: a term for large weights that is added to the loss, so that the network prefers the simpler of two
 * solutions. Lecture E ("quadratic penalty encourages the network to use all of its inputs a little").
 */
import ops from "ndarray-ops";
import { Printed, showOptions } from "../array/printed.js";
import { ValueError } from "../array/errors.js";
import { flat, wrap, type Tensor } from "../array/tensor.js";
import { rounded } from "../layers/accumulate.js";
import type { Parameter } from "../layers/layer.js";
import type { Rivals } from "../layers/rival.js";

export const derivation = String.raw`
### Weight penalties

The L2 penalty of the weights $w$ is

$$\mathcal R = \frac\lambda2\sum_i w_i^2 \tag{1}$$

$$dw_i = \lambda\,w_i \tag{2}$$

Every weight is pulled to zero in proportion to its size: large weights shrink fast, small ones are left alone, and no weight becomes exactly 0.
(Lecture E leaves out the ½; its $\lambda$ is half of this one.) Adding (2) to the gradient in plain gradient descent is *weight decay*.

The L1 penalty is

$$\mathcal R = \lambda\sum_i \lvert w_i\rvert \tag{3}$$

$$dw_i = \lambda\operatorname{sign}(w_i) \tag{4}$$

(0 at the kink.) The pull is the same for all sizes, so that weights which the data do not hold end at 0: the network becomes sparse.
`;

/** Half the sum of all squared weights, and its gradient. @param w any shape @returns the penalty of equation (1) and dw of equation (2) */
export function l2Penalty(w: Tensor, strength: number): { loss: number; dw: Tensor } {
  const W = flat(w);
  const dW = Float64Array.from(W, (value) => strength * value); // (2)
  const loss = (strength / 2) * ops.norm2squared(wrap(W, w.shape)); // (1)
  return { loss, dw: rounded(dW, w.shape, w.dtype) };
}

/** The sum of the absolute values of all weights, and its gradient. @param w any shape @returns the penalty of equation (3) and dw of equation (4) */
export function l1Penalty(w: Tensor, strength: number): { loss: number; dw: Tensor } {
  const W = flat(w);
  const dW = Float64Array.from(W, (value) => strength * Math.sign(value)); // (4)
  const loss = strength * ops.norm1(wrap(W, w.shape)); // (3)
  return { loss, dw: rounded(dW, w.shape, w.dtype) };
}

/** The gradient of both penalties together, equations (2) and (4). @param w any shape @returns a tensor of w's shape */
export function penaltyGradient(w: Tensor, { l1 = 0, l2 = 0 }: WeightPenaltyOptions): Tensor {
  const [absolute, square] = [flat(l1Penalty(w, l1).dw), flat(l2Penalty(w, l2).dw)];
  return wrap(
    absolute.map((value, i) => value + square[i]),
    w.shape,
  );
}

/** The strengths of the L1 and L2 penalties of a `WeightPenalty`. */
export interface WeightPenaltyOptions {
  /** λ of the L1 penalty, 0 or more; 0. */
  l1?: number;
  /** λ of the L2 penalty, 0 or more; 0. */
  l2?: number;
}

/**
 * L1 and L2 penalties on all weights of a network, but not on biases and normalisation parameters.
 *
 *     const penalty = new WeightPenalty({ l1: 1e-4 });
 *     const total = loss.forward(y, labels, pass) + penalty.forward(net.parameters);
 *     net.backward(loss.backward(pass), pass);
 *     penalty.backward(net.parameters, pass);
 */
export class WeightPenalty extends Printed {
  static readonly derivation: string = derivation;
  readonly options: WeightPenaltyOptions;

  /** @throws ValueError for a negative strength */
  constructor(options: WeightPenaltyOptions) {
    super();
    for (const [name, value] of Object.entries(options)) {
      if (value >= 0 && value < Infinity) continue;
      throw new ValueError(`WeightPenalty: ${name} is ${value}; it must be a finite number, 0 or more.`);
    }
    this.options = options;
  }

  toString(): string {
    return showOptions("WeightPenalty", this.options);
  }

  /** The penalty of all weights. */
  forward(parameters: Readonly<Record<string, Parameter>>): number {
    const { l1 = 0, l2 = 0 } = this.options;
    const of = (w: Tensor): number => l1Penalty(w, l1).loss + l2Penalty(w, l2).loss;
    return weights(parameters).reduce((total, { value }) => total + of(value), 0);
  }

  /**
   * Adds the penalty's gradient to the gradients of a pass.
   * @param pass  with the engine that computes; the loops of this file unless it has one
   */
  backward(
    parameters: Readonly<Record<string, Parameter>>,
    pass: { readonly engine?: Rivals; addGradient(parameter: Parameter, gradient: Tensor): void },
  ): void {
    const gradientOf = pass.engine?.of(penaltyGradient) ?? penaltyGradient;
    for (const weight of weights(parameters))
      pass.addGradient(weight, gradientOf(weight.value, this.options));
  }
}

/** The parameters that decay, each once, even if it is used in two places. */
function weights(parameters: Readonly<Record<string, Parameter>>): Parameter[] {
  return [...new Set(Object.values(parameters))].filter(({ decay }) => decay);
}
