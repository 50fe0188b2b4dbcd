/**
 * The shortcut of a residual block that halves the image and adds channels: it takes every second pixel and
 * lets the new channels be zero, and so has no parameters (He, Zhang, Ren, Sun, 2015, option A).
 */
import { expectShape } from "../array/check.js";
import { ShapeError, showShape } from "../array/errors.js";
import { allocate, flat, sizeOf, wrap, type Shape, type Tensor } from "../array/tensor.js";
import { Layer, type LayerPass } from "../layers/layer.js";

export const derivation = String.raw`
### A shortcut by leaving out

With step $s$ and $C'\ge C$ channels out,

$$y_{ncij} = x_{n,\,c,\,is,\,js}\ \ (c < C), \qquad y_{ncij} = 0\ \ (c\ge C) \tag{1}$$

**Backward.** A pixel that was taken gets its gradient back, all others get none, and what the zeros would get is dropped:

$$dx_{n,\,c,\,is,\,js} = dy_{ncij}\ \ (c < C) \tag{2}$$
`;

/**
 * The shortcut of a residual block whose output is smaller and has more channels: C×H×W → `out`×⌈H/stride⌉×⌈W/stride⌉.
 * It takes every `stride`-th pixel and fills the new channels with zeros; it has no parameters (He et al., 2015, option
 * A).
 */
export class PaddedShortcut extends Layer {
  static readonly derivation: string = derivation;
  readonly options: Readonly<{ out: number; stride: number }>;

  /** @param options  out: channels out, not fewer than in; stride: step in both directions, 2 */
  constructor({ out, stride = 2 }: { out: number; stride?: number }) {
    super();
    this.options = { out, stride };
  }

  override describe(): string {
    return `PaddedShortcut, ${this.options.out} channels, stride ${this.options.stride}`;
  }

  override outputShape(input: Shape): number[] {
    const { out, stride } = this.options;
    if (input.length !== 3 || input[0] > out) {
      throw new ShapeError(
        `paddedShortcut: an example is ${showShape(input)}, expected C×H×W with at most ${out} channels; give fewer channels or a larger out.`,
      );
    }
    return [out, Math.ceil(input[1] / stride), Math.ceil(input[2] / stride)];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const shape = [x.shape[0], ...this.outputShape(x.shape.slice(1))];
    const X = flat(x);
    const Y = allocate(sizeOf(shape), x.dtype);
    this.#forEachTaken(x.shape, (xAt, yAt) => {
      Y[yAt] = X[xAt]; // (1)
    });
    pass.keep(this, x.shape);
    return wrap(Y, shape);
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    const shape = pass.take(this) as Shape;
    expectShape("paddedShortcutBackward", "dy", dy, [shape[0], ...this.outputShape(shape.slice(1))]);
    const dY = flat(dy);
    const dX = allocate(sizeOf(shape), dy.dtype);
    this.#forEachTaken(shape, (xAt, yAt) => {
      dX[xAt] = dY[yAt]; // (2)
    });
    return wrap(dX, shape);
  }

  /** Visits every pixel that is taken: its flat position in x, and in y. */
  #forEachTaken([batch, channels, height, width]: Shape, visit: (xAt: number, yAt: number) => void): void {
    const { stride } = this.options;
    const [out, rows, columns] = this.outputShape([channels, height, width]);
    for (let n = 0; n < batch; n++) {
      for (let c = 0; c < channels; c++) {
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < columns; j++) {
            visit(
              ((n * channels + c) * height + i * stride) * width + j * stride,
              ((n * out + c) * rows + i) * columns + j,
            );
          }
        }
      }
    }
  }
}
