/**
 * Where the windows of pooling layers are, and a visit to every pixel of every window. A signal is an image of one row.
 */
import { expectRank, sameDType } from "../../array/check.js";
import type { Shape, Tensor } from "../../array/tensor.js";
import { oneRow, pair, padding2d, resolvePoolAxis } from "../window.js";
import type { Axis, Padding1d, Padding2d, Pair, Rounding } from "../window.js";

/**
 * The windows of a pooling layer over a signal: their size, step, padding, dilation, and what happens at the end.
 */
export interface Pool1dOptions {
  /** Samples in a window. */
  size: number;
  /** Step between windows; the window size, so that they tile the signal. */
  stride?: number;
  /** Places before and after the signal that windows may reach into; 0. */
  pad?: Padding1d;
  /** Distance between the samples of a window; 1. */
  dilation?: number;
  /** When the windows do not cover the signal exactly: "exact" (refuse), "floor" or "ceil"; "exact". */
  round?: Rounding;
}

/**
 * The windows of a pooling layer over an image: their size, step, padding, dilation, and what happens at the border.
 */
export interface Pool2dOptions {
  /** Window size, or [rows, columns]. */
  size: Pair;
  /** Step between windows; the window size, so that they tile the image. */
  stride?: Pair;
  /** Places around the image that windows may reach into; 0. */
  pad?: Padding2d;
  /** Distance between the pixels of a window; 1. */
  dilation?: Pair;
  /** When the windows do not cover the image exactly: "exact" (refuse), "floor" or "ceil"; "exact". */
  round?: Rounding;
}

/** All windows of a pooling layer, resolved to numbers. */
export interface Windows {
  /** The input's shape. */
  readonly shape: Shape;
  readonly rows: Axis;
  readonly columns: Axis;
  /** The output's shape. */
  readonly outputs: Shape;
}

/** One axis of windows over a signal. @param shape N×C×L @throws ShapeError, ValueError when the windows do not fit */
export function pool1dGeometry(
  operation: string,
  shape: Shape,
  { size, stride = size, pad = 0, dilation = 1, round = "exact" }: Pool1dOptions,
): Axis {
  return resolvePoolAxis(operation, "samples", shape[2], size, { stride, pad, dilation, round });
}

/** Both axes of windows over an image. @param shape N×C×H×W @throws ShapeError, ValueError when the windows do not fit */
export function pool2dGeometry(
  operation: string,
  shape: Shape,
  { size, stride = size, pad = 0, dilation = 1, round = "exact" }: Pool2dOptions,
): { rows: Axis; columns: Axis } {
  const [rows, columns] = (["rows", "columns"] as const).map((extent, i) => {
    const window = { stride: pair(stride)[i], dilation: pair(dilation)[i], pad: padding2d(pad)[i], round };
    return resolvePoolAxis(operation, extent, shape[2 + i], pair(size)[i], window);
  });
  return { rows, columns };
}

/** All windows over a signal. @param shape N×C×L @throws ShapeError, ValueError when they do not fit */
export function windows1d(operation: string, shape: Shape, options: Pool1dOptions): Windows {
  const columns = pool1dGeometry(operation, shape, options);
  return { shape, rows: oneRow, columns, outputs: [shape[0], shape[1], columns.output] };
}

/** All windows over an image. @param shape N×C×H×W @throws ShapeError, ValueError when they do not fit */
export function windows2d(operation: string, shape: Shape, options: Pool2dOptions): Windows {
  const { rows, columns } = pool2dGeometry(operation, shape, options);
  return { shape, rows, columns, outputs: [shape[0], shape[1], rows.output, columns.output] };
}

/** The windows over x, a signal. @throws ShapeError, ValueError */
export function windowsOver1d(operation: string, x: Tensor, options: Pool1dOptions): Windows {
  sameDType(operation, { x });
  expectRank(operation, "x", x, "N×C×L");
  return windows1d(operation, x.shape, options);
}

/** The windows over x, an image. @throws ShapeError, ValueError */
export function windowsOver2d(operation: string, x: Tensor, options: Pool2dOptions): Windows {
  sameDType(operation, { x });
  expectRank(operation, "x", x, "N×C×H×W");
  return windows2d(operation, x.shape, options);
}

/** Visits every input that a window sees: its flat position, and that of the window's output. */
export function forEachSeen(
  { shape, rows, columns }: Windows,
  visit: (xAt: number, yAt: number) => void,
): void {
  const [height, width] = [rows.input, columns.input];
  let yAt = 0;
  for (let map = 0; map < shape[0] * shape[1]; map++) {
    for (let i = 0; i < rows.output; i++) {
      for (let j = 0; j < columns.output; j++, yAt++) {
        for (let k = 0; k < rows.filter; k++) {
          const h = i * rows.stride + k * rows.dilation - rows.before;
          if (h < 0 || h >= height) continue;
          for (let l = 0; l < columns.filter; l++) {
            const v = j * columns.stride + l * columns.dilation - columns.before;
            if (v >= 0 && v < width) visit((map * height + h) * width + v, yAt);
          }
        }
      }
    }
  }
}
