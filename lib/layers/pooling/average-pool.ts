/**
 * Average pooling over signals and images: the mean match in a window, where max-pooling takes the best match. Lecture C.
 */
import { ValueError } from "../../array/errors.js";
import { flat, sizeOf, type DType, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { upstream } from "../upstream.js";
import { emptyWindow, type Axis } from "../window.js";
import { ImagePooling, SignalPooling, type PoolingOptions } from "./pooling.js";
import { forEachSeen, windowsOver1d, windowsOver2d } from "./windows.js";
import type { Pool1dOptions, Pool2dOptions, Windows } from "./windows.js";

export const derivation = String.raw`
### Average pooling

Window $o$ sees the inputs $R_o$: those of its pixels (or samples) that lie inside the input. $m_o$ is how many it counts.

$$y_o = \frac1{m_o}\sum_{u\in R_o} x_u \tag{1}$$

Usually $m_o = \lvert R_o\rvert$: the mean of what is there. With ${"`countPadding`"} the padding counts as zeros, and $m_o$ is the number of the window's
pixels that lie on the input or its padding; averages at the border are then smaller.

**Backward.** By (1) each input a window sees has the slope $1/m_o$; where windows overlap, an input collects from all that see it:

$$dx_u = \sum_{o:\;u\in R_o} \frac{dy_o}{m_o} \tag{2}$$

Max-pooling gives the whole gradient to the winner; here all share it equally.
`;

/** The means of windows over a signal, equation (1). @param x N×C×L @returns y: N×C×L', and the cache for backward */
export function averagePool1dForward(
  x: Tensor,
  options: AveragePool1dOptions,
): { y: Tensor; cache: AveragePoolCache } {
  return forward("averagePool1d", x, windowsOver1d("averagePool1d", x, options), options.countPadding);
}

/** The means of windows over an image, equation (1). @param x N×C×H×W @returns y: N×C×H'×W', and the cache for backward */
export function averagePool2dForward(
  x: Tensor,
  options: AveragePool2dOptions,
): { y: Tensor; cache: AveragePoolCache } {
  return forward("averagePool2d", x, windowsOver2d("averagePool2d", x, options), options.countPadding);
}

/**
 * The gradient of `averagePool1dForward`, equation (2).
 * @param dy  N×C×L', the upstream gradient
 */
export function averagePool1dBackward(dy: Tensor, cache: AveragePoolCache): { dx: Tensor } {
  return backward("averagePool1dBackward", dy, cache);
}

/**
 * The gradient of `averagePool2dForward`, equation (2).
 * @param dy  N×C×H'×W', the upstream gradient
 */
export function averagePool2dBackward(dy: Tensor, cache: AveragePoolCache): { dx: Tensor } {
  return backward("averagePool2dBackward", dy, cache);
}

function forward(
  operation: string,
  x: Tensor,
  windows: Windows,
  countPadding = false,
): { y: Tensor; cache: AveragePoolCache } {
  const X = flat(x);
  const counts = new Float64Array(sizeOf(windows.outputs));
  const Y = new Float64Array(counts.length);
  forEachSeen(windows, (xAt, yAt) => {
    Y[yAt] += X[xAt]; // (1)
    counts[yAt]++;
  });
  if (countPadding) countWithPadding(windows, counts);
  for (let o = 0; o < Y.length; o++) {
    if (counts[o] === 0) throw new ValueError(emptyWindow(operation, `${o}`));
    Y[o] /= counts[o]; // (1)
  }
  return { y: rounded(Y, windows.outputs, x.dtype), cache: { windows, counts, dtype: x.dtype } };
}

function backward(
  operation: string,
  dy: Tensor,
  { windows, counts, dtype }: AveragePoolCache,
): { dx: Tensor } {
  const dY = upstream(operation, dy, windows.outputs, dtype);
  const dX = new Float64Array(sizeOf(windows.shape));
  forEachSeen(windows, (xAt, yAt) => {
    dX[xAt] += dY[yAt] / counts[yAt]; // (2)
  });
  return { dx: rounded(dX, windows.shape, dtype) };
}

/**
 * m of every position, for one map.
 * @throws ValueError when a window lies wholly on padding
 */
export function averageCounts(operation: string, windows: Windows, countPadding = false): Float64Array {
  const { rows, columns } = windows;
  const counts = new Float64Array(rows.output * columns.output);
  const one = { ...windows, shape: [1, 1, rows.input, columns.input] };
  forEachSeen(one, (_, yAt) => {
    counts[yAt]++;
  });
  if (countPadding === true) countWithPadding(windows, counts);
  const empty = counts.indexOf(0);
  if (empty >= 0) throw new ValueError(emptyWindow(operation, `${empty}`));
  return counts;
}

/** m where padding counts: the taps of a window that do not overhang the padding's end, as in PyTorch. */
function countWithPadding({ rows, columns }: Windows, counts: Float64Array): void {
  const taps = (axis: Axis, output: number): number => {
    const first = output * axis.stride - axis.before;
    const room = axis.input + axis.after - 1 - first;
    return Math.min(axis.filter, Math.floor(room / axis.dilation) + 1);
  };
  for (let o = 0; o < counts.length; o++) {
    const j = o % columns.output;
    const i = Math.floor(o / columns.output) % rows.output;
    counts[o] = taps(rows, i) * taps(columns, j);
  }
}

/** The mean of every window of a signal: N×C×L → N×C×L'. No parameters (lecture C). */
export class AveragePool1d extends SignalPooling<AveragePool1dOptions, AveragePoolCache> {
  static readonly derivation: string = derivation;

  constructor(options: AveragePool1dLayerOptions) {
    super(options, averagePool1dForward, averagePool1dBackward);
  }
}

/**
 * The mean of every window of an image: N×C×H×W → N×C×H'×W'. It is the mean match in a window, where max-pooling takes the
 * best match. No parameters (lecture C).
 */
export class AveragePool2d extends ImagePooling<AveragePool2dOptions, AveragePoolCache> {
  static readonly derivation: string = derivation;

  constructor(options: AveragePool2dLayerOptions) {
    super(options, averagePool2dForward, averagePool2dBackward);
  }
}

/** The windows of `averagePool1dForward`, and whether padding counts in their means. */
export interface AveragePool1dOptions extends Pool1dOptions {
  /** Whether padding counts as zeros (PyTorch's default) instead of not at all (ONNX's); false. */
  countPadding?: boolean;
}

/** The windows of `averagePool2dForward`, and whether padding counts in their means. */
export interface AveragePool2dOptions extends Pool2dOptions {
  /** Whether padding counts as zeros (PyTorch's default) instead of not at all (ONNX's); false. */
  countPadding?: boolean;
}

/** What an AveragePool1d is made of. */
export type AveragePool1dLayerOptions = PoolingOptions<AveragePool1dOptions, AveragePoolCache>;

/** What an AveragePool2d is made of. */
export type AveragePool2dLayerOptions = PoolingOptions<AveragePool2dOptions, AveragePoolCache>;

/** What `averagePool1dForward` and `averagePool2dForward` keep for their backwards. */
export interface AveragePoolCache {
  readonly windows: Windows;
  /** m of every output. */
  readonly counts: Float64Array;
  readonly dtype: DType;
}
