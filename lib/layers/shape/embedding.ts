/** A table of learned rows, one for each word, letter or other whole number: the number becomes its row. Bengio et al., 2003. */
import { ValueError } from "../../array/errors.js";
import { Random } from "../../array/random.js";
import { allocate, dtypeOf, flat, sizeOf, wrap, zeros, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { normal } from "../initialise.js";
import { Parameter, settle, type ParameterOptions } from "../layer.js";
import { upstream } from "../upstream.js";
import { FunctionLayer } from "../function-layer.js";

export const derivation = String.raw`
### Embedding

Each number $x_i$ of the input is the index of a row of the table $w$, which has $K$ rows of $D$ numbers:

$$y_{i,d} = w_{x_i,\,d} \tag{1}$$

It is the product of $w$ with a one-hot vector, without the zeros. **Backward.** A row gets the gradients of all places where it was taken:

$$dw_{k,d} = \sum_{i:\;x_i=k} dy_{i,d} \tag{2}$$

An index has no slope: between two whole numbers there is no row.

$$dx_i = 0 \tag{3}$$
`;

/** What `embeddingForward` keeps for its backward. */
export interface EmbeddingCache {
  readonly x: Tensor;
  readonly w: Tensor;
}

/**
 * A row of a table for each number, equation (1).
 * @param x  whole numbers from 0 to K − 1, any shape
 * @param w  K×D
 * @returns y: x's shape and an axis of D more
 * @throws ValueError for an index that is no row's
 */
export function embeddingForward(x: Tensor, w: Tensor): { y: Tensor; cache: EmbeddingCache } {
  dtypeOf(x, "embedding: x"); // indices may be of either precision
  const dtype = dtypeOf(w, "embedding: w");
  const [rows, width] = w.shape;
  const [X, W] = [flat(x), flat(w)];
  const Y = allocate(X.length * width, dtype);
  X.forEach((index, i) => {
    if (!(Number.isInteger(index) && index >= 0 && index < rows))
      throw new ValueError(`embedding: ${index} is no row of the table; its rows are 0 to ${rows - 1}.`);
    for (let d = 0; d < width; d++) Y[i * width + d] = W[index * width + d]; // (1)
  });
  return { y: wrap(Y, [...x.shape, width]), cache: { x, w } };
}

/**
 * The gradients of `embeddingForward`, equations (2) and (3).
 * @param dy  y's shape, the upstream gradient
 */
export function embeddingBackward(dy: Tensor, { x, w }: EmbeddingCache): { dx: Tensor; dw: Tensor } {
  const width = w.shape[1];
  const dY = upstream("embeddingBackward", dy, [...x.shape, width], w.dtype);
  const dW = new Float64Array(sizeOf(w.shape));
  flat(x).forEach((index, i) => {
    for (let d = 0; d < width; d++) dW[index * width + d] += dY[i * width + d]; // (2)
  });
  return { dx: zeros(x.shape, x.dtype), dw: rounded(dW, w.shape, w.dtype) }; // (3)
}

/** How many rows an `Embedding` has, how long they are, and how they begin. */
export interface EmbeddingOptions extends ParameterOptions {
  /** K: how many rows. */
  count: number;
  /** D: how many numbers a row has. */
  size: number;
}

/**
 * A table of learned rows, one for each word, letter or other whole number: each number becomes its row, N×… → N×…×D
 * (Bengio et al., 2003). Parameter: `w`, the table.
 */
export class Embedding extends FunctionLayer<
  readonly [w: Tensor],
  EmbeddingCache,
  { readonly dx: Tensor; readonly dw: Tensor }
> {
  static readonly derivation: string = derivation;
  readonly options: EmbeddingOptions;
  override readonly parameters: Readonly<{ w: Parameter }>;

  constructor(options: EmbeddingOptions) {
    super(embeddingForward, embeddingBackward);
    this.options = options;
    const { count, size, dtype = "float32", seed, init = normal(1) } = options;
    for (const [name, value] of Object.entries({ count, size })) {
      if (!Number.isInteger(value) || value < 1)
        throw new ValueError(`Embedding: ${name} is ${value}; it must be a whole number, 1 or more.`);
    }
    const fans = { in: 1, out: size };
    this.parameters = {
      w: new Parameter((random) => init([count, size], fans, dtype, random), new Random(seed ?? 0)),
    };
    settle(this.parameters, seed);
  }

  override describe(): string {
    return `Embedding, ${this.options.count} rows of ${this.options.size}`;
  }

  override outputShape(input: Shape): number[] {
    return [...input, this.options.size];
  }

  protected override given(): readonly [w: Tensor] {
    return [this.parameters.w.value];
  }
}
