/** The linear (fully connected) layer: every output is a weighted sum of every input. Lectures B ("linear module") and E. */
import { expectInteger, expectShape, sameDType } from "../array/check.js";
import { flat, reshape, type Shape, type Tensor } from "../array/tensor.js";
import { rounded } from "./accumulate.js";
import { checkLinear, expectWidth } from "./check-linear.js";
import type { LayerPass } from "./layer.js";
import { Weighted, type WeightCache, type WeightGradients, type WeightOptions } from "./weighted.js";

export const derivation = String.raw`
### The linear layer

Input $x$ is $N\times D$ (a row an example), weights $w$ are $K\times D$ (a row an output), bias $b$ has $K$ numbers.

$$y_{nk} = b_k + \sum_{d} w_{kd}\, x_{nd} \qquad\text{that is}\qquad y = x\,w^{\mathsf T} + b \tag{1}$$

**Backward.** Let $dy = \partial\mathcal L/\partial y$. Input $x_{nd}$ reaches the loss through all outputs of its example, and
$\partial y_{nk}/\partial x_{nd} = w_{kd}$:

$$dx_{nd} = \sum_k w_{kd}\, dy_{nk} \qquad\text{that is}\qquad dx = dy\; w \tag{2}$$

Forward multiplies by $w^{\mathsf T}$, backward by its transpose. A weight is used once by every example:

$$dw_{kd} = \sum_n dy_{nk}\, x_{nd} \qquad\text{that is}\qquad dw = dy^{\mathsf T} x \tag{3}$$

$$db_k = \sum_n dy_{nk} \tag{4}$$

**With numbers.** Two examples, two outputs.

${"```text"}
y  = linear(x, w, b)
x  = [[1, 2], [3, 0]]                                                                      2×2
w  = [[1, −1], [2, 0]]                                                                     2×2
b  = [0, 1]                                                                                2
y  = [[1·1 − 1·2 + 0, 2·1 + 0·2 + 1], [1·3 − 1·0 + 0, 2·3 + 0·0 + 1]] = [[−1, 3], [3, 7]]  (1)
dy = [[1, 2], [0, 1]]                                                                      2×2
dx = [[1·1 + 2·2, −1·1 + 0·2], [1·0 + 2·1, −1·0 + 0·1]] = [[5, −1], [2, 0]]                (2)
dw = [[1·1 + 0·3, 1·2 + 0·0], [2·1 + 1·3, 2·2 + 1·0]] = [[1, 2], [5, 4]]                   (3)
db = [1 + 0, 2 + 1] = [1, 3]                                                               (4)
${"```"}
`;

/** Weighted sums, equation (1). @param x N×D @param w K×D @param b K, or undefined @returns y: N×K, and the cache */
export function linearForward(x: Tensor, w: Tensor, b?: Tensor): { y: Tensor; cache: WeightCache } {
  checkLinear(x, w, b);
  const [N, D] = x.shape;
  const K = w.shape[0];
  const [X, W, B] = [flat(x), flat(w), b && flat(b)];
  const Y = new Float64Array(N * K);
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) {
      let sum = B ? B[k] : 0;
      for (let d = 0; d < D; d++) sum += W[k * D + d] * X[n * D + d]; // (1)
      Y[n * K + k] = sum;
    }
  }
  return { y: rounded(Y, [N, K], x.dtype), cache: { x, w, hasBias: b !== undefined } };
}

/**
 * The gradients of `linearForward`, equations (2) to (4).
 * @param dy N×K, the upstream gradient
 */
export function linearBackward(dy: Tensor, { x, w, hasBias }: WeightCache): WeightGradients {
  const [N, D] = x.shape;
  const K = w.shape[0];
  sameDType("linearBackward", { dy, x });
  expectShape("linearBackward", "dy", dy, [N, K]);
  const [X, W, dY] = [flat(x), flat(w), flat(dy)];
  const [dX, dW, dB] = [new Float64Array(N * D), new Float64Array(K * D), new Float64Array(K)];
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) {
      const g = dY[n * K + k];
      dB[k] += g; // (4)
      for (let d = 0; d < D; d++) {
        dX[n * D + d] += W[k * D + d] * g; // (2)
        dW[k * D + d] += X[n * D + d] * g; // (3)
      }
    }
  }
  const gradients = { dx: rounded(dX, x.shape, x.dtype), dw: rounded(dW, w.shape, x.dtype) };
  return hasBias ? { ...gradients, db: rounded(dB, [K], x.dtype) } : gradients;
}

/**
 * The linear, or fully connected, layer: every output is a weighted sum of every input. N×D → N×M; an example of any
 * shape is flattened on the way in (lectures B and E). Parameters: `w` (He initialisation, fan-in D) and `b` (zeros).
 */
export class Linear extends Weighted<LinearLayerOptions, WeightCache> {
  static readonly derivation: string = derivation;

  constructor(options: LinearLayerOptions) {
    for (const name of ["in", "out"] as const) expectInteger("Linear", name, options[name], 1);
    const shapes = { w: [options.out, options.in], b: [options.out], fans: options };
    super(options, { forward: linearForward, backward: linearBackward, ...shapes });
  }

  override describe(): string {
    return `Linear, ${this.options.in} → ${this.options.out}`;
  }

  override outputShape(input: Shape): number[] {
    expectWidth(input, this.options.in);
    return [this.options.out];
  }

  override multiplyAdds(): number {
    return this.parameters.w.value.size;
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    expectWidth(x.shape.slice(1), this.options.in);
    const y = super.forward(reshape(x, [x.shape[0], this.options.in]), pass);
    pass.keep(this, x.shape);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass, wanted = true): Tensor {
    const shape = pass.take(this) as Shape;
    const dx = super.backward(dy, pass, wanted);
    return wanted ? reshape(dx, shape) : dx;
  }
}

/** What a Linear is made of: how many numbers in and out, bias, initial weights. */
export interface LinearLayerOptions extends WeightOptions<WeightCache> {
  /** Inputs; an image counts C·H·W of them. */
  in: number;
  /** Outputs. */
  out: number;
}
