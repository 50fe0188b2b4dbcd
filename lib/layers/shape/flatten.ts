/** Turns each example into one row of numbers, as a linear layer needs it. Lecture C. */
import { reshape, sizeOf, type Shape, type Tensor } from "../../array/tensor.js";
import { Layer, type LayerPass } from "../layer.js";

export const derivation = String.raw`
### Flatten

The numbers stay, their addresses change. Pixel $(h,v)$ of channel $c$ becomes element $d$ of the row:

$$y_{n,d} = x_{n,c,h,v}, \qquad d = cHW + hW + v \tag{1}$$

**Backward.** Each output is one input, so the gradient is put back where its number came from:

$$dx_{n,c,h,v} = dy_{n,\,cHW + hW + v} \tag{2}$$
`;

/**
 * Turns each example into one row of numbers, as a linear layer wants it: N×C×H×W → N×C·H·W. No parameters (lecture C).
 */
export class Flatten extends Layer {
  static readonly derivation: string = derivation;

  override outputShape(input: Shape): number[] {
    return [sizeOf(input)];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    pass.keep(this, x.shape);
    return reshape(x, [x.shape[0], sizeOf(x.shape.slice(1))]); // (1)
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    return reshape(dy, pass.take(this) as Shape); // (2)
  }
}
