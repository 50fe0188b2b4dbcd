/** Addition of several tensors, where branches meet; the shortcut of a residual network. He et al., 2016; lecture D. */
import ops from "ndarray-ops";
import { sameDType } from "../../array/check.js";
import { ShapeError, showShape } from "../../array/errors.js";
import { cast, wrap, zeros, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { upstream } from "../upstream.js";

export const derivation = String.raw`
### Addition

$$y_i = \sum_k x^k_i \tag{1}$$

**Backward.** Every term has the slope 1: an addition hands the gradient on to each of them, unchanged.

$$dx^k_i = dy_i \tag{2}$$

In a residual block $y = F(x) + x$ the input therefore has $dx = dy + (\partial F/\partial x)^{\mathsf T}dy$: whatever $F$ does to the gradient, one part of it
goes straight through, past any number of blocks.
`;

/** What `addForward` keeps for its backward. */
export interface AddCache {
  readonly count: number;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** The sum of tensors of one shape, equation (1). @param xs  one or more tensors of one shape @returns y of that shape, and the cache for backward */
export function addForward(xs: readonly Tensor[]): { y: Tensor; cache: AddCache } {
  const dtype = sameDType("add", Object.fromEntries(xs.map((x, k) => [`x${k + 1}`, x])));
  const names = xs.map((_, k) => `x${k + 1}`);
  const shape = commonShape(
    xs.map((x) => x.shape),
    names,
  );
  const y = zeros(shape, "float64");
  for (const x of xs) ops.addeq(y, x); // (1)
  return { y: cast(y, dtype), cache: { count: xs.length, shape, dtype } };
}

/**
 * The gradients of `addForward`, equation (2).
 * @param dy  the upstream gradient
 * @returns dxs: one gradient for each tensor
 */
export function addBackward(dy: Tensor, { count, shape, dtype }: AddCache): { dxs: Tensor[] } {
  const dY = upstream("addBackward", dy, shape, dtype);
  return { dxs: Array.from({ length: count }, () => wrap(dY, shape)) }; // (2)
}

/**
 * @param names  what each is called in a message
 * @throws ShapeError when the shapes differ, or there are none
 */
export function commonShape(shapes: readonly Shape[], names: readonly string[]): number[] {
  if (shapes.length === 0) throw new ShapeError(`add: there is nothing to add; give one tensor or more.`);
  shapes.forEach((shape, k) => {
    if (showShape(shape) === showShape(shapes[0])) return;
    throw new ShapeError(
      `add: ${names[0]} is ${showShape(shapes[0])} and ${names[k]} is ${showShape(shape)}; they must be of one shape ` +
        `(a 1×1 convolution with a stride brings a shortcut to the shape of what it is added to).`,
    );
  });
  return [...shapes[0]];
}
