/** Concatenation: the channels of several tensors one after the other, where branches meet. Szegedy et al., 2015. */
import { sameDType } from "../../array/check.js";
import { ShapeError, showShape } from "../../array/errors.js";
import { flat, sizeOf, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { upstream } from "../upstream.js";

export const derivation = String.raw`
### Concatenation

Tensors $x^1, x^2, \dots$ have $C_1, C_2, \dots$ channels and agree in everything else. With $B_k = C_1+\dots+C_{k-1}$ channels before the $k$-th,

$$y_{n,\,B_k+c,\,i} = x^k_{n,\,c,\,i} \tag{1}$$

**Backward.** The gradient is taken apart where the tensors were put together:

$$dx^k_{n,\,c,\,i} = dy_{n,\,B_k+c,\,i} \tag{2}$$
`;

/** What `concatForward` keeps for its backward. */
export interface ConcatCache {
  readonly shapes: readonly Shape[];
  readonly outputs: Shape;
  readonly dtype: DType;
}

/** The channels of several tensors one after the other, equation (1). @param xs  one or more N×C×…, alike but for C @returns y: N×(ΣC)×…, and the cache for backward */
export function concatForward(xs: readonly Tensor[]): { y: Tensor; cache: ConcatCache } {
  const cache = concatPlan(xs);
  const { shapes, outputs, dtype } = cache;
  const numbers = xs.map(flat);
  const Y = new Float64Array(sizeOf(outputs));
  forEachPiece(shapes, (k, from, to, length) => Y.set(numbers[k].subarray(from, from + length), to)); // (1)
  return { y: rounded(Y, outputs, dtype), cache };
}

/**
 * The gradients of `concatForward`, equation (2).
 * @param dy  N×(ΣC)×…, the upstream gradient
 * @returns dxs: one gradient for each tensor
 */
export function concatBackward(dy: Tensor, { shapes, outputs, dtype }: ConcatCache): { dxs: Tensor[] } {
  const dY = upstream("concatBackward", dy, outputs, dtype);
  const parts = shapes.map((shape) => new Float64Array(sizeOf(shape)));
  forEachPiece(shapes, (k, to, from, length) => parts[k].set(dY.subarray(from, from + length), to)); // (2)
  return { dxs: parts.map((part, k) => rounded(part, shapes[k], dtype)) };
}

/** What goes where in `concatForward`. @throws ShapeError, DTypeError when the tensors do not fit each other */
export function concatPlan(xs: readonly Tensor[]): ConcatCache {
  const dtype = sameDType("concat", Object.fromEntries(xs.map((x, k) => [`x${k + 1}`, x])));
  const shapes = xs.map((x) => x.shape);
  const outputs = [
    shapes[0]?.[0] ?? 0,
    ...concatenatedShape(
      shapes.map((shape) => shape.slice(1)),
      shapes.map((_, k) => `x${k + 1}`),
    ),
  ];
  shapes.forEach((shape, k) => {
    if (shape[0] !== outputs[0]) {
      throw new ShapeError(
        `concat: x1 has ${outputs[0]} examples and x${k + 1} ${shape[0]}; they must have as many.`,
      );
    }
  });
  return { shapes, outputs, dtype };
}

/** Visits what lies together: all channels of one tensor's one example, in the tensor and in the whole. */
function forEachPiece(
  shapes: readonly Shape[],
  visit: (k: number, inPart: number, inWhole: number, length: number) => void,
): void {
  let inWhole = 0;
  for (let n = 0; n < shapes[0][0]; n++) {
    shapes.forEach((shape, k) => {
      const length = sizeOf(shape.slice(1));
      visit(k, n * length, inWhole, length);
      inWhole += length;
    });
  }
}

/**
 * @param examples  shapes C×…, without the batch axis
 * @param names     what each is called in a message
 * @returns (ΣC)×…
 * @throws ShapeError when they differ in more than C, or there are none
 */
export function concatenatedShape(examples: readonly Shape[], names: readonly string[]): number[] {
  if (examples.length === 0 || examples[0].length === 0) {
    throw new ShapeError(`concat: there is nothing with channels to put together; give one tensor or more.`);
  }
  const [first, ...others] = examples;
  others.forEach((shape, k) => {
    if (showShape(shape.slice(1)) === showShape(first.slice(1)) && shape.length === first.length) return;
    throw new ShapeError(
      `concat: ${names[0]} is ${showShape(first)} and ${names[k + 1]} is ${showShape(shape)}; they must agree in all but the ` +
        `channels, so use a padding or stride that keeps the sizes alike.`,
    );
  });
  return [examples.reduce((sum, shape) => sum + shape[0], 0), ...first.slice(1)];
}
