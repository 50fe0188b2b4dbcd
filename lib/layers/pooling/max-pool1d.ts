/** Max-pooling along a signal: the best match anywhere in a short window. Lectures B and C. */
import { expectRank, expectShape } from "../../array/check.js";
import { ValueError } from "../../array/errors.js";
import { allocate, flat, sizeOf, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { emptyWindow } from "../window.js";
import { SignalPooling, type PoolingOptions } from "./pooling.js";
import { pool1dGeometry, type Pool1dOptions } from "./windows.js";

export const derivation = String.raw`
### Max-pooling in one dimension

A window of $M$ samples moves along each channel in steps of $s$:

$$y_{nct} = \max_{0\le m<M} x_{n,\,c,\,ts+m-p} \tag{1}$$

where samples outside the signal do not take part. Remember which sample won (the first, if several are equal):

$$u^*_{nct} = ts-p+\operatorname*{arg\,max}_{0\le m<M}\; x_{n,\,c,\,ts+m-p} \tag{2}$$

**Backward.** Around the current input $y_{nct}$ is a copy of its winner, so $\partial y_{nct}/\partial x_{ncu}$ is 1 for $u=u^*_{nct}$ and 0 for every
other sample. Where windows overlap a sample may win several of them, and collects from each:

$$dx_{ncu} = \sum_{t:\;u^*_{nct}=u} dy_{nct} \tag{3}$$

**With numbers.** Windows of three samples in steps of one; sample 4 wins twice.

${"```text"}
y  = maxPool1d(x, { size: 3, stride: 1 })
x  = [1, 3, 2, 4, 0]                                         1×1×5
y  = [max(1, 3, 2), max(3, 2, 4), max(2, 4, 0)] = [3, 4, 4]  (1)
dy = [1, 2, 3]                                               1×1×3
dx = [0, 1, 0, 2 + 3, 0] = [0, 1, 0, 5, 0]                   (3)
${"```"}
`;

/**
 * The largest number of every window of a signal, equation (1).
 * @param x  N×C×L
 * @returns y: N×C×L', and the cache for backward. A NaN in a window wins it.
 */
export function maxPool1dForward(x: Tensor, options: Pool1dOptions): { y: Tensor; cache: MaxPool1dCache } {
  expectRank("maxPool1d", "x", x, "N×C×L");
  const axis = pool1dGeometry("maxPool1d", x.shape, options);
  const [batch, channels, length] = x.shape;
  const outputs = [batch, channels, axis.output];
  const X = flat(x);
  const Y = allocate(sizeOf(outputs), x.dtype);
  const winners = new Int32Array(Y.length);
  let o = 0;
  for (let signal = 0; signal < batch * channels; signal++) {
    for (let t = 0; t < axis.output; t++, o++) {
      let winner = -1;
      for (let m = 0; m < axis.filter; m++) {
        const u = t * axis.stride + m * axis.dilation - axis.before;
        if (u < 0 || u >= length) continue;
        const at = signal * length + u;
        if (winner < 0 || X[at] > X[winner] || (Number.isNaN(X[at]) && !Number.isNaN(X[winner]))) winner = at; // (2)
      }
      if (winner < 0) throw new ValueError(emptyWindow("maxPool1d", `${t}`));
      winners[o] = winner;
      Y[o] = X[winner]; // (1)
    }
  }
  return { y: wrap(Y, outputs), cache: { shape: x.shape, winners, outputs } };
}

/**
 * The gradient of `maxPool1dForward`, equation (3).
 * @param dy  N×C×L', the upstream gradient
 */
export function maxPool1dBackward(dy: Tensor, { shape, winners, outputs }: MaxPool1dCache): { dx: Tensor } {
  expectShape("maxPool1dBackward", "dy", dy, outputs);
  const dY = flat(dy);
  const dX = new Float64Array(sizeOf(shape));
  for (let o = 0; o < dY.length; o++) dX[winners[o]] += dY[o]; // (3)
  return { dx: rounded(dX, shape, dy.dtype) };
}

/**
 * The largest number of every window of a signal: N×C×L → N×C×L'. The best match anywhere in a short window; the
 * gradient goes to the sample that was chosen. No parameters (lectures B and C).
 */
export class MaxPool1d extends SignalPooling<Pool1dOptions, MaxPool1dCache> {
  static readonly derivation: string = derivation;

  constructor(options: MaxPool1dLayerOptions) {
    super(options, maxPool1dForward, maxPool1dBackward);
  }
}

/** What a MaxPool1d is made of: the size and step of its windows, and a backward of your own. */
export type MaxPool1dLayerOptions = PoolingOptions<Pool1dOptions, MaxPool1dCache>;

/** What `maxPool1dForward` keeps for its backward. */
export interface MaxPool1dCache {
  readonly shape: Shape;
  /** For each output the flat position of its winner in x. */
  readonly winners: Int32Array;
  readonly outputs: Shape;
}
