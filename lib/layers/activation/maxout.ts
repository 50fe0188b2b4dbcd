/**
 * Maxout: the largest of a group of features, at every position; features compete instead of positions.
 * Lecture B ("pooling across feature groups"); Goodfellow et al., 2013.
 */
import { sameDType } from "../../array/check.js";
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { allocate, flat, sizeOf, wrap, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { FunctionLayer } from "../function-layer.js";
import { upstream } from "../upstream.js";

export const derivation = String.raw`
### Maxout

The $C$ channels are taken in groups of $k$ that follow each other; $i$ is the place (there is one in $N\times C$). Group $g$ gives

$$y_{ngi} = \max_{0\le j<k} x_{n,\,gk+j,\,i} \tag{1}$$

Remember which feature won (the first, if several are equal):

$$j^*_{ngi} = \operatorname*{arg\,max}_{0\le j<k} x_{n,\,gk+j,\,i} \tag{2}$$

**Backward.** The winner gets the gradient, and every feature is in one group only:

$$dx_{n,\,gk+j,\,i} = \begin{cases} dy_{ngi} & j = j^*_{ngi} \\ 0 & \text{otherwise} \end{cases} \tag{3}$$

The maximum of linear functions is convex and piecewise linear: after a linear layer or a convolution, maxout *learns* its nonlinearity. With $k=2$ and
one of the two features fixed at zero it is ReLU.
`;

/** What `maxoutForward` keeps for its backward. */
export interface MaxoutCache {
  readonly shape: Shape;
  readonly outputs: Shape;
  /** For each output the flat index of its maximum in x. */
  readonly winners: Int32Array;
  readonly dtype: DType;
}

/**
 * The largest of every group of features, equation (1).
 * @param x      N×C, N×C×L or N×C×H×W
 * @param group  k: features in a group, which must divide C
 * @returns y: N×(C/k)×…, and the cache for backward. A NaN in a group wins it.
 */
export function maxoutForward(x: Tensor, group: number): { y: Tensor; cache: MaxoutCache } {
  sameDType("maxout", { x });
  const outputs = [x.shape[0], ...outputShape(x.shape.slice(1), group)];
  const places = sizeOf(x.shape.slice(2));
  const X = flat(x);
  const Y = allocate(sizeOf(outputs), x.dtype);
  const winners = new Int32Array(Y.length);
  for (let o = 0; o < Y.length; o++) {
    const first = Math.floor(o / places) * group * places + (o % places);
    let winner = first;
    for (let at = first; at < first + group * places; at += places) {
      if (X[at] > X[winner] || (Number.isNaN(X[at]) && !Number.isNaN(X[winner]))) winner = at; // (2)
    }
    winners[o] = winner;
    Y[o] = X[winner]; // (1)
  }
  return { y: wrap(Y, outputs), cache: { shape: x.shape, outputs, winners, dtype: x.dtype } };
}

/**
 * The gradient of `maxoutForward`, equation (3).
 * @param dy  N×(C/k)×…, the upstream gradient
 */
export function maxoutBackward(dy: Tensor, { shape, outputs, winners, dtype }: MaxoutCache): { dx: Tensor } {
  const dY = upstream("maxoutBackward", dy, outputs, dtype);
  const dX = new Float64Array(sizeOf(shape));
  for (let o = 0; o < dY.length; o++) dX[winners[o]] = dY[o]; // (3)
  return { dx: rounded(dX, shape, dtype) };
}

function outputShape(input: Shape, group: number): number[] {
  if (!Number.isInteger(group) || group < 1) {
    throw new ValueError(`maxout: the group is ${group}; it must be a whole number, 1 or more.`);
  }
  if (input.length === 0 || input[0] % group !== 0) {
    throw new ShapeError(
      `maxout: ${input[0] ?? 0} channels (${showShape(input)}) are not a whole number of groups of ${group}; use a divisor.`,
    );
  }
  return [input[0] / group, ...input.slice(1)];
}

/**
 * The largest of every group of neighbouring features, at every place: N×C×… → N×(C/k)×…, k being the size of a group.
 * Features compete, and only the winner learns. No parameters (Goodfellow et al., 2013; lecture B).
 */
export class Maxout extends FunctionLayer<[group: number], MaxoutCache> {
  static readonly derivation: string = derivation;
  readonly options: { readonly group: number };

  /** @param options.group  features in a group, which must divide the number of channels */
  constructor(options: { group: number }) {
    super(maxoutForward, maxoutBackward, { given: [options.group] });
    this.options = options;
  }

  override describe(): string {
    return `Maxout, groups of ${this.options.group}`;
  }

  override outputShape(input: Shape): number[] {
    return outputShape(input, this.options.group);
  }
}
