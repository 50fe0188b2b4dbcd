/**
 * What pointwise layers have in common: y = f(x) for each element, so that the chain rule is one product for each element,
 * dx = dy · f′(x). Lecture B ("pointwise function").
 */
import { expectShape, sameDType } from "../../array/check.js";
import { allocate, flat, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import { FunctionLayer } from "../function-layer.js";

/** f of every element of x, in x's shape and dtype. */
export function mapElements(x: Tensor, f: (value: number) => number): Tensor {
  const X = flat(x);
  const Y = allocate(X.length, x.dtype);
  for (let i = 0; i < X.length; i++) Y[i] = f(X[i]);
  return wrap(Y, x.shape);
}

/**
 * dx from the upstream gradient and the kept tensor, which is the input, or the output if the slope is simpler in it.
 * @param f  the gradient of one element: dy · slope
 * @throws ShapeError, DTypeError when dy does not have the kept tensor's shape and dtype
 */
export function mapGradient(
  operation: string,
  dy: Tensor,
  kept: Tensor,
  f: (dy: number, kept: number) => number,
): Tensor {
  sameDType(operation, { dy, x: kept });
  expectShape(operation, "dy", dy, kept.shape);
  const [dY, K] = [flat(dy), flat(kept)];
  const dX = allocate(K.length, kept.dtype);
  for (let i = 0; i < K.length; i++) dX[i] = f(dY[i], K[i]);
  return wrap(dX, kept.shape);
}

/** A layer whose output has its input's shape. */
export abstract class Pointwise<Given extends readonly unknown[], Cache extends object> extends FunctionLayer<
  Given,
  Cache
> {
  override outputShape(input: Shape): number[] {
    return [...input];
  }
}
