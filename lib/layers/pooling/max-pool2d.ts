/**
 * Max-pooling over an image: the best match anywhere in a small window, wherever it sits.
 * Lectures B, C ("max pooling: back-prop goes to the pixel that forward chose") and D.
 */
import { expectRank, expectShape } from "../../array/check.js";
import { ValueError } from "../../array/errors.js";
import { allocate, flat, sizeOf, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { emptyWindow } from "../window.js";
import { ImagePooling, type PoolingOptions } from "./pooling.js";
import { pool2dGeometry, type Pool2dOptions } from "./windows.js";

export const derivation = String.raw`
### Max-pooling in two dimensions

A window of $K\times L$ pixels moves over each channel in steps of $s$. Output $(i,j)$ is the largest input in its window

$$y_{ncij} = \max_{(h,v)\,\in\, R_{ij}} x_{nchv}, \qquad R_{ij} = \{(is+k-p,\; js+l-p)\} \tag{1}$$

where pixels outside the image do not take part. Remember the winner (the first in reading order, if several are equal):

$$(h^*,v^*)_{ncij} = \operatorname*{arg\,max}_{(h,v)\,\in\, R_{ij}} x_{nchv} \tag{2}$$

**Backward.** Around the current input, $y_{ncij}$ *is* its winner and does not feel the others: $\partial y/\partial x$ is 1 at the winner
and 0 elsewhere. So each upstream gradient goes to one pixel; where windows overlap, a pixel may have won several times:

$$dx_{nchv} = \sum_{i,j:\;(h^*,v^*)_{ncij}=(h,v)} dy_{ncij} \tag{3}$$

**With numbers.** Four windows of 2×2; of the two fives the first in reading order wins.

${"```text"}
y  = maxPool2d(x, { size: 2 })
x  = [[1, 3, 0, 2], [2, 0, 1, 4], [0, 1, 5, 5], [2, 1, 0, 1]]  1×1×4×4
y  = [[max(1, 3, 2, 0), max(0, 2, 1, 4)], [max(0, 1, 2, 1), max(5, 5, 0, 1)]]
   = [[3, 4], [2, 5]]                                          (1)
dy = [[1, 2], [3, 4]]                                          1×1×2×2
dx = [[0, 1, 0, 0], [0, 0, 0, 2], [0, 0, 4, 0], [3, 0, 0, 0]]  (3)
${"```"}
`;

/**
 * The largest number of every window of an image, equation (1).
 * @param x  N×C×H×W
 * @returns y: N×C×H'×W', and the cache for backward. A NaN in a window wins it.
 */
export function maxPool2dForward(x: Tensor, options: Pool2dOptions): { y: Tensor; cache: MaxPool2dCache } {
  expectRank("maxPool2d", "x", x, "N×C×H×W");
  const { rows, columns } = pool2dGeometry("maxPool2d", x.shape, options);
  const [batch, channels, height, width] = x.shape;
  const outputs = [batch, channels, rows.output, columns.output];
  const X = flat(x);
  const Y = allocate(sizeOf(outputs), x.dtype);
  const winners = new Int32Array(Y.length);
  let o = 0;
  for (let map = 0; map < batch * channels; map++) {
    for (let i = 0; i < rows.output; i++) {
      for (let j = 0; j < columns.output; j++, o++) {
        let winner = -1;
        for (let k = 0; k < rows.filter; k++) {
          const h = i * rows.stride + k * rows.dilation - rows.before;
          if (h < 0 || h >= height) continue;
          for (let l = 0; l < columns.filter; l++) {
            const v = j * columns.stride + l * columns.dilation - columns.before;
            if (v < 0 || v >= width) continue;
            const at = (map * height + h) * width + v;
            if (winner < 0 || X[at] > X[winner] || (Number.isNaN(X[at]) && !Number.isNaN(X[winner])))
              winner = at; // (2)
          }
        }
        if (winner < 0) throw new ValueError(emptyWindow("maxPool2d", `(${i}, ${j})`));
        winners[o] = winner;
        Y[o] = X[winner]; // (1)
      }
    }
  }
  return { y: wrap(Y, outputs), cache: { shape: x.shape, winners, outputs } };
}

/**
 * The gradient of `maxPool2dForward`, equation (3).
 * @param dy  N×C×H'×W', the upstream gradient
 */
export function maxPool2dBackward(dy: Tensor, { shape, winners, outputs }: MaxPool2dCache): { dx: Tensor } {
  expectShape("maxPool2dBackward", "dy", dy, outputs);
  const dY = flat(dy);
  const dX = new Float64Array(sizeOf(shape));
  for (let o = 0; o < dY.length; o++) dX[winners[o]] += dY[o]; // (3)
  return { dx: rounded(dX, shape, dy.dtype) };
}

/**
 * The largest number of every window of an image: N×C×H×W → N×C×H'×W'. The best match anywhere in a small window,
 * wherever it sits; the gradient goes to the pixel that was chosen. No parameters (lectures B, C and D).
 */
export class MaxPool2d extends ImagePooling<Pool2dOptions, MaxPool2dCache> {
  static readonly derivation: string = derivation;

  constructor(options: MaxPool2dLayerOptions) {
    super(options, maxPool2dForward, maxPool2dBackward);
  }
}

/** What a MaxPool2d is made of: the size and step of its windows, and a backward of your own. */
export type MaxPool2dLayerOptions = PoolingOptions<Pool2dOptions, MaxPool2dCache>;

/** What `maxPool2dForward` keeps for its backward. */
export interface MaxPool2dCache {
  readonly shape: Shape;
  /** For each output the flat position of its winner in x. */
  readonly winners: Int32Array;
  readonly outputs: Shape;
}
