/** Scales vectors to norm 1: only the direction remains, as for a comparison by angle. */
import { expectShape, sameDType } from "../../array/check.js";
import { ValueError } from "../../array/errors.js";
import { allocate, flat, wrap, type Tensor } from "../../array/tensor.js";
import { linesAlong, type Lines } from "../activation/softmax.js";
import { Pointwise } from "../activation/pointwise.js";

export const derivation = String.raw`
### Normalisation to length 1

Along an axis, with the length $r$ of the vector $x$ by the norm $p$, 1 or 2:

$$y_i = \frac{x_i}r, \qquad r = \sum_j |x_j| \quad\text{or}\quad r = \sqrt{\textstyle\sum_j x_j^2} \tag{1}$$

**Backward.** $x_i$ acts on its own $y_i$ with the slope $1/r$, and through $r$ on all of them: $\partial y_j/\partial r = -x_j/r^2 = -y_j/r$. With
$\partial r/\partial x_i = \operatorname{sign}(x_i)$ for $p=1$ and $x_i/r = y_i$ for $p=2$,

$$dx_i = \frac1r\Big(dy_i - s_i\sum_j dy_j\,y_j\Big), \qquad s_i = \begin{cases}\operatorname{sign}(x_i) & p=1\\ y_i & p=2\end{cases} \tag{2}$$

For $p=2$ the gradient loses its part along $y$: to lengthen $x$ changes nothing. A vector of zeros has no direction; it stays zeros and gets no gradient.
`;

/** The axis along which `UnitNorm` measures, and by which norm. */
export interface UnitNormOptions {
  /** With the batch's, axis 0, counted; −1 is the last. 1, the channels. */
  axis?: number;
  /** p: 1 or 2; 2. */
  power?: 1 | 2;
}

/** What `unitNormForward` keeps for its backward. */
export interface UnitNormCache {
  readonly x: Tensor;
  readonly y: Tensor;
  /** r of every vector. */
  readonly lengths: Float64Array;
  /** The axis: `outer` × `length` × `inner` numbers. */
  readonly lines: Lines;
  readonly power: 1 | 2;
}

/** Vectors scaled to norm 1, equation (1). @param x  any shape that has the axis @throws ShapeError, ValueError */
export function unitNormForward(
  x: Tensor,
  { axis = 1, power = 2 }: UnitNormOptions = {},
): { y: Tensor; cache: UnitNormCache } {
  const lines = vectorsOf(x, axis, power);
  const X = flat(x);
  const Y = allocate(X.length, x.dtype);
  const lengths = new Float64Array(lines.outer * lines.inner);
  forEachVector(lines, (places, which) => {
    let sum = 0;
    for (const i of places) sum += power === 1 ? Math.abs(X[i]) : X[i] * X[i];
    const r = power === 1 ? sum : Math.sqrt(sum);
    lengths[which] = r;
    for (const i of places) Y[i] = r === 0 ? 0 : X[i] / r; // (1)
  });
  const y = wrap(Y, x.shape);
  return { y, cache: { x, y, lengths, lines, power } };
}

/**
 * The gradient of `unitNormForward`, equation (2).
 * @param dy  x's shape, the upstream gradient
 */
export function unitNormBackward(dy: Tensor, cache: UnitNormCache): { dx: Tensor } {
  const { x, y, lengths, lines, power } = cache;
  sameDType("unitNormBackward", { dy, x });
  expectShape("unitNormBackward", "dy", dy, x.shape);
  const [dY, X, Y] = [flat(dy), flat(x), flat(y)];
  const dX = allocate(X.length, x.dtype);
  forEachVector(lines, (places, which) => {
    const r = lengths[which];
    if (r === 0) return;
    let dot = 0;
    for (const i of places) dot += dY[i] * Y[i];
    for (const i of places) dX[i] = (dY[i] - (power === 1 ? Math.sign(X[i]) : Y[i]) * dot) / r; // (2)
  });
  return { dx: wrap(dX, x.shape) };
}

/** The vectors along the axis. @throws ShapeError when it is not there, ValueError for another power */
export function vectorsOf(x: Tensor, axis: number, power: number): Lines {
  sameDType("unitNorm", { x });
  if (power !== 1 && power !== 2)
    throw new ValueError(`unitNorm: the power is ${String(power)}; it must be 1 or 2.`);
  return linesAlong("unitNorm", x.shape, { axis });
}

/** Visits the flat positions of every vector along the axis. */
function forEachVector(
  { outer, length, inner }: Lines,
  visit: (places: Int32Array, which: number) => void,
): void {
  const places = new Int32Array(length);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      for (let k = 0; k < length; k++) places[k] = (o * length + k) * inner + i;
      visit(places, o * inner + i);
    }
}

/**
 * Scales vectors to norm 1, so that only the direction remains, as for a comparison by angle. No parameters.
 */
export class UnitNorm extends Pointwise<[options: UnitNormOptions], UnitNormCache> {
  static readonly derivation: string = derivation;
  readonly options: UnitNormOptions;

  constructor(options: UnitNormOptions = {}) {
    super(unitNormForward, unitNormBackward, { given: [options] });
    this.options = options;
  }

  override describe(): string {
    const { axis = 1, power = 2 } = this.options;
    return `UnitNorm, axis ${axis}${power === 1 ? ", sum of sizes 1" : ""}`;
  }
}
