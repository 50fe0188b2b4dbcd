/** Blurs and resizes images: the pyramids of DeepDream and of optimised inputs are built with it. */
import { allocate, dtypeOf, flat, wrap, type Tensor } from "../array/tensor.js";

/**
 * Blurs every plane by a Gaussian, first the rows, then the columns; beyond the border the border's pixels are repeated.
 * @param x      …×H×W
 * @param sigma  the Gaussian's standard deviation in pixels; 0 changes nothing
 * @returns a new tensor of the same shape
 */
export function blurred(x: Tensor, sigma: number): Tensor {
  const values = flat(x).slice();
  if (sigma === 0) return wrap(values, x.shape);
  const [height, width] = x.shape.slice(-2);
  const reach = Math.ceil(3 * sigma);
  const taps = Float64Array.from({ length: 2 * reach + 1 }, (_, k) =>
    Math.exp(-((k - reach) ** 2) / (2 * sigma * sigma)),
  );
  const sum = taps.reduce((total, tap) => total + tap, 0);
  const along = (start: number, step: number, length: number, line: Float64Array): void => {
    for (let i = 0; i < length; i++) line[i] = values[start + i * step];
    for (let i = 0; i < length; i++) {
      let total = 0;
      for (let k = -reach; k <= reach; k++) {
        total += taps[k + reach] * line[Math.min(length - 1, Math.max(0, i + k))];
      }
      values[start + i * step] = total / sum;
    }
  };
  const [row, column] = [new Float64Array(width), new Float64Array(height)];
  for (let plane = 0; plane < values.length; plane += height * width) {
    for (let i = 0; i < height; i++) along(plane + i * width, 1, width, row);
    for (let j = 0; j < width; j++) along(plane + j, width, height, column);
  }
  return wrap(values, x.shape);
}

/**
 * Resizes every plane by bilinear interpolation. If it becomes smaller it is blurred first, which prevents aliasing.
 * @param x  …×H×W
 * @returns …×height×width
 */
export function resized(x: Tensor, height: number, width: number): Tensor {
  const [rows, columns] = x.shape.slice(-2);
  if (rows === height && columns === width) return wrap(flat(x).slice(), x.shape);
  const shrink = Math.max(rows / height, columns / width);
  const values = flat(shrink > 1 ? blurred(x, shrink / 2) : x);
  const planes = x.size / (rows * columns);
  const result = allocate(planes * height * width, dtypeOf(x));
  const vertical = between(rows, height);
  const horizontal = between(columns, width);
  for (let plane = 0; plane < planes; plane++) {
    for (let i = 0; i < height; i++) {
      const { at: top, next: bottom, part: v } = vertical[i];
      const [upper, lower] = [(plane * rows + top) * columns, (plane * rows + bottom) * columns];
      for (let j = 0; j < width; j++) {
        const { at: left, next: right, part: h } = horizontal[j];
        result[(plane * height + i) * width + j] =
          (1 - v) * ((1 - h) * values[upper + left] + h * values[upper + right]) +
          v * ((1 - h) * values[lower + left] + h * values[lower + right]);
      }
    }
  }
  return wrap(result, [...x.shape.slice(0, -2), height, width]);
}

/** For each new pixel, the two old pixels that it lies between and its position there; both sizes span the same picture. */
function between(from: number, to: number): { at: number; next: number; part: number }[] {
  return Array.from({ length: to }, (_, i) => {
    const place = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    const at = Math.floor(place);
    return { at, next: Math.min(from - 1, at + 1), part: place - at };
  });
}
