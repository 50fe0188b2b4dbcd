/** The product of two matrices that are both computed: of queries and keys, of attention and values. Vaswani et al., 2017. */
import { sameDType } from "../../array/check.js";
import { ShapeError, showShape } from "../../array/errors.js";
import { matmul } from "../../array/product.js";
import { transpose } from "../../array/rearrange.js";
import { wrap, type Shape, type Tensor } from "../../array/tensor.js";
import { sumTo } from "../repeated.js";
import { upstream } from "../upstream.js";

export const derivation = String.raw`
### Matrix product

The last two axes are matrices, those before them count the matrices:

$$Y = A\,B, \qquad y_{ij} = \sum_k a_{ik}\,b_{kj} \tag{1}$$

**Backward.** $a_{ik}$ acts on the whole row $i$ of $Y$, with the slopes $b_{k1}, b_{k2},\dots$, and $b_{kj}$ on the whole column $j$:

$$dA = dY\,B^{\mathsf T}, \qquad da_{ik} = \sum_j dy_{ij}\,b_{kj} \tag{2}$$
$$dB = A^{\mathsf T}\,dY, \qquad db_{kj} = \sum_i a_{ik}\,dy_{ij} \tag{3}$$

The shapes leave no other choice. Where one matrix meets several of the other side it is repeated, and its gradient is the sum over the copies.

Scaled dot-product attention is two such products: $\operatorname{softmax}(Q K^{\mathsf T}/\sqrt d)\,V$.
`;

/** What `matrixProductForward` keeps for its backward. */
export interface MatrixProductCache {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly outputs: Shape;
}

/**
 * Products of matrices, equation (1).
 * @param a  …×I×K @param b  …×K×J; axes before the last two are broadcast
 * @returns y: …×I×J, and the cache for backward
 * @throws ShapeError, DTypeError when they do not fit each other
 */
export function matrixProductForward(a: Tensor, b: Tensor): { y: Tensor; cache: MatrixProductCache } {
  sameDType("matrixProduct", { a, b });
  if (a.shape.length < 2 || b.shape.length < 2)
    throw new ShapeError(
      `matrixProduct: a is ${showShape(a.shape)} and b is ${showShape(b.shape)}; both need two axes or more, rows and columns.`,
    );
  const y = matmul(a, b); // (1)
  return { y, cache: { a, b, outputs: y.shape } };
}

/**
 * The gradients of `matrixProductForward`, equations (2) and (3).
 * @param dy  …×I×J, the upstream gradient
 */
export function matrixProductBackward(
  dy: Tensor,
  { a, b, outputs }: MatrixProductCache,
): { da: Tensor; db: Tensor } {
  const dtype = sameDType("matrixProductBackward", { a, b });
  const dY = wrap(upstream("matrixProductBackward", dy, outputs, dtype), outputs);
  const da = sumTo(matmul(dY, turned(b)), a.shape); // (2)
  const db = sumTo(matmul(turned(a), dY), b.shape); // (3)
  return { da, db };
}

/** Rows and columns exchanged. */
function turned(x: Tensor): Tensor {
  const rank = x.shape.length;
  return transpose(x, [...x.shape.slice(0, -2).map((_, axis) => axis), rank - 1, rank - 2]);
}
