/** One output of a correlation or convolution with all its arithmetic: the window, the filter, the products, the sum. */
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, type Tensor } from "../../array/tensor.js";
import { Figure } from "../figure/figure.js";
import { frame } from "../figure/frame.js";
import { showNumber } from "../figure/numbers.js";
import { numberGrid, type GridCell } from "../figure/number-grid.js";
import { fitText, INK, text, textWidth, wrapText } from "../figure/svg.js";

/** The output and the correlation or convolution whose arithmetic `slidingWindow` shows, and the names of its three arrays. */
export interface SlidingWindowOptions {
  /** The row and column of the output; [0, 0] unless given. */
  readonly at?: readonly [number, number];
  readonly stride?: number;
  /** Zeros added on every side. */
  readonly pad?: number;
  readonly bias?: number;
  /** Whether to compute a convolution: the filter is rotated by 180°, and is drawn so. False for a correlation. */
  readonly flip?: boolean;
  /** The names of the three arrays; x, w and y. In the gradient of the weights, dy slides over x and gives dw. */
  readonly names?: { readonly x?: string; readonly w?: string; readonly y?: string };
}

const MOST = 12;
const WINDOW = "#fff0dc";
const FILTER = "#e3eef8";
const PADDING = "#eef0f2";

/**
 * Shows how one output of a correlation (what Conv2d computes) is computed, or with `flip` one of a convolution. The title
 * and the sign between input and filter say which it is: ⋆ for a correlation, ∗ for a convolution.
 *
 *     slidingWindow(x, w, { at: [1, 2], pad: 1 })
 *
 * @param x  H×W, at most 12×12 with its padding; one row (W) is a signal
 * @param w  the filter, K×L, or L for a signal; with `flip` it is given as it is, and turned here
 * @throws ShapeError when the sizes do not fit or are too large to be read, ValueError for an output that is not there
 */
export function slidingWindow(x: Tensor, w: Tensor, options: SlidingWindowOptions = {}): Figure {
  const { at: [row, column] = [0, 0], stride = 1, pad = 0, bias = 0, flip = false, names = {} } = options;
  const signal = x.shape.length === 1;
  const [height, width] = planeOf("x", x);
  const [filterHeight, filterWidth] = planeOf("w", w);
  const padTop = signal ? 0 : pad;
  const [paddedHeight, paddedWidth] = [height + 2 * padTop, width + 2 * pad];
  if (paddedHeight > MOST || paddedWidth > MOST) {
    throw new ShapeError(
      `slidingWindow: the padded input is ${paddedHeight}×${paddedWidth}; at most ${MOST}×${MOST} can be read, so give a part of it.`,
    );
  }
  const outHeight = outputSize("height", height, filterHeight, stride, padTop);
  const outWidth = outputSize("width", width, filterWidth, stride, pad);
  if (!(row >= 0 && row < outHeight && column >= 0 && column < outWidth)) {
    throw new ValueError(
      `slidingWindow: output [${row}, ${column}] is not there; the output is ${outHeight}×${outWidth}, counted from 0.`,
    );
  }
  const values = flat(x);
  const weights = flip ? Array.from(flat(w)).reverse() : flat(w);
  const cell = Math.max(paddedHeight, paddedWidth) > 8 ? 28 : 34;
  const gap = 44;
  const columns = [paddedWidth, filterWidth, outWidth].map((count) => count * cell);
  // A heading may reach into the gap beside its column, which may be a single cell wide.
  const heading = (kind: string, name: string, column: number) =>
    fitText(name, columns[column] + gap - 4 - textWidth(`${kind} `, 12, true), 12, true);
  const called = {
    x: fitText(names.x ?? "x", 34, 12, true),
    w: heading("filter", `${names.w ?? "w"}${flip ? ", turned" : ""}`, 1),
    y: fitText(names.y ?? "y", 34, 12, true),
  };
  const read = (i: number, j: number) =>
    i >= 0 && i < height && j >= 0 && j < width ? values[i * width + j] : 0;
  const outputAt = (p: number, q: number) => {
    let sum = bias;
    for (let k = 0; k < filterHeight; k++) {
      for (let l = 0; l < filterWidth; l++) {
        sum += weights[k * filterWidth + l] * read(p * stride - padTop + k, q * stride - pad + l);
      }
    }
    return sum;
  };

  const nameAt = (p: number, q: number) => (signal ? `${called.y}[${q}]` : `${called.y}[${p}, ${q}]`);
  const arithmeticAt = (p: number, q: number) => {
    const terms: string[] = [];
    for (let k = 0; k < filterHeight; k++) {
      for (let l = 0; l < filterWidth; l++) {
        const value = read(p * stride - padTop + k, q * stride - pad + l);
        terms.push(`${bracket(weights[k * filterWidth + l])}·${bracket(value)}`);
      }
    }
    if (bias !== 0) terms.push(bracket(bias));
    return `${nameAt(p, q)} = ${terms.join(" + ")} = ${showNumber(outputAt(p, q))}`;
  };
  const result = outputAt(row, column);
  const name = nameAt(row, column);
  const arithmetic = arithmeticAt(row, column);
  const rule = (extent: number, filter: number, padding: number) =>
    `(${extent} + 2·${padding} − ${filter})/${stride} + 1 = ${outputSize("", extent, filter, stride, padding)}`;
  const sizes = signal
    ? `width ${rule(width, filterWidth, pad)}`
    : `height ${rule(height, filterHeight, pad)}, width ${rule(width, filterWidth, pad)}`;

  const grids = columns.reduce((sum, one) => sum + one, 0) + 2 * gap;
  const lineWidth = Math.max(grids, 360);
  const lines = wrapText(arithmetic, lineWidth, 13);
  // The same size as for any other output, so that the figures can be shown one after the other.
  const all = Array.from({ length: outHeight * outWidth }, (_, i) =>
    wrapText(arithmeticAt(Math.floor(i / outWidth), i % outWidth), lineWidth, 13),
  );
  const mostLines = Math.max(...all.map((one) => one.length));
  const tallest = Math.max(paddedHeight, filterHeight, outHeight) * cell;
  const svg = frame(
    {
      title: `One output of a ${flip ? "convolution" : "correlation"}: ${name}`,
      subtitle: `stride ${stride}, padding ${pad}; output size: ${sizes}`,
      width: Math.max(grids + 1, ...all.flat().map((line) => textWidth(line, 13))),
      height: 22 + tallest + 20 + 19 * mostLines,
      alt: arithmetic,
    },
    (left, top) => {
      const y = top + 22;
      const x1 = left + columns[0] + gap;
      const x2 = x1 + columns[1] + gap;
      const inside = (i: number, j: number) =>
        i >= row * stride &&
        i < row * stride + filterHeight &&
        j >= column * stride &&
        j < column * stride + filterWidth;
      const inputCell = (i: number, j: number): GridCell => {
        const padding = i < padTop || i >= padTop + height || j < pad || j >= pad + width;
        return {
          value: read(i - padTop, j - pad),
          fill: inside(i, j) ? WINDOW : padding ? PADDING : undefined,
          ink: padding ? INK.muted : INK.text,
          stroke: inside(i, j) ? INK.series[1] : undefined,
        };
      };
      const sign = { size: 18, anchor: "middle", fill: INK.muted } as const;
      return [
        text(left, top + 12, `input ${called.x}${pad > 0 ? ", padded" : ""}`, { bold: true }),
        text(x1, top + 12, `filter ${called.w}`, { bold: true }),
        text(x2, top + 12, `output ${called.y}`, { bold: true }),
        ...numberGrid(left, y, { rows: paddedHeight, columns: paddedWidth, cell, at: inputCell }),
        text(x1 - gap / 2, y + (filterHeight * cell) / 2 + 6, flip ? "∗" : "⋆", sign),
        ...numberGrid(x1, y, {
          rows: filterHeight,
          columns: filterWidth,
          cell,
          at: (k, l) => ({ value: weights[k * filterWidth + l], fill: FILTER, stroke: INK.series[0] }),
        }),
        text(x2 - gap / 2, y + (filterHeight * cell) / 2 + 6, "=", sign),
        ...numberGrid(x2, y, {
          rows: outHeight,
          columns: outWidth,
          cell,
          at: (p, q) =>
            p === row && q === column
              ? { value: result, fill: "#dff3ea", stroke: INK.series[2], bold: true }
              : { value: outputAt(p, q), ink: INK.muted },
        }),
        ...lines.map((line, i) => text(left, y + tallest + 28 + 19 * i, line, { size: 13 })),
      ];
    },
  );
  return new Figure({ alt: arithmetic, text: `${arithmetic}\noutput size: ${sizes}`, svg });
}

function planeOf(name: string, x: Tensor): [number, number] {
  if (x.shape.length === 1) return [1, x.shape[0]];
  if (x.shape.length === 2) return [x.shape[0], x.shape[1]];
  throw new ShapeError(
    `slidingWindow: ${name} is ${showShape(x.shape)}; give one plane, such as x.pick(0, 0) of an N×C×H×W tensor.`,
  );
}

function outputSize(axis: string, extent: number, filter: number, stride: number, pad: number): number {
  const size = (extent + 2 * pad - filter) / stride + 1;
  if (Number.isInteger(size) && size >= 1) return size;
  throw new ShapeError(
    `slidingWindow: ${axis} (${extent} + 2·${pad} − ${filter})/${stride} + 1 = ${showNumber(size)} is no size; ` +
      `change the padding or the stride.`,
  );
}

// A negative factor is written in brackets: 2·(−1).
const bracket = (value: number) => (value < 0 ? `(${showNumber(value)})` : showNumber(value));
