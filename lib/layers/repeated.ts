/** Repeats tensors along axes of size 1, as broadcasting does, and sums their gradients. */
import { broadcastTo } from "../array/broadcast.js";
import { showShape } from "../array/errors.js";
import { sum } from "../array/reduce.js";
import { copy, reshape, type Shape, type Tensor } from "../array/tensor.js";

/** x repeated to the shape, in memory of its own unless it has the shape already. */
export function repeat(x: Tensor, shape: Shape): Tensor {
  return showShape(x.shape) === showShape(shape) ? x : copy(broadcastTo(x, shape));
}

/** The backward of `repeat`: the sum over the repeated axes. */
export function sumTo(dy: Tensor, shape: Shape): Tensor {
  if (showShape(dy.shape) === showShape(shape)) return dy;
  const missing = dy.shape.length - shape.length;
  const repeated = dy.shape.flatMap((extent, axis) =>
    axis < missing || (shape[axis - missing] === 1 && extent !== 1) ? [axis] : [],
  );
  return reshape(sum(dy, repeated), shape);
}
