/**
 * The parametric rectifier: a leaky ReLU that learns its slope, one for all or one for each channel. Lectures B and C;
 * He et al., "Delving Deep into Rectifiers", 2015.
 */
import { expectShape, sameDType } from "../../array/check.js";
import { ShapeError, showShape } from "../../array/errors.js";
import { Random } from "../../array/random.js";
import {
  allocate,
  flat,
  full,
  sizeOf,
  wrap,
  type DType,
  type Shape,
  type Tensor,
} from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { FunctionLayer } from "../function-layer.js";
import { Parameter } from "../layer.js";

export const derivation = String.raw`
### PReLU

Channel $c$ has a slope $a_c$ for negative numbers (or all channels share one $a$):

$$y_{nci} = \begin{cases} x_{nci} & x_{nci} > 0 \\ a_c\,x_{nci} & x_{nci} \le 0 \end{cases} \tag{1}$$

where $i$ runs over the places of the channel.

**Backward.** To the input, as in leaky ReLU,

$$dx_{nci} = \begin{cases} dy_{nci} & x_{nci} > 0 \\ a_c\,dy_{nci} & x_{nci} \le 0 \end{cases} \tag{2}$$

The slope acts wherever the input of its channel is negative, in every place and every example:

$$da_c = \sum_n\sum_{i:\;x_{nci}\le 0} dy_{nci}\,x_{nci} \tag{3}$$

(a shared $a$ sums over the channels too). Weight decay would pull $a$ to 0, back to ReLU, and is left out.
`;

/** What `preluForward` keeps for its backward. */
export interface PreluCache {
  readonly x: Tensor;
  readonly a: Tensor;
}

/** The gradients of `preluForward`: dx of the input, da of the slopes. */
export interface PreluGradients {
  readonly dx: Tensor;
  readonly da: Tensor;
}

/**
 * The parametric rectifier, equation (1): x where it is positive, a·x elsewhere.
 * @param x  N×C, N×C×L or N×C×H×W; any shape with a shared slope
 * @param a  C slopes, or 1 for all channels
 */
export function preluForward(x: Tensor, a: Tensor): { y: Tensor; cache: PreluCache } {
  checkPrelu(x, a);
  const [X, A] = [flat(x), flat(a)];
  const slopeAt = slopeOf(x.shape, A.length);
  const Y = allocate(X.length, x.dtype);
  for (let at = 0; at < X.length; at++) Y[at] = X[at] > 0 ? X[at] : A[slopeAt(at)] * X[at]; // (1)
  return { y: wrap(Y, x.shape), cache: { x, a } };
}

/**
 * The gradients of `preluForward`, equations (2) and (3).
 * @param dy  x's shape, the upstream gradient
 */
export function preluBackward(dy: Tensor, { x, a }: PreluCache): PreluGradients {
  sameDType("preluBackward", { dy, x });
  expectShape("preluBackward", "dy", dy, x.shape);
  const [X, A, dY] = [flat(x), flat(a), flat(dy)];
  const slopeAt = slopeOf(x.shape, A.length);
  const dX = new Float64Array(X.length);
  const dA = new Float64Array(A.length);
  for (let at = 0; at < X.length; at++) {
    const c = slopeAt(at);
    dX[at] = X[at] > 0 ? dY[at] : A[c] * dY[at]; // (2)
    if (X[at] <= 0) dA[c] += dY[at] * X[at]; // (3)
  }
  return { dx: rounded(dX, x.shape, x.dtype), da: rounded(dA, a.shape, a.dtype) };
}

/** The index of the slope for the element at a flat index. */
function slopeOf(shape: Shape, slopes: number): (at: number) => number {
  if (slopes === 1) return () => 0;
  const places = sizeOf(shape.slice(2));
  return (at) => Math.floor(at / places) % slopes;
}

/** @throws ShapeError, DTypeError unless there is one slope for each channel, or one for all */
export function checkPrelu(x: Tensor, a: Tensor): void {
  sameDType("prelu", { x, a });
  expectShape("prelu", "a", a, [-1]);
  if (a.shape[0] === 1 || a.shape[0] === x.shape[1]) return;
  throw new ShapeError(
    `prelu: x (${showShape(x.shape)}) has ${x.shape[1]} channels, but there are ${a.shape[0]} slopes; ` +
      `give one a channel, or one for all.`,
  );
}

/** The options of a PReLU. */
export interface PreluLayerOptions {
  /** How many slopes: the channels of the input, or 1 for a shared one; 1. */
  size?: number;
  /** The initial value of every slope; 0.25. */
  slope?: number;
  dtype?: DType;
  /** Your own backward pass instead of the library's. */
  backward?: (dy: Tensor, cache: PreluCache) => PreluGradients;
}

/**
 * The parametric rectifier: a leaky ReLU that learns its slope for negative numbers, one for all or one for each channel (He
 * et al., 2015; lectures B and C). Parameter: `a`, which does not decay.
 */
export class PReLU extends FunctionLayer<readonly [a: Tensor], PreluCache, PreluGradients> {
  static readonly derivation: string = derivation;
  readonly options: PreluLayerOptions;
  override readonly parameters: Readonly<{ a: Parameter }>;

  constructor(options: PreluLayerOptions = {}) {
    super(preluForward, preluBackward, { backward: options.backward });
    this.options = options;
    const { size = 1, slope = 0.25, dtype = "float32" } = options;
    const a = new Parameter(() => full([size], slope, dtype), new Random(0), { decay: false });
    this.parameters = { a };
  }

  override outputShape(input: Shape): number[] {
    const { size = 1 } = this.options;
    if (size !== 1 && size !== input[0]) {
      throw new ShapeError(
        `prelu: the input has ${input[0]} channels (${showShape(input)}), the layer ${size} slopes; make it with ` +
          `size: ${input[0]}, or without one for a shared slope.`,
      );
    }
    return [...input];
  }

  protected override given(): readonly [Tensor] {
    return [this.parameters.a.value];
  }
}
