/**
 * The dot-product test. The backward pass of a linear map A is its transpose, and ⟨Ax, y⟩ = ⟨x, Aᵀy⟩ for whatever x
 * and y: one forward, one backward, no differences, and correct code agrees to rounding. Lecture A (correlation
 * forward, convolution backward).
 */
import { expectFinite } from "../array/check.js";
import { DTypeError, ShapeError, showShape } from "../array/errors.js";
import { Random } from "../array/random.js";
import { dot, norm } from "../array/reduce.js";
import { dtypeOf, type Shape, type Tensor } from "../array/tensor.js";

/**
 * The two dot products of the adjoint identity, which agree when the backward pass is right, and by how much they
 * differ.
 */
export interface AdjointReport {
  /** ⟨Ax, y⟩ */
  readonly forward: number;
  /** ⟨x, Aᵀy⟩ */
  readonly backward: number;
  /** |⟨Ax, y⟩ − ⟨x, Aᵀy⟩| / max(‖Ax‖·‖y‖, ‖x‖·‖Aᵀy‖); ∞ where NaN or an infinity comes out */
  readonly error: number;
  readonly passed: boolean;
}

/** How strictly `adjointCheck` compares, and the seed of its random tensors. */
export interface AdjointCheckOptions {
  /** The relative error that is allowed; 1e-12 in float64, 1e-5 in float32. */
  tolerance?: number;
  /** Draws y, and x when only its shape is given; 1. */
  seed?: number;
}

/**
 * Checks the backward pass of a linear operation by the adjoint identity ⟨Ax, y⟩ = ⟨x, Aᵀy⟩ with random x and y: one
 * forward and one backward, no differences, exact up to rounding. Beside an x that is given a random one is tried, for one
 * large number of x would hide what is wrong with the others.
 *
 *     adjointCheck((x) => conv2dForward(x, w, undefined).y, (dy) => conv2dBackward(dy, cache).dx, [2, 3, 8, 8])
 *
 * @param forward  A: linear, so without a bias
 * @param adjoint  Aᵀ, from tensors of A's output shape to tensors of x's
 * @param x        a tensor, or a shape to draw a float64 one of
 * @throws ShapeError, DTypeError when Aᵀy is not of x's kind; ValueError when x is not finite
 */
export function adjointCheck(
  forward: (x: Tensor) => Tensor,
  adjoint: (y: Tensor) => Tensor,
  x: Tensor | Shape,
  { tolerance, seed = 1 }: AdjointCheckOptions = {},
): AdjointReport {
  const random = new Random(seed);
  const from = isShape(x) ? random.normal(x, 0, 1, "float64") : x;
  expectFinite("adjointCheck", "x", from);
  const image = forward(from);
  const y = random.normal(image.shape, 0, 1, dtypeOf(image));
  const back = adjoint(y);
  if (showShape(back.shape) !== showShape(from.shape)) {
    throw new ShapeError(
      `adjointCheck: the adjoint gives ${showShape(back.shape)}, but x is ${showShape(from.shape)}; it must lead back to x's shape.`,
    );
  }
  if (dtypeOf(back) !== dtypeOf(from)) {
    throw new DTypeError(
      `adjointCheck: the adjoint gives ${dtypeOf(back)}, but x is ${dtypeOf(from)}; use one precision.`,
    );
  }
  const allowed = tolerance ?? (dtypeOf(from) === "float64" ? 1e-12 : 1e-5);
  const first = comparison({ from, image, y, back }, allowed);
  if (isShape(x) || !first.passed) return first;
  const other = random.normal(from.shape, 0, 1, dtypeOf(from));
  const second = comparison({ from: other, image: forward(other), y, back }, allowed);
  return second.passed ? first : second;
}

interface Pairs {
  readonly from: Tensor;
  readonly image: Tensor;
  readonly y: Tensor;
  readonly back: Tensor;
}

function comparison({ from, image, y, back }: Pairs, allowed: number): AdjointReport {
  const [left, right] = [dot(image, y), dot(from, back)];
  // Both sides are bounded by either product of lengths; a wrong adjoint may be longer than the right one.
  const size = Math.max(norm(image) * norm(y), norm(from) * norm(back));
  const ratio = left === right ? 0 : Math.abs(left - right) / size;
  // Neither NaN nor a size that is infinite says anything for the adjoint.
  const error = Number.isFinite(size) && Number.isFinite(left - right) ? ratio : Infinity;
  return { forward: left, backward: right, error, passed: error <= allowed };
}

function isShape(x: Tensor | Shape): x is Shape {
  return Array.isArray(x);
}
