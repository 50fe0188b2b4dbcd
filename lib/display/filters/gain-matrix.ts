/**
 * A convolution as a matrix: y = G x, with x and y as vectors. Each weight occurs in many entries, along broken diagonals;
 * all other entries are zero. The transpose of the same matrix takes gradients back.
 */
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, wrap, type Tensor } from "../../array/tensor.js";
import { Figure } from "../figure/figure.js";
import { frame } from "../figure/frame.js";
import { showCount, showNumber, showOddities, showPlural, summarize } from "../figure/numbers.js";
import { numberGrid } from "../figure/number-grid.js";
import { cssColor, type Color } from "../figure/pixels.js";
import { box, INK, text } from "../figure/svg.js";

/** Zeros added on each side; a signal has only a left and a right side. */
export interface SidePadding {
  readonly top?: number;
  readonly bottom?: number;
  readonly left?: number;
  readonly right?: number;
}

/** The convolution whose matrix `gainMatrix` makes: its stride, padding and direction, and whether it is transposed. */
export interface GainMatrixOptions {
  readonly stride?: number;
  /** Zeros added on every side, or a number for each side; 0. */
  readonly pad?: number | SidePadding;
  /** Whether the filter is reversed: convolution in the sense of signal processing; false. */
  readonly flip?: boolean;
  /** Whether to draw the transpose, which maps gradients of y to gradients of x. */
  readonly transpose?: boolean;
}

const MOST = 64;

/**
 * The matrix G of a convolution with one channel, so that y = G x for every x.
 * @param w      the filter: K×L, or L for a signal
 * @param input  the size of x: [H, W], or [L]
 * @returns (outputs)×(inputs)
 * @throws ShapeError when the sizes do not fit
 */
export function gainMatrix(w: Tensor, input: readonly number[], options: GainMatrixOptions = {}): Tensor {
  const plan = planOf(w, input, options);
  const weights = flat(w);
  const matrix = new Float64Array(plan.outputs * plan.inputs);
  plan.tap.forEach((tap, i) => {
    if (tap >= 0) matrix[i] = weights[tap];
  });
  return wrap(matrix, [plan.outputs, plan.inputs]);
}

/**
 * Draws the matrix of a small convolution, with a colour for each shared weight.
 * @param w      the filter: K×L, or L for a signal
 * @param input  the size of x: [H, W], or [L]; at most 64 numbers
 * @throws ShapeError when the sizes do not fit or the matrix is too large to be read
 */
export function gainMatrixView(w: Tensor, input: readonly number[], options: GainMatrixOptions = {}): Figure {
  const { outputs, inputs, tap, filter } = planOf(w, input, options);
  if (inputs > MOST || outputs > MOST) {
    throw new ShapeError(
      `gainMatrixView: the matrix is ${outputs}×${inputs}; at most ${MOST}×${MOST} can be seen, so give a smaller input.`,
    );
  }
  const weights = flat(w);
  const colors = Array.from(weights, (_, i) => tapColor(Math.floor(i / filter[1]), i % filter[1], filter));
  const places = tap.reduce((sum, one) => sum + (one >= 0 ? 1 : 0), 0);
  const { transpose = false } = options;
  const [rows, columns] = transpose ? [inputs, outputs] : [outputs, inputs];
  const cell = Math.max(8, Math.min(30, Math.floor(560 / Math.max(rows, columns))));
  const size = showShape(input);
  const odd = showOddities(summarize(weights));
  const sentence =
    `A filter of ${showShape(w.shape)} on an input of ${size} is a ${rows}×${columns} matrix${transpose ? " (transposed)" : ""}: ` +
    `${showPlural(weights.length, "weight")} in ${showCount(places)} of its ${showCount(rows * columns)} places, zero in the others.${odd && ` The filter holds ${odd}.`}`;
  const filterCell = 30;
  const legendWidth = filter[1] * filterCell + 34;
  const height = Math.max(rows * cell, filter[0] * filterCell + 40) + 20;
  const svg = frame(
    {
      title: transpose ? "The way back: the transposed matrix" : "A convolution is a matrix",
      subtitle: sentence,
      width: columns * cell + legendWidth + 1,
      height,
      alt: sentence,
    },
    (left, top) => {
      const y = top + 20;
      const x = left + columns * cell + 34;
      return [
        text(left, top + 11, transpose ? "dx = Gᵀ dy" : "y = G x", { bold: true }),
        text(x, top + 11, "filter", { bold: true }),
        ...numberGrid(x, y, {
          rows: filter[0],
          columns: filter[1],
          cell: filterCell,
          at: (k, l) => ({
            value: weights[k * filter[1] + l],
            fill: colors[k * filter[1] + l],
          }),
        }),
        box(left, y, columns * cell + 1, rows * cell + 1, { fill: INK.wash }),
        ...numberGrid(left, y, {
          rows,
          columns,
          cell,
          digits: 2,
          at: (i, j) => {
            const which = transpose ? tap[j * inputs + i] : tap[i * inputs + j];
            return which < 0
              ? { fill: INK.wash }
              : { fill: colors[which], value: cell >= 16 ? weights[which] : undefined };
          },
        }),
      ];
    },
  );
  return new Figure({
    alt: sentence,
    text: `${sentence}\n${textMatrix(rows, columns, (i, j) => (transpose ? tap[j * inputs + i] : tap[i * inputs + j]), weights)}`,
    svg,
  });
}

interface Plan {
  readonly outputs: number;
  readonly inputs: number;
  /** For each entry of the matrix, row by row: the index of its weight, −1 for none. */
  readonly tap: Int32Array;
  readonly filter: readonly [number, number];
}

function planOf(
  w: Tensor,
  input: readonly number[],
  { stride = 1, pad = 0, flip = false }: GainMatrixOptions,
): Plan {
  if (w.shape.length !== input.length || input.length < 1 || input.length > 2) {
    throw new ShapeError(
      `gainMatrix: a ${showShape(w.shape)} filter and a ${showShape(input)} input; give both with two axes, or both with one.`,
    );
  }
  if (w.shape.includes(0) || input.includes(0)) {
    throw new ShapeError(
      `gainMatrix: a ${showShape(w.shape)} filter and a ${showShape(input)} input; both have one number or more.`,
    );
  }
  const sides = typeof pad === "number" ? { top: pad, bottom: pad, left: pad, right: pad } : pad;
  const { top = 0, bottom = 0, left = 0, right = 0 } = sides;
  const paddings = [top, bottom, left, right];
  if (
    !Number.isInteger(stride) ||
    stride < 1 ||
    paddings.some((zeros) => !Number.isInteger(zeros) || zeros < 0)
  ) {
    throw new ValueError(
      `gainMatrix: stride ${stride} and pad ${typeof pad === "number" ? pad : paddings.join(", ")}; ` +
        `a stride is 1 or more, padding 0 or more.`,
    );
  }
  const signal = input.length === 1;
  const [height, width] = signal ? [1, input[0]] : input;
  const [filterHeight, filterWidth] = signal ? [1, w.shape[0]] : w.shape;
  const sizeOf = (extent: number, filter: number, before: number, after: number) => {
    const size = (extent + before + after - filter) / stride + 1;
    if (Number.isInteger(size) && size >= 1) return size;
    const padding = before === after ? `2·${before}` : `${before} + ${after}`;
    throw new ShapeError(
      `gainMatrix: (${extent} + ${padding} − ${filter})/${stride} + 1 = ${showNumber(size)} is no size; change the padding or the stride.`,
    );
  };
  const outHeight = signal ? 1 : sizeOf(height, filterHeight, top, bottom);
  const outWidth = sizeOf(width, filterWidth, left, right);
  const taps = filterHeight * filterWidth;
  const [outputs, inputs] = [outHeight * outWidth, height * width];
  const tap = new Int32Array(outputs * inputs).fill(-1);
  for (let p = 0; p < outHeight; p++) {
    for (let q = 0; q < outWidth; q++) {
      for (let k = 0; k < filterHeight; k++) {
        for (let l = 0; l < filterWidth; l++) {
          const [i, j] = [signal ? 0 : p * stride - top + k, q * stride - left + l];
          if (i < 0 || i >= height || j < 0 || j >= width) continue;
          const which = k * filterWidth + l;
          tap[(p * outWidth + q) * inputs + i * width + j] = flip ? taps - 1 - which : which;
        }
      }
    }
  }
  return { outputs, inputs, tap, filter: [filterHeight, filterWidth] };
}

// Three of Okabe and Ito's colours that every eye can tell apart.
const HUES: readonly Color[] = [
  [0, 114, 178],
  [0, 158, 115],
  [230, 159, 0],
];

/** A light colour on which black numbers can be read: its hue shows the filter's column, its depth the filter's row. */
function tapColor(row: number, column: number, [rows, columns]: readonly [number, number]): string {
  const part = columns > 1 ? (2 * column) / (columns - 1) : 0;
  const [from, to] = part < 1 ? [HUES[0], HUES[1]] : [HUES[1], HUES[2]];
  const mix = part < 1 ? part : part - 1;
  const depth = 0.25 + 0.45 * (rows > 1 ? row / (rows - 1) : 0.5);
  const channel = (c: number) => Math.round(255 + depth * (from[c] * (1 - mix) + to[c] * mix - 255));
  return cssColor([channel(0), channel(1), channel(2)]);
}

function textMatrix(
  rows: number,
  columns: number,
  tapAt: (row: number, column: number) => number,
  weights: ArrayLike<number>,
): string {
  if (columns > 16 || rows > 24) return "";
  const cells = Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => (tapAt(i, j) < 0 ? "·" : showNumber(weights[tapAt(i, j)], 2))),
  );
  const width = Math.max(...cells.flat().map((cell) => cell.length));
  return cells.map((row) => row.map((cell) => cell.padStart(width)).join(" ")).join("\n");
}
