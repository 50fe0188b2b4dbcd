/**
 * Max-pooling over an image: the best match anywhere in a small window, wherever it sits.
 * Lectures B, C ("max pooling: back-prop goes to the pixel that forward chose") and D.
 */
import { expectRank, expectShape } from "../../array/check.js";
import { ValueError } from "../../array/errors.js";
import { allocate, flat, sizeOf, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { Layer, type LayerPass } from "../layer.js";
import {
  describeWindow,
  emptyWindow,
  pair,
  padding2d,
  resolvePoolAxis,
  type Axis,
  type Padding2d,
  type Pair,
  type Rounding,
} from "../window.js";
import type { ReferenceFunction } from "../rival.js";

export const derivation = String.raw`
### Max-pooling in two dimensions

A window of $K\times L$ pixels moves over each channel in steps of $s$. Output $(i,j)$ is the largest input in its window

$$y_{ncij} = \max_{(h,v)\,\in\, R_{ij}} x_{nchv}, \qquad R_{ij} = \{(is+k-p,\; js+l-p)\} \tag{1}$$

where pixels outside the image do not take part. Remember the winner (the first in reading order, if several are equal):

$$(h^*,v^*)_{ncij} = \operatorname*{arg\,max}_{(h,v)\,\in\, R_{ij}} x_{nchv} \tag{2}$$

**Backward.** Around the current input, $y_{ncij}$ *is* its winner and does not feel the others: $\partial y/\partial x$ is 1 at the winner
and 0 elsewhere. So each upstream gradient goes to one pixel; where windows overlap, a pixel may have won several times:

$$dx_{nchv} = \sum_{i,j:\;(h^*,v^*)_{ncij}=(h,v)} dy_{ncij} \tag{3}$$
`;

export interface MaxPool2dOptions {
  /** Window size, or [rows, columns]. */
  size: Pair;
  /** Step between windows; the window size, so that they tile the image. */
  stride?: Pair;
  /** Pixels around the image that never win; 0. */
  pad?: Padding2d;
  /** Distance between the pixels of a window; 1. */
  dilation?: Pair;
  /** When the windows do not cover the image exactly: "exact" (refuse), "floor" or "ceil"; "exact". */
  round?: Rounding;
}

export interface MaxPool2dCache {
  readonly shape: Shape;
  /** For each output the flat position of its winner in x. */
  readonly winners: Int32Array;
  readonly outputs: Shape;
}

/** The window of any pooling layer over an image. @param shape N×C×H×W @throws ShapeError, ValueError */
export function pool2dGeometry(
  operation: string,
  shape: Shape,
  { size, stride = size, pad = 0, dilation = 1, round = "exact" }: MaxPool2dOptions,
): { rows: Axis; columns: Axis } {
  const [rows, columns] = (["rows", "columns"] as const).map((extent, i) => {
    const window = { stride: pair(stride)[i], dilation: pair(dilation)[i], pad: padding2d(pad)[i], round };
    return resolvePoolAxis(operation, extent, shape[2 + i], pair(size)[i], window);
  });
  return { rows, columns };
}

/**
 * @param x  N×C×H×W
 * @returns y: N×C×H'×W', and the cache for backward. A NaN in a window wins it.
 */
export function maxPool2dForward(x: Tensor, options: MaxPool2dOptions): { y: Tensor; cache: MaxPool2dCache } {
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

/** @param dy  N×C×H'×W', the upstream gradient */
export function maxPool2dBackward(dy: Tensor, { shape, winners, outputs }: MaxPool2dCache): { dx: Tensor } {
  expectShape("maxPool2dBackward", "dy", dy, outputs);
  const dY = flat(dy);
  const dX = new Float64Array(sizeOf(shape));
  for (let o = 0; o < dY.length; o++) dX[winners[o]] += dY[o]; // (3)
  return { dx: rounded(dX, shape, dy.dtype) };
}

export interface MaxPool2dLayerOptions extends MaxPool2dOptions {
  /** Your own backward pass instead of the library's. */
  backward?: (dy: Tensor, cache: MaxPool2dCache) => { dx: Tensor };
}

export class MaxPool2d extends Layer {
  static readonly derivation: string = derivation;
  readonly options: MaxPool2dLayerOptions;

  constructor(options: MaxPool2dLayerOptions) {
    super();
    this.options = options;
  }

  override describe(): string {
    return `MaxPool2d, ${pair(this.options.size).join("×")}${describeWindow(this.options)}`;
  }

  override outputShape(input: Shape): number[] {
    const { rows, columns } = pool2dGeometry("maxPool2d", [1, ...input], this.options);
    return [input[0], rows.output, columns.output];
  }

  override get functions(): readonly ReferenceFunction[] {
    return [maxPool2dForward];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const forward = this.options.backward ? maxPool2dForward : pass.engine.of(maxPool2dForward);
    const { y, cache } = forward(x, this.options);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    const backward = this.options.backward ?? pass.engine.of(maxPool2dBackward);
    return backward(dy, pass.take(this) as MaxPool2dCache).dx;
  }
}
