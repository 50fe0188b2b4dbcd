/**
 * Dropout: during training, numbers are set to zero at random, so that no unit can rely on another. Hinton et al., 2012,
 * lecture B; spatial dropout drops whole feature maps (Tompson et al., 2015).
 */
import { sameDType } from "../../array/check.js";
import { multiply } from "../../array/elementwise.js";
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import type { Random } from "../../array/random.js";
import { dtypeOf, reshape, wrap, zeros, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { Layer, type LayerPass } from "../layer.js";
import { upstream } from "../upstream.js";
import type { ReferenceFunction } from "../rival.js";

export const derivation = String.raw`
### Dropout

Each number is dropped with probability $p$, and those that stay grow by $1/(1-p)$, so that the expected value is what it was without dropout:

$$m_i = \begin{cases} 0 & \text{with probability } p \\ \frac1{1-p} & \text{with probability } 1-p\end{cases} \qquad y_i = m_i\,x_i \tag{1}$$

The mask is drawn anew for every batch. When the network is not training, $y = x$: as the numbers were scaled while training ("inverted" dropout),
nothing needs scaling afterwards.

**Backward.** The mask does not depend on $x$: it is a constant factor, the one of the forward pass.

$$dx_i = m_i\,dy_i \tag{2}$$

Neighbouring pixels of a feature map say nearly the same, so that dropping one hides nothing. *Spatial* dropout draws one $m$ for a whole feature map.
`;

/** What `dropoutForward` keeps for its backward. */
export interface DropoutCache {
  readonly mask: Tensor;
  readonly shape: Shape;
}

/**
 * A mask of equation (1).
 * @param shape  the mask's shape: x's shape, or N×C to drop whole feature maps
 * @param rate   p, from 0 to below 1
 */
export function dropoutMask(shape: Shape, rate: number, random: Random, dtype: DType = "float32"): Tensor {
  checkRate(rate);
  const mask = zeros(shape, dtype);
  for (let i = 0; i < mask.data.length; i++) mask.data[i] = random.next() < rate ? 0 : 1 / (1 - rate); // (1)
  return mask;
}

/**
 * Dropout by a given mask, equation (1).
 * @param x     any shape
 * @param mask  the factors: of x's shape, or of its first axes; then one factor is used for all numbers of the other axes
 */
export function dropoutForward(x: Tensor, mask: Tensor): { y: Tensor; cache: DropoutCache } {
  checkDropout(x, mask);
  return { y: masked(x, mask), cache: { mask, shape: x.shape } }; // (1)
}

/**
 * The gradient of `dropoutForward`, equation (2).
 * @param dy  x's shape, the upstream gradient
 */
export function dropoutBackward(dy: Tensor, { mask, shape }: DropoutCache): { dx: Tensor } {
  const dY = upstream("dropoutBackward", dy, shape, dtypeOf(mask));
  return { dx: masked(wrap(dY, shape), mask) }; // (2)
}

/** x times the mask; each factor is used for all numbers of the axes that the mask lacks. */
function masked(x: Tensor, mask: Tensor): Tensor {
  return multiply(x, reshape(mask, [...mask.shape, ...x.shape.slice(mask.shape.length).map(() => 1)]));
}

/** Checks the arguments of `dropoutForward`. @throws ShapeError, DTypeError */
export function checkDropout(x: Tensor, mask: Tensor): void {
  sameDType("dropout", { x, mask });
  const leading = x.shape.slice(0, mask.shape.length);
  if (showShape(leading) === showShape(mask.shape)) return;
  throw new ShapeError(
    `dropout: the mask is ${showShape(mask.shape)} and x ${showShape(x.shape)}; give one of x's shape or of its first axes.`,
  );
}

function checkRate(rate: number): void {
  if (rate >= 0 && rate < 1) return;
  throw new ValueError(`dropout: the rate is ${rate}; it must be from 0 to below 1, such as 0.5.`);
}

/** The probability with which `Dropout` and `SpatialDropout` drop a number or a map. */
export interface DropoutOptions {
  /** The probability of being dropped, from 0 to below 1; 0.5. */
  rate?: number;
}

/**
 * Sets numbers to zero at random while training, and scales the others up, so that no unit can rely on another;
 * otherwise it does nothing. Any shape; no parameters. The numbers are drawn from the pass's generator (Hinton et al.,
 * 2012; lecture B).
 */
export class Dropout extends Layer {
  static readonly derivation: string = derivation;
  readonly options: DropoutOptions;

  /** @throws ValueError for a rate out of range */
  constructor(options: DropoutOptions = {}) {
    super();
    checkRate(options.rate ?? 0.5);
    this.options = options;
  }

  override describe(): string {
    return `${this.kind}, ${this.options.rate ?? 0.5}`;
  }

  override get functions(): readonly ReferenceFunction[] {
    return [dropoutForward];
  }

  override outputShape(input: Shape): number[] {
    return [...input];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const { rate = 0.5 } = this.options;
    if (!pass.training || rate === 0) {
      pass.keep(this, undefined);
      return x;
    }
    const mask = dropoutMask(this.droppedAsOne(x.shape), rate, pass.random, x.dtype);
    const { y, cache } = pass.engine.of(dropoutForward)(x, mask);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    const cache = pass.take(this) as DropoutCache | undefined;
    return cache === undefined ? dy : pass.engine.of(dropoutBackward)(dy, cache).dx;
  }

  /** The mask's shape. */
  protected droppedAsOne(shape: Shape): Shape {
    return shape;
  }
}

/**
 * Dropout of whole feature maps, because neighbouring pixels are correlated. N×C×…; no parameters (Tompson et al., 2015).
 */
export class SpatialDropout extends Dropout {
  protected override droppedAsOne(shape: Shape): Shape {
    return shape.slice(0, 2);
  }
}
