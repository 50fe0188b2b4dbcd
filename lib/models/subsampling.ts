/**
 * Subsampling as in LeNet-5: sum the pixels of a window, multiply by one trainable coefficient for each map, and add a
 * trainable bias (LeCun, Bottou, Bengio, Haffner, 1998). It is average pooling with a learned scale and bias.
 */
import { expectInteger } from "../array/check.js";
import { ShapeError, showShape } from "../array/errors.js";
import { Random } from "../array/random.js";
import { allocate, flat, full, sizeOf, wrap, type DType, type Shape, type Tensor } from "../array/tensor.js";
import { biasParameter, Layer, Parameter, type LayerPass } from "../layers/layer.js";
import {
  SumPool2d,
  type SumPoolCache,
  sumPool2dBackward,
  sumPool2dForward,
} from "../layers/pooling/sum-pool.js";
import type { ReferenceFunction } from "../layers/rival.js";

export const derivation = String.raw`
### Subsampling with a coefficient

The windows tile the map; $s_{nco}$ is the sum over window $o$ of channel $c$.

$$s_{nco} = \sum_{u\in R_o} x_{ncu}, \qquad y_{nco} = w_c\, s_{nco} + b_c \tag{1}$$

**Backward.** Each pixel lies in one window and enters it with the slope $w_c$; the coefficient is met by every window of its channel:

$$ds_{nco} = w_c\,dy_{nco},\qquad dx_{ncu} = ds_{nco}\ \ (u\in R_o) \tag{2}$$

$$dw_c = \sum_{n,o} dy_{nco}\,s_{nco}, \qquad db_c = \sum_{n,o} dy_{nco} \tag{3}$$
`;

/** Parameters: `w` (one for each channel; 1 over the window's pixels, so that it starts as the mean) and `b` (zeros). */
export class Subsampling2d extends Layer {
  static readonly derivation: string = derivation;
  override readonly parameters: Readonly<{ w: Parameter; b: Parameter }>;
  readonly #size: number;
  readonly #sum: SumPool2d;

  /**
   * @param options  channels: of the input; size: of the square windows, which tile the image, 2; dtype: "float32"
   */
  constructor({ channels, size = 2, dtype = "float32" }: { channels: number; size?: number; dtype?: DType }) {
    super();
    expectInteger("subsampling2d", "channels", channels, 1);
    this.#size = size;
    this.#sum = new SumPool2d({ size });
    const random = new Random(0);
    this.parameters = {
      w: new Parameter(() => full([channels], 1 / size ** 2, dtype), random),
      b: biasParameter(channels, dtype, random),
    };
  }

  override describe(): string {
    return `Subsampling2d, ${this.#size}×${this.#size}`;
  }

  override outputShape(input: Shape): number[] {
    const { w } = this.parameters;
    if (input[0] !== w.value.size) {
      throw new ShapeError(
        `subsampling2d: an example is ${showShape(input)}, but there are ${w.value.size} coefficients; give that many channels.`,
      );
    }
    return this.#sum.outputShape(input);
  }

  /** The additions in a window are counted, because they are connections that share one weight. */
  override multiplyAdds(input: Shape): number {
    return sizeOf(this.outputShape(input)) * this.#size ** 2;
  }

  override get functions(): readonly ReferenceFunction[] {
    return [sumPool2dForward];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const { w, b } = this.parameters;
    this.outputShape(x.shape.slice(1));
    const { y: sums, cache } = pass.engine.of(sumPool2dForward)(x, this.#sum.options);
    const [S, W, B] = [flat(sums), flat(w.value), flat(b.value)];
    const Y = allocate(S.length, x.dtype);
    const area = sums.shape[2] * sums.shape[3];
    for (let o = 0; o < Y.length; o++) {
      const c = Math.floor(o / area) % W.length;
      Y[o] = W[c] * S[o] + B[c]; // (1)
    }
    pass.keep(this, { sums, cache });
    return wrap(Y, sums.shape);
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    const { w, b } = this.parameters;
    const { sums, cache } = pass.take(this) as { sums: Tensor; cache: SumPoolCache };
    const [S, W, dY] = [flat(sums), flat(w.value), flat(dy)];
    const area = sums.shape[2] * sums.shape[3];
    const dS = allocate(S.length, dy.dtype);
    const [dW, dB] = [new Float64Array(W.length), new Float64Array(W.length)];
    for (let o = 0; o < dY.length; o++) {
      const c = Math.floor(o / area) % W.length;
      dS[o] = W[c] * dY[o]; // (2)
      dW[c] += dY[o] * S[o]; // (3)
      dB[c] += dY[o]; // (3)
    }
    for (const [parameter, sum] of [
      [w, dW],
      [b, dB],
    ] as const) {
      const gradient = allocate(sum.length, dy.dtype);
      gradient.set(sum);
      pass.addGradient(parameter, wrap(gradient, [sum.length]));
    }
    return pass.engine.of(sumPool2dBackward)(wrap(dS, sums.shape), cache).dx; // (2)
  }
}
