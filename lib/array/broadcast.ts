/**
 * Broadcasting, NumPy's rule for operands of different shapes: the shapes are written one above the other, flush
 * right; a missing axis counts as 1; two extents fit when they are equal or one of them is 1, and an axis of 1 is
 * repeated. So 8×3×4 and 3×1 give 8×3×4. Nothing is copied: a repeated axis has stride 0.
 */
import { ShapeError, showShape } from "./errors.js";
import { view, type Shape, type Tensor } from "./tensor.js";

/**
 * The shape that the operands have together.
 * @throws ShapeError naming the operation, the shapes and the first axis (from the right) that does not fit
 */
export function broadcastShapes(operation: string, ...shapes: readonly Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const extent = extents.find((one) => one !== 1) ?? 1;
    if (extents.every((one) => one === extent || one === 1)) return extent;
    throw new ShapeError(
      `${operation}: ${shapes.map(showShape).join(" and ")} cannot be broadcast: counted from the right, axis ` +
        `${rank - axis} is ${extents.join(" and ")}; extents must be equal, or one of them 1.${isReduced(shapes) ? KEEP : ""}`,
    );
  });
}

const KEEP = " A mean, maximum or sum over the last axis fits when it keeps the axis: { keep: true }.";

/** Whether one shape is what is left of another when its last axis goes. */
function isReduced(shapes: readonly Shape[]): boolean {
  return shapes.some(
    (one) => one.length > 0 && shapes.some((other) => showShape(other.slice(0, -1)) === showShape(one)),
  );
}

/**
 * The tensor as a view of a larger shape, in which axes of 1 are repeated. Do not write into it: its elements share memory.
 * @throws ShapeError when the shape is not one that x can be repeated to
 */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  const missing = shape.length - x.shape.length;
  const fits = missing >= 0 && x.shape.every((extent, i) => extent === 1 || extent === shape[i + missing]);
  if (!fits) {
    throw new ShapeError(
      `broadcastTo: a ${showShape(x.shape)} tensor cannot be repeated to ${showShape(shape)}; only axes of 1 are repeated.`,
    );
  }
  const stride = shape.map((extent, axis) =>
    axis < missing || (x.shape[axis - missing] === 1 && extent !== 1) ? 0 : x.stride[axis - missing],
  );
  return view(x.data, [...shape], stride, x.offset);
}
