/**
 * The linear (fully connected) layer: every output is a weighted sum of every input.
 * Lectures B ("linear module") and E.
 */
import { expectInteger, expectRank, expectShape, sameDType } from "../array/check.js";
import { ShapeError, showShape } from "../array/errors.js";
import { Random } from "../array/random.js";
import { flat, reshape, sizeOf, type Shape, type Tensor } from "../array/tensor.js";
import { rounded } from "./accumulate.js";
import { heNormal } from "./initialise.js";
import {
  biasParameter,
  Layer,
  Parameter,
  settle,
  unwanted,
  type LayerPass,
  type ParameterOptions,
} from "./layer.js";
import type { ReferenceFunction } from "./rival.js";

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
`;

export interface LinearCache {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly hasBias: boolean;
}

export interface LinearGradients {
  readonly dx: Tensor;
  readonly dw: Tensor;
  /** Absent when there was no bias. */
  readonly db?: Tensor;
}

/**
 * @param x  N×D
 * @param w  K×D
 * @param b  K, or undefined for none
 * @returns y: N×K, and the cache for backward
 */
export function linearForward(
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
): { y: Tensor; cache: LinearCache } {
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

/** @param dy  N×K, the upstream gradient */
export function linearBackward(dy: Tensor, { x, w, hasBias }: LinearCache): LinearGradients {
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

/** @throws ShapeError, DTypeError when the three do not fit each other */
export function checkLinear(x: Tensor, w: Tensor, b: Tensor | undefined): void {
  sameDType("linear", { x, w, b });
  expectRank("linear", "x", x, "N×D");
  expectRank("linear", "w", w, "K×D");
  expectWidth(x.shape.slice(1), w.shape[1]);
  if (b !== undefined) expectShape("linear", "b", b, [w.shape[0]], "there is one bias an output");
}

function expectWidth(example: Shape, width: number): void {
  const got = sizeOf(example);
  if (got === width) return;
  throw new ShapeError(
    `linear: each example has ${got} numbers${example.length > 1 ? ` (${showShape(example)})` : ""}, ` +
      `but the weights expect ${width}; make the layer with in: ${got}.`,
  );
}

export interface LinearLayerOptions extends ParameterOptions {
  /** Inputs; an image counts C·H·W of them and is flattened on the way in. */
  in: number;
  /** Outputs. */
  out: number;
  /** Whether a bias is added; true. */
  bias?: boolean;
  /** Your own backward pass instead of the library's. */
  backward?: (dy: Tensor, cache: LinearCache) => LinearGradients;
}

/** Parameters: `w` (He initialisation, fan-in D) and `b` (zeros). Examples of any shape are flattened. */
export class Linear extends Layer {
  static readonly derivation: string = derivation;
  readonly options: LinearLayerOptions;
  override readonly parameters: Readonly<{ w: Parameter; b?: Parameter }>;

  constructor(options: LinearLayerOptions) {
    super();
    this.options = options;
    const { dtype = "float32", seed, init = heNormal } = options;
    for (const name of ["in", "out"] as const) expectInteger("Linear", name, options[name], 1);
    const random = new Random(seed ?? 0);
    const w = new Parameter((r) => init([options.out, options.in], options, dtype, r), random);
    this.parameters = options.bias === false ? { w } : { w, b: biasParameter(options.out, dtype, random) };
    settle(this.parameters, seed);
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

  override get functions(): readonly ReferenceFunction[] {
    return [linearForward];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const { w, b } = this.parameters;
    expectWidth(x.shape.slice(1), this.options.in);
    const rows = reshape(x, [x.shape[0], this.options.in]);
    const forward = this.options.backward ? linearForward : pass.engine.of(linearForward);
    const { y, cache } = forward(rows, w.value, b?.value);
    pass.keep(this, { cache, shape: x.shape });
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass, wanted = true): Tensor {
    const { w, b } = this.parameters;
    const { cache, shape } = pass.take(this) as { cache: LinearCache; shape: Shape };
    const gradients = (this.options.backward ?? pass.engine.of(linearBackward))(dy, cache);
    pass.addGradient(w, gradients.dw);
    if (b && gradients.db) pass.addGradient(b, gradients.db);
    return wanted ? reshape(gradients.dx, shape) : unwanted; // an engine may compute dx only when it is read
  }
}
