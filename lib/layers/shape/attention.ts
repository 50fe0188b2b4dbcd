/**
 * The attention mask: one map of numbers between 0 and 1 says where to look, and every channel is multiplied by it.
 * Lecture A ("the product multiplies each (scalar) pixel in the attention map with each (vector) pixel").
 */
import { sameDType } from "../../array/check.js";
import { multiply } from "../../array/elementwise.js";
import { ShapeError, showShape } from "../../array/errors.js";
import { flat, sizeOf, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { upstream } from "../upstream.js";

export const derivation = String.raw`
### Attention mask

The activations $x$ are $N\times C\times H\times W$ (or $N\times C\times L$), the mask $a$ has one channel of the same size, usually out of a sigmoid.

$$y_{nci} = a_{ni}\,x_{nci} \tag{1}$$

where $i$ is a pixel.

**Backward.** A product hands each factor the gradient times the other:

$$dx_{nci} = a_{ni}\,dy_{nci} \tag{2}$$

$$da_{ni} = \sum_c x_{nci}\,dy_{nci} \tag{3}$$

The mask's pixel served all channels, so it sums over them. Where the mask is 0 nothing upstream learns from that pixel; and the mask learns to open where
looking would have helped, with no labels that say where.
`;

/** What `attentionForward` keeps for its backward. */
export interface AttentionCache {
  readonly x: Tensor;
  readonly mask: Tensor;
}

/**
 * Activations times a mask, equation (1).
 * @param x     N×C×H×W or N×C×L
 * @param mask  N×1×H×W or N×1×L
 * @returns y of x's shape, and the cache for backward
 */
export function attentionForward(x: Tensor, mask: Tensor): { y: Tensor; cache: AttentionCache } {
  sameDType("attention", { x, mask });
  checkMask(x.shape, mask.shape);
  return { y: multiply(mask, x), cache: { x, mask } }; // (1)
}

/**
 * The gradient of `attentionForward`, equations (2) and (3).
 * @param dy  x's shape, the upstream gradient
 */
export function attentionBackward(dy: Tensor, { x, mask }: AttentionCache): { dx: Tensor; dmask: Tensor } {
  const dY = upstream("attentionBackward", dy, x.shape, x.dtype);
  const dx = multiply(mask, wrap(dY, x.shape)); // (2)
  const X = flat(x);
  const maskAt = positionIn(x.shape);
  const dA = new Float64Array(sizeOf(mask.shape));
  for (let at = 0; at < X.length; at++) dA[maskAt(at)] += X[at] * dY[at]; // (3)
  return { dx, dmask: rounded(dA, mask.shape, x.dtype) };
}

/** Where the mask's number for an element of x is. */
function positionIn(shape: Shape): (at: number) => number {
  const places = sizeOf(shape.slice(2));
  const example = shape[1] * places;
  return (at) => Math.floor(at / example) * places + (at % places);
}

/** @throws ShapeError when the mask is not one channel of x's size */
export function checkMask(x: Shape, mask: Shape): void {
  const expected = [x[0], 1, ...x.slice(2)];
  if (x.length >= 3 && showShape(mask) === showShape(expected)) return;
  throw new ShapeError(
    `attention: the mask is ${showShape(mask)} and the activations are ${showShape(x)}; the mask must have one channel and ` +
      `otherwise their shape${x.length >= 3 ? `, ${showShape(expected)}` : ", N×C×L or N×C×H×W"}.`,
  );
}
