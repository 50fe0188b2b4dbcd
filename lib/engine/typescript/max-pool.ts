/**
 * Max-pooling. The part of a window that lies on padding is cut off before the loop, so that the loop need not test for it. A
 * signal is an image one row high.
 */
import { expectRank, expectShape } from "../../array/check.js";
import { ValueError } from "../../array/errors.js";
import { allocate, flat, sizeOf, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../../layers/accumulate.js";
import { maxPool1dBackward, maxPool1dForward } from "../../layers/pooling/max-pool1d.js";
import { maxPool2dBackward, maxPool2dForward } from "../../layers/pooling/max-pool2d.js";
import { emptyWindow, oneRow, type Axis } from "../../layers/window.js";
import type { RivalEntry } from "../engine.js";
import { rivals } from "../rivals.js";
import { pool1dGeometry, pool2dGeometry } from "../../layers/pooling/windows.js";

interface MaxPoolCache {
  readonly shape: Shape;
  /** For each output the flat index of its maximum in x. */
  readonly winners: Int32Array;
  readonly outputs: Shape;
  /** Whether an element can be the maximum of two windows. */
  readonly overlap: boolean;
}

/** Max-pooling of signals and of images. */
export const maxPools: readonly RivalEntry[] = [
  ...rivals(
    maxPool1dForward,
    (x, options) => {
      expectRank("maxPool1d", "x", x, "N×C×L");
      const axis = pool1dGeometry("maxPool1d", x.shape, options);
      return forward("maxPool1d", x, oneRow, axis, [axis.output]);
    },
    maxPool1dBackward,
    (dy, cache) => backward("maxPool1dBackward", dy, cache),
  ),
  ...rivals(
    maxPool2dForward,
    (x, options) => {
      expectRank("maxPool2d", "x", x, "N×C×H×W");
      const { rows, columns } = pool2dGeometry("maxPool2d", x.shape, options);
      return forward("maxPool2d", x, rows, columns, [rows.output, columns.output]);
    },
    maxPool2dBackward,
    (dy, cache) => backward("maxPool2dBackward", dy, cache),
  ),
];

function forward(
  operation: string,
  x: Tensor,
  rows: Axis,
  columns: Axis,
  places: Shape,
): { y: Tensor; cache: MaxPoolCache } {
  const [batch, channels] = x.shape;
  const outputs = [batch, channels, ...places];
  const [height, width] = [rows.input, columns.input];
  const X = flat(x);
  const Y = allocate(sizeOf(outputs), x.dtype);
  const winners = new Int32Array(Y.length);
  let o = 0;
  for (let map = 0; map < batch * channels; map++) {
    for (let i = 0; i < rows.output; i++) {
      const top = i * rows.stride - rows.before;
      const bottom = Math.min(height, top + (rows.filter - 1) * rows.dilation + 1);
      const firstRow = inside(top, rows.dilation);
      for (let j = 0; j < columns.output; j++, o++) {
        const left = j * columns.stride - columns.before;
        const right = Math.min(width, left + (columns.filter - 1) * columns.dilation + 1);
        const firstColumn = inside(left, columns.dilation);
        let winner = (map * height + firstRow) * width + firstColumn;
        if (firstRow >= bottom || firstColumn >= right) {
          throw new ValueError(emptyWindow(operation, places.length === 1 ? `${j}` : `(${i}, ${j})`));
        }
        let best = X[winner];
        for (let h = firstRow; h < bottom; h += rows.dilation) {
          for (let v = firstColumn; v < right; v += columns.dilation) {
            const value = X[(map * height + h) * width + v];
            // Not "value > best", which is false when value is NaN: the first NaN must win and stay.
            if (!(value <= best) && best === best) {
              best = value;
              winner = (map * height + h) * width + v;
            }
          }
        }
        winners[o] = winner;
        Y[o] = best;
      }
    }
  }
  const overlap = [rows, columns].some((axis) => axis.stride < (axis.filter - 1) * axis.dilation + 1);
  return { y: wrap(Y, outputs), cache: { shape: x.shape, winners, outputs, overlap } };
}

/** The first element, not before the start of the axis, of a window that begins at `start`. */
function inside(start: number, dilation: number): number {
  return start >= 0 ? start : start + Math.ceil(-start / dilation) * dilation;
}

function backward(
  operation: string,
  dy: Tensor,
  { shape, winners, outputs, overlap }: MaxPoolCache,
): { dx: Tensor } {
  expectShape(operation, "dy", dy, outputs);
  const dY = flat(dy);
  if (overlap) {
    const sums = new Float64Array(sizeOf(shape));
    for (let o = 0; o < winners.length; o++) sums[winners[o]] += dY[o];
    return { dx: rounded(sums, shape, dy.dtype) };
  }
  const dX = allocate(sizeOf(shape), dy.dtype);
  for (let o = 0; o < winners.length; o++) dX[winners[o]] = dY[o];
  return { dx: wrap(dX, shape) };
}
