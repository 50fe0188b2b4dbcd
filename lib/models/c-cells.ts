/**
 * C-cells: the layer of the neocognitron that makes it tolerant to shifts. A C-cell has fixed connections to neighbouring
 * S-cells of one feature, and responds when any of them responds (Fukushima, 1980; lecture B).
 */
import { expectInteger } from "../array/check.js";
import { allocate, flat, wrap, zeros, type DType, type Shape, type Tensor } from "../array/tensor.js";
import {
  conv2dGeometry,
  type Conv2dOptions,
  conv2dBackward,
  conv2dForward,
} from "../layers/convolution/conv2d.js";
import { Layer, type LayerPass } from "../layers/layer.js";
import type { ReferenceFunction } from "../layers/rival.js";

export const derivation = String.raw`
### C-cells

$u$ are the outputs of S-cells, not negative. $d_{kl}$ are fixed positive weights that fall off from the centre of the window like a Gaussian and sum to 1. In every
channel alike,

$$v_{ij} = \sum_{k,l} d_{kl}\; u_{is+k-p,\;js+l-p}, \qquad y_{ij} = \psi(v_{ij}),\quad \psi(v) = \frac{v}{\alpha + v}\ \ (v > 0),\ \text{else } 0 \tag{1}$$

$\psi$ saturates: one S-cell anywhere in the window is enough for a good part of the answer, several do not shout much louder.

**Backward.** $\psi'(v) = \alpha/(\alpha+v)^2$, and the blur is a convolution, whose way back spreads each gradient over the window with the same weights:

$$dv_{ij} = dy_{ij}\,\frac{\alpha}{(\alpha+v_{ij})^2}\ \ (v_{ij} > 0),\ \text{else } 0, \qquad
du_{hw} = \sum_{\substack{i,k:\,is+k-p=h\\ j,l:\,js+l-p=w}} d_{kl}\,dv_{ij} \tag{2}$$
`;

/** The window of a layer of C-cells, its stride, and the saturation of the cells. */
export interface CCellsOptions {
  /** Side of the square window, odd; 5. */
  size?: number;
  /** Step between C-cells; 2. */
  stride?: number;
  /** α, above 0: the blurred response at which a C-cell responds with half its maximum; 0.25. */
  alpha?: number;
}

interface CCellsCache {
  readonly v: Tensor;
  readonly cache: object;
}

/** It has no parameters: the connections are fixed. Windows reach over the border, where the input is 0. */
export class CCells extends Layer {
  static readonly derivation: string = derivation;
  readonly options: Required<CCellsOptions>;

  constructor({ size = 5, stride = 2, alpha = 0.25 }: CCellsOptions = {}) {
    super();
    expectInteger("cCells", "size", size, 1);
    expectInteger("cCells", "stride", stride, 1);
    this.options = { size, stride, alpha };
  }

  override describe(): string {
    const { size, stride } = this.options;
    return `CCells, ${size}×${size}, stride ${stride}`;
  }

  override outputShape(input: Shape): number[] {
    const { size } = this.options;
    const { rows, columns } = conv2dGeometry(
      [1, ...input],
      [input[0], 1, size, size],
      this.#window(input[0]),
    );
    return [input[0], rows.output, columns.output];
  }

  override multiplyAdds(input: Shape): number {
    const [channels, height, width] = this.outputShape(input);
    return channels * height * width * this.options.size ** 2;
  }

  override get functions(): readonly ReferenceFunction[] {
    return [conv2dForward];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const { alpha } = this.options;
    const channels = x.shape[1];
    const weights = this.#weights(channels, x.dtype as DType);
    const { y: v, cache } = pass.engine.of(conv2dForward)(x, weights, undefined, this.#window(channels));
    const V = flat(v);
    const Y = allocate(V.length, x.dtype);
    for (let i = 0; i < Y.length; i++) Y[i] = V[i] > 0 ? V[i] / (alpha + V[i]) : 0; // (1)
    pass.keep(this, { v, cache });
    return wrap(Y, v.shape);
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    const { alpha } = this.options;
    const { v, cache } = pass.take(this) as CCellsCache;
    const [V, dY] = [flat(v), flat(dy)];
    const dV = allocate(V.length, dy.dtype);
    for (let i = 0; i < dV.length; i++) dV[i] = V[i] > 0 ? (dY[i] * alpha) / (alpha + V[i]) ** 2 : 0; // (2)
    const gradients = pass.engine.of(conv2dBackward)(wrap(dV, v.shape), cache);
    return gradients.dx; // (2); the weights' gradient is not used
  }

  #window(channels: number): Conv2dOptions {
    const { size, stride } = this.options;
    return { stride, pad: Math.floor(size / 2), groups: channels, round: "floor" };
  }

  /** d of equation (1), repeated for each channel: channels×1×size×size. */
  #weights(channels: number, dtype: DType): Tensor {
    const { size } = this.options;
    const centre = (size - 1) / 2;
    const bell = Array.from({ length: size }, (_, k) =>
      Math.exp(-((k - centre) ** 2) / (2 * (size / 4) ** 2)),
    );
    const sum = bell.reduce((a, b) => a + b) ** 2;
    const weights = zeros([channels, 1, size, size], dtype);
    for (let i = 0; i < weights.data.length; i++) {
      weights.data[i] = (bell[Math.floor(i / size) % size] * bell[i % size]) / sum;
    }
    return weights;
  }
}
