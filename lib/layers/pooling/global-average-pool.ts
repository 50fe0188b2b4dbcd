/** Global average pooling: one number a feature map, so that images of any size end in a fixed row. Lin et al., 2014. */
import { sameDType } from "../../array/check.js";
import { ShapeError, showShape } from "../../array/errors.js";
import { flat, sizeOf, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { FunctionLayer } from "../function-layer.js";
import { upstream } from "../upstream.js";

export const derivation = String.raw`
### Global average pooling

Channel $c$ has $m$ places $i$ ($m = L$, or $H\cdot W$):

$$y_{nc} = \frac1m\sum_{i} x_{nci} \tag{1}$$

**Backward.** All places share equally:

$$dx_{nci} = \frac{dy_{nc}}m \tag{2}$$

A linear layer after it has $C$ inputs instead of $C\cdot H\cdot W$, and says for each class which features speak for it, wherever they are.
`;

/** The mean of every feature map, equation (1). @param x N×C×L or N×C×H×W @returns y: N×C, and the cache for backward */
export function globalAveragePoolForward(x: Tensor): { y: Tensor; cache: GlobalAveragePoolCache } {
  sameDType("globalAveragePool", { x });
  expectPlaces(x.shape.slice(1));
  const [N, C] = x.shape;
  const m = sizeOf(x.shape.slice(2));
  const X = flat(x);
  const Y = new Float64Array(N * C);
  for (let at = 0; at < X.length; at++) Y[Math.floor(at / m)] += X[at] / m; // (1)
  return { y: rounded(Y, [N, C], x.dtype), cache: { shape: x.shape, dtype: x.dtype } };
}

/**
 * The gradient of `globalAveragePoolForward`, equation (2).
 * @param dy  N×C, the upstream gradient
 */
export function globalAveragePoolBackward(
  dy: Tensor,
  { shape, dtype }: GlobalAveragePoolCache,
): { dx: Tensor } {
  const m = sizeOf(shape.slice(2));
  const dY = upstream("globalAveragePoolBackward", dy, shape.slice(0, 2), dtype);
  const dX = new Float64Array(sizeOf(shape));
  for (let at = 0; at < dX.length; at++) dX[at] = dY[Math.floor(at / m)] / m; // (2)
  return { dx: rounded(dX, shape, dtype) };
}

function expectPlaces(example: Shape): void {
  if (example.length >= 2 && sizeOf(example.slice(1)) > 0) return;
  throw new ShapeError(
    `globalAveragePool: an example is ${showShape(example)}, expected C×L or C×H×W with at least one place to average.`,
  );
}

/**
 * The mean of every feature map: N×C×… → N×C, so that images of any size end in a fixed row of numbers. No parameters
 * (Lin et al., 2014).
 */
export class GlobalAveragePool extends FunctionLayer<[], GlobalAveragePoolCache> {
  static readonly derivation: string = derivation;

  constructor() {
    super(globalAveragePoolForward, globalAveragePoolBackward);
  }

  override outputShape(input: Shape): number[] {
    expectPlaces(input);
    return [input[0]];
  }
}

/** What `globalAveragePoolForward` keeps for its backward. */
export interface GlobalAveragePoolCache {
  readonly shape: Shape;
  readonly dtype: DType;
}
