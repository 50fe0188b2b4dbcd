/** The same numbers under another shape, such as a row as an image. Flatten is the special case of a row. */
import { ShapeError, showShape } from "../../array/errors.js";
import { reshape, sizeOf, type Shape, type Tensor } from "../../array/tensor.js";
import { Layer, type LayerPass } from "../layer.js";

export const derivation = String.raw`
### Reshape

Every example keeps its numbers in row-major order; only their indices change. If $\phi$ numbers the places of the input and $\psi$ those of the output,

$$y_{n,\,i} = x_{n,\,j} \qquad\text{where } \psi(i)=\phi(j) \tag{1}$$

**Backward.** Each output is one input:

$$dx_{n,\,j} = dy_{n,\,i} \qquad\text{where } \psi(i)=\phi(j) \tag{2}$$
`;

/** The same numbers of each example in another shape, such as a row as an image. No parameters. */
export class Reshape extends Layer {
  static readonly derivation: string = derivation;
  readonly options: { readonly shape: Shape };

  /** @param options.shape  the shape of one example, such as [16, 7, 7] */
  constructor(options: { shape: Shape }) {
    super();
    this.options = options;
  }

  override describe(): string {
    return `Reshape, ${showShape(this.options.shape)}`;
  }

  override outputShape(input: Shape): number[] {
    const { shape } = this.options;
    if (sizeOf(input) !== sizeOf(shape)) {
      throw new ShapeError(
        `reshape: an example of ${showShape(input)} has ${sizeOf(input)} numbers and ${showShape(shape)} has ${sizeOf(shape)}; ` +
          `both must have the same number.`,
      );
    }
    return [...shape];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    pass.keep(this, x.shape);
    return reshape(x, [x.shape[0], ...this.outputShape(x.shape.slice(1))]); // (1)
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    return reshape(dy, pass.take(this) as Shape); // (2)
  }
}
