/** The leaky rectifier: negative numbers are made small instead of zero. Lecture C; Maas et al., 2013. */
import { ValueError } from "../../array/errors.js";
import type { Tensor } from "../../array/tensor.js";
import type { LayerPass } from "../layer.js";
import { mapElements, mapGradient, Pointwise } from "./pointwise.js";
import type { ReferenceFunction } from "../rival.js";

export const derivation = String.raw`
### Leaky ReLU

With a small slope $a$, such as 0.01,

$$y_i = \begin{cases} x_i & x_i > 0 \\ a\,x_i & x_i \le 0 \end{cases} \tag{1}$$

**Backward.** Two straight pieces; at the kink we take the slope of the left one:

$$dx_i = \begin{cases} dy_i & x_i > 0 \\ a\,dy_i & x_i \le 0 \end{cases} \tag{2}$$

Some gradient passes whatever the input is, so that no unit dies. $a=0$ is ReLU.
`;

export interface LeakyReluOptions {
  /** a, finite; 0.01. */
  slope?: number;
}

export interface LeakyReluCache {
  readonly x: Tensor;
  readonly slope: number;
}

/** @param x  any shape @throws ValueError for a slope that is not finite */
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

/** @param dy  x's shape, the upstream gradient */
export function leakyReluBackward(dy: Tensor, { x, slope }: LeakyReluCache): { dx: Tensor } {
  return { dx: mapGradient("leakyReluBackward", dy, x, (g, value) => (value > 0 ? g : slope * g)) }; // (2)
}

export class LeakyReLU extends Pointwise {
  static readonly derivation: string = derivation;
  readonly options: LeakyReluOptions;

  constructor(options: LeakyReluOptions = {}) {
    super();
    this.options = options;
  }

  override get functions(): readonly ReferenceFunction[] {
    return [leakyReluForward];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const { y, cache } = pass.engine.of(leakyReluForward)(x, this.options);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    return pass.engine.of(leakyReluBackward)(dy, pass.take(this) as LeakyReluCache).dx;
  }
}
