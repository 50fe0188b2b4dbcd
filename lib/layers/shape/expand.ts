/** Repeats axes of size 1, such as a mask of one channel for all channels. */
import { sameDType } from "../../array/check.js";
import { ShapeError, showShape } from "../../array/errors.js";
import { broadcastShapes } from "../../array/broadcast.js";
import { wrap, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { repeat, sumTo } from "../repeated.js";
import { upstream } from "../upstream.js";
import { FunctionLayer } from "../function-layer.js";

export const derivation = String.raw`
### Expansion

Along an axis where $x$ has one place and $y$ has many, all of them show that one: with $\pi(i)$ the place that $i$ repeats,

$$y_i = x_{\pi(i)} \tag{1}$$

**Backward.** A number that was used several times gets the sum of what comes back:

$$dx_j = \sum_{i:\;\pi(i)=j} dy_i \tag{2}$$

This is what broadcasting does to an operand of fewer places.
`;

/** What `expandForward` keeps for its backward. */
export interface ExpandCache {
  readonly shape: Shape;
  readonly outputs: Shape;
  readonly dtype: DType;
}

/**
 * A tensor repeated along axes of 1, equation (1).
 * @param x      any shape
 * @param shape  the shape of the whole batch; an axis of 1 in it, where x has more, stays as x has it
 * @throws ShapeError when an axis that is not 1 would be repeated
 */
export function expandForward(x: Tensor, shape: Shape): { y: Tensor; cache: ExpandCache } {
  const dtype = sameDType("expand", { x });
  const outputs = broadcastShapes("expand", x.shape, shape);
  return { y: repeat(x, outputs), cache: { shape: x.shape, outputs, dtype } }; // (1)
}

/**
 * The gradient of `expandForward`, equation (2).
 * @param dy  y's shape, the upstream gradient
 */
export function expandBackward(dy: Tensor, { shape, outputs, dtype }: ExpandCache): { dx: Tensor } {
  const dY = wrap(upstream("expandBackward", dy, outputs, dtype), outputs);
  return { dx: sumTo(dY, shape) }; // (2)
}

/** Repeats an example along its axes of 1, such as a mask of one channel for all channels. No parameters. */
export class Expand extends FunctionLayer<[shape: Shape], ExpandCache> {
  static readonly derivation: string = derivation;
  readonly options: { readonly shape: Shape };

  /** @param options.shape  the shape of one example; where it has 1, the input's extent stays */
  constructor(options: { shape: Shape }) {
    super(expandForward, expandBackward, { given: [[1, ...options.shape]] });
    this.options = options;
  }

  override describe(): string {
    return `Expand, ${showShape(this.options.shape)}`;
  }

  override outputShape(input: Shape): number[] {
    const { shape } = this.options;
    if (shape.length >= input.length) return broadcastShapes("expand", input, shape);
    throw new ShapeError(
      `expand: an example of ${showShape(input)} has more axes than ${showShape(shape)}; give as many.`,
    );
  }
}
