/**
 * A separate bias for every unit of a feature map. In the zip-code network of 1989 the units of a map share their weights but
 * not their biases.
 */
import { expectShape } from "../array/check.js";
import { Random } from "../array/random.js";
import { allocate, flat, wrap, zeros, type DType, type Shape, type Tensor } from "../array/tensor.js";
import { Layer, Parameter, type LayerPass } from "../layers/layer.js";

export const derivation = String.raw`
### A bias for every place

$b$ has the shape $C\times H\times W$ of one example, $o$ runs over its places:

$$y_{no} = x_{no} + b_o \tag{1}$$

**Backward.** $x$ passes through; each bias is met once by every example:

$$dx_{no} = dy_{no}, \qquad db_o = \sum_n dy_{no} \tag{2}$$
`;

/** Parameter: `b` (zeros), of the shape of one example. */
export class PlaceBias extends Layer {
  static readonly derivation: string = derivation;
  override readonly parameters: Readonly<{ b: Parameter }>;

  /** @param shape  the shape of one example, such as [12, 8, 8] */
  constructor({ shape, dtype = "float32" }: { shape: Shape; dtype?: DType }) {
    super();
    this.parameters = { b: new Parameter(() => zeros(shape, dtype), new Random(0), { decay: false }) };
  }

  override describe(): string {
    return `PlaceBias, ${this.parameters.b.value.shape.join("×")}`;
  }

  override outputShape(input: Shape): number[] {
    const { b } = this.parameters;
    expectShape("placeBias", "an example", zeros(input), b.value.shape, "there is one bias a unit");
    return [...input];
  }

  override forward(x: Tensor, _pass: LayerPass): Tensor {
    const { b } = this.parameters;
    expectShape("placeBias", "x", x, [-1, ...b.value.shape], "there is one bias a unit");
    const [X, B] = [flat(x), flat(b.value)];
    const Y = allocate(X.length, x.dtype);
    for (let o = 0; o < Y.length; o++) Y[o] = X[o] + B[o % B.length]; // (1)
    return wrap(Y, x.shape);
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    const { b } = this.parameters;
    expectShape("placeBiasBackward", "dy", dy, [-1, ...b.value.shape]);
    const dY = flat(dy);
    const dB = new Float64Array(b.value.size);
    for (let o = 0; o < dY.length; o++) dB[o % dB.length] += dY[o]; // (2)
    const db = allocate(dB.length, b.value.dtype);
    db.set(dB);
    pass.addGradient(b, wrap(db, b.value.shape));
    return dy; // (2)
  }
}
