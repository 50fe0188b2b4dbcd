/** The axes in another order: rows become columns, channels come last. */
import { inverseOrder } from "../../array/axes.js";
import { sameDType } from "../../array/check.js";
import { ShapeError, showShape } from "../../array/errors.js";
import { transpose } from "../../array/rearrange.js";
import { wrap, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { upstream } from "../upstream.js";
import { FunctionLayer } from "../function-layer.js";

export const derivation = String.raw`
### Transposition

Axis $a$ of the output is axis $\pi(a)$ of the input, so that the indices change places and the numbers stay:

$$y_{i_{\pi(0)},\,i_{\pi(1)},\dots} = x_{i_0,\,i_1,\dots} \tag{1}$$

**Backward.** Every output is one input, and the gradient goes back by the inverse order:

$$dx_{i_0,\,i_1,\dots} = dy_{i_{\pi(0)},\,i_{\pi(1)},\dots} \tag{2}$$
`;

/** What `transposeForward` keeps for its backward. */
export interface TransposeCache {
  readonly order: Shape;
  readonly outputs: Shape;
  readonly dtype: DType;
}

/**
 * The axes in another order, equation (1).
 * @param x      any shape
 * @param order  for each axis of y, which axis of x it is
 * @throws ShapeError when the order does not name every axis once
 */
export function transposeForward(x: Tensor, order: Shape): { y: Tensor; cache: TransposeCache } {
  const dtype = sameDType("transpose", { x });
  const y = transpose(x, order); // (1)
  return { y, cache: { order, outputs: y.shape, dtype } };
}

/**
 * The gradient of `transposeForward`, equation (2).
 * @param dy  y's shape, the upstream gradient
 */
export function transposeBackward(dy: Tensor, { order, outputs, dtype }: TransposeCache): { dx: Tensor } {
  const dY = wrap(upstream("transposeBackward", dy, outputs, dtype), outputs);
  return { dx: transpose(dY, inverseOrder(order)) }; // (2)
}

/** Puts the axes of each example into another order: rows become columns, channels come last. No parameters. */
export class Transpose extends FunctionLayer<[order: Shape], TransposeCache> {
  static readonly derivation: string = derivation;
  /** Output axis i is input axis order[i], with the batch's, axis 0, counted. */
  readonly order: Shape;

  /** @param order  such as [0, 2, 1] for a matrix an example */
  constructor(order: Shape) {
    super(transposeForward, transposeBackward, { given: [order] });
    this.order = order;
  }

  override describe(): string {
    return `Transpose, axes ${this.order.join(", ")}`;
  }

  override outputShape(input: Shape): number[] {
    if (this.order[0] === 0) return this.batchShape([1, ...input]).slice(1);
    throw new ShapeError(
      `transpose: the order ${this.order.join(", ")} moves the batch axis, and an example has no shape then.`,
    );
  }

  override batchShape(input: Shape): number[] {
    if (input.length === this.order.length) return this.order.map((axis) => input[axis]);
    throw new ShapeError(
      `transpose: the order ${this.order.join(", ")} names ${this.order.length} axes, but the batch is ${showShape(input)}.`,
    );
  }
}
