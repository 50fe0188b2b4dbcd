/**
 * Scores by distance: each class has a code, and the score is higher when the input is nearer to the code. This is the output
 * layer of LeNet-5, whose codes are small drawings of the digits (LeCun, Bottou, Bengio, Haffner, 1998).
 */
import { expectShape, sameDType } from "../array/check.js";
import { ShapeError, showShape } from "../array/errors.js";
import { allocate, flat, wrap, type Shape, type Tensor } from "../array/tensor.js";
import { Layer, type LayerPass } from "../layers/layer.js";

export const derivation = String.raw`
### Radial basis scores

Class $k$ has the fixed code $c_k$ of $D$ numbers. The paper's unit gives the squared distance, a penalty; its negative is a score, the largest of which is
the answer:

$$y_{nk} = -\sum_d (x_{nd} - c_{kd})^2 \tag{1}$$

**Backward.**

$$dx_{nd} = -2\sum_k dy_{nk}\,(x_{nd} - c_{kd}) \tag{2}$$

Softmax of these scores is what a mixture of equal Gaussians around the codes believes, $p_k\propto e^{-\lVert x-c_k\rVert^2}$; so softmax cross-entropy
pulls $x$ to the code of its class and away from those that are as near.
`;

/** Buffer: `codes`, K×D, which do not learn. */
export class RadialBasis extends Layer {
  static readonly derivation: string = derivation;
  override readonly buffers: Readonly<{ codes: Tensor }>;

  /** @param codes  K×D: one row for each class */
  constructor({ codes }: { codes: Tensor }) {
    super();
    this.buffers = { codes };
  }

  override describe(): string {
    const [classes, width] = this.buffers.codes.shape;
    return `RadialBasis, ${width} → ${classes}`;
  }

  override outputShape(input: Shape): number[] {
    const [classes, width] = this.buffers.codes.shape;
    if (input.length !== 1 || input[0] !== width) {
      throw new ShapeError(
        `radialBasis: an example is ${showShape(input)}, but the codes have ${width} numbers; give as many.`,
      );
    }
    return [classes];
  }

  override multiplyAdds(): number {
    return this.buffers.codes.size;
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const { codes } = this.buffers;
    sameDType("radialBasis", { x, codes });
    const [classes] = this.outputShape(x.shape.slice(1));
    const [batch, width] = x.shape;
    const [X, C] = [flat(x), flat(codes)];
    const Y = allocate(batch * classes, x.dtype);
    for (let n = 0; n < batch; n++) {
      for (let k = 0; k < classes; k++) {
        let distance = 0;
        for (let d = 0; d < width; d++) distance += (X[n * width + d] - C[k * width + d]) ** 2;
        Y[n * classes + k] = -distance; // (1)
      }
    }
    pass.keep(this, x);
    return wrap(Y, [batch, classes]);
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    const x = pass.take(this) as Tensor;
    const [batch, width] = x.shape;
    const [classes] = this.buffers.codes.shape;
    expectShape("radialBasisBackward", "dy", dy, [batch, classes]);
    const [X, C, dY] = [flat(x), flat(this.buffers.codes), flat(dy)];
    const dX = allocate(X.length, x.dtype);
    for (let n = 0; n < batch; n++) {
      for (let d = 0; d < width; d++) {
        let sum = 0;
        for (let k = 0; k < classes; k++) sum += dY[n * classes + k] * (X[n * width + d] - C[k * width + d]);
        dX[n * width + d] = -2 * sum; // (2)
      }
    }
    return wrap(dX, x.shape);
  }
}
