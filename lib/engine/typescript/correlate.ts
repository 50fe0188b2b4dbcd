/**
 * The three products of a convolution, one image and one group at a time, each in tiles of 4×4 sums that stay in registers.
 * There is no im2col: the image is copied once into a padded buffer, and a table gives the distance of each tap from a
 * window's first element, so that one loop handles any stride and dilation. Inside the loops every sum is a separate
 * variable: an array of sums, or destructuring, is five times slower.
 */

/** A window that slides over a padded image of several maps. */
export interface Window {
  /** Extents of the padded image. */
  readonly height: number;
  readonly width: number;
  /** For each tap, in the order of a filter's weights, its distance from the window's first element. */
  readonly taps: Int32Array;
  /** The distances between windows, and their numbers. */
  readonly rowStep: number;
  readonly columnStep: number;
  readonly rows: number;
  readonly columns: number;
}

/** One direction of a window: extents, strides and dilations in elements of the axis. */
export interface WindowAxis {
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
  readonly output: number;
}

/** Computes the layout of the padded image for `rows` × `columns` windows over `maps` maps. */
export function layWindow(maps: number, rows: WindowAxis, columns: WindowAxis): Window {
  const reach = (axis: WindowAxis): number =>
    (axis.output - 1) * axis.stride + (axis.filter - 1) * axis.dilation + 1;
  const [height, width] = [reach(rows), reach(columns)];
  const taps = new Int32Array(maps * rows.filter * columns.filter);
  let tap = 0;
  for (let map = 0; map < maps; map++) {
    for (let k = 0; k < rows.filter; k++) {
      for (let l = 0; l < columns.filter; l++) {
        taps[tap++] = (map * height + k * rows.dilation) * width + l * columns.dilation;
      }
    }
  }
  return {
    height,
    width,
    taps,
    rowStep: rows.stride * width,
    columnStep: columns.stride,
    rows: rows.output,
    columns: columns.output,
  };
}

/** A buffer for the padded image, all zeros; the last tile of a row may read up to three windows too far. */
export function padded(maps: number, window: Window): Float64Array {
  return new Float64Array(maps * window.height * window.width + 3 * window.columnStep);
}

/**
 * Copies maps into the padded buffer; the padding itself is not changed.
 * @param from    the start of the first map in `source`; maps of height × width follow one another
 * @param top     zeros above; negative when rows are left out instead
 * @param left    zeros to the left; likewise
 */
export function padInto(
  buffer: Float64Array,
  window: Window,
  source: Float64Array,
  from: number,
  [maps, height, width]: readonly [number, number, number],
  top: number,
  left: number,
): void {
  const firstRow = Math.max(0, -top);
  const lastRow = Math.min(height, window.height - top);
  const firstColumn = Math.max(0, -left);
  const lastColumn = Math.min(width, window.width - left);
  for (let map = 0; map < maps; map++) {
    for (let h = firstRow; h < lastRow; h++) {
      const read = from + (map * height + h) * width;
      const write = (map * window.height + h + top) * window.width + left;
      for (let v = firstColumn; v < lastColumn; v++) buffer[write + v] = source[read + v];
    }
  }
}

/**
 * Packs the rows of a matrix into panels of four: panel r/4 has, for each column, the four numbers of rows r to r + 3, with
 * zeros below the last row.
 * @param at  the index in `source` of the element in a row and a column
 */
export function panels(
  source: Float64Array,
  rows: number,
  columns: number,
  at: (row: number, column: number) => number,
): Float64Array {
  const result = new Float64Array(Math.ceil(rows / 4) * columns * 4);
  for (let row = 0; row < rows; row++) {
    const panel = (row >> 2) * columns * 4 + (row & 3);
    for (let column = 0; column < columns; column++) result[panel + column * 4] = source[at(row, column)];
  }
  return result;
}

/**
 * y = bias + weights ⋆ image.
 * @param weights  `filters` rows of `window.taps` weights, in panels
 * @param to       the start of this image's first map in `y`
 * @param bias     one number for each filter, from `firstBias` on, or undefined
 */
export function correlate(
  image: Float64Array,
  window: Window,
  weights: Float64Array,
  filters: number,
  bias: Float64Array | undefined,
  firstBias: number,
  y: Float64Array,
  to: number,
): void {
  const { taps, rows, columns, rowStep, columnStep: step } = window;
  const K = taps.length;
  const size = rows * columns;
  for (let f = 0; f < filters; f += 4) {
    const deep = Math.min(4, filters - f);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j += 4) {
        const start = i * rowStep + j * step;
        let w = f * K;
        let a0 = 0,
          a1 = 0,
          a2 = 0,
          a3 = 0,
          b0 = 0,
          b1 = 0,
          b2 = 0,
          b3 = 0;
        let c0 = 0,
          c1 = 0,
          c2 = 0,
          c3 = 0,
          d0 = 0,
          d1 = 0,
          d2 = 0,
          d3 = 0;
        for (let k = 0; k < K; k++, w += 4) {
          const at = start + taps[k];
          const x0 = image[at],
            x1 = image[at + step],
            x2 = image[at + 2 * step],
            x3 = image[at + 3 * step];
          const wa = weights[w],
            wb = weights[w + 1],
            wc = weights[w + 2],
            wd = weights[w + 3];
          a0 += wa * x0;
          a1 += wa * x1;
          a2 += wa * x2;
          a3 += wa * x3;
          b0 += wb * x0;
          b1 += wb * x1;
          b2 += wb * x2;
          b3 += wb * x3;
          c0 += wc * x0;
          c1 += wc * x1;
          c2 += wc * x2;
          c3 += wc * x3;
          d0 += wd * x0;
          d1 += wd * x1;
          d2 += wd * x2;
          d3 += wd * x3;
        }
        const o = to + f * size + i * columns + j;
        const wide = Math.min(4, columns - j);
        store(y, o, wide, bias ? bias[firstBias + f] : 0, a0, a1, a2, a3);
        if (deep > 1) store(y, o + size, wide, bias ? bias[firstBias + f + 1] : 0, b0, b1, b2, b3);
        if (deep > 2) store(y, o + 2 * size, wide, bias ? bias[firstBias + f + 2] : 0, c0, c1, c2, c3);
        if (deep > 3) store(y, o + 3 * size, wide, bias ? bias[firstBias + f + 3] : 0, d0, d1, d2, d3);
      }
    }
  }
}

function store(
  y: Float64Array,
  at: number,
  count: number,
  bias: number,
  s0: number,
  s1: number,
  s2: number,
  s3: number,
): void {
  y[at] += bias + s0;
  if (count > 1) y[at + 1] += bias + s1;
  if (count > 2) y[at + 2] += bias + s2;
  if (count > 3) y[at + 3] += bias + s3;
}

/**
 * dw += dy ⋆ image: in every window each weight is multiplied with the element that its tap reads.
 * @param dy  `filters` rows of rows·columns numbers, in panels
 * @param to  the start of the first filter's weights in `dw`
 */
export function correlateWeights(
  image: Float64Array,
  window: Window,
  dy: Float64Array,
  filters: number,
  dw: Float64Array,
  to: number,
): void {
  const { taps, rows, columns, rowStep, columnStep: step } = window;
  const K = taps.length;
  for (let f = 0; f < filters; f += 4) {
    const deep = Math.min(4, filters - f);
    for (let k = 0; k < K; k += 4) {
      // The last tile repeats the last tap; the sums of the repeats are not stored.
      const t0 = taps[k],
        t1 = taps[Math.min(k + 1, K - 1)];
      const t2 = taps[Math.min(k + 2, K - 1)],
        t3 = taps[Math.min(k + 3, K - 1)];
      let a0 = 0,
        a1 = 0,
        a2 = 0,
        a3 = 0,
        b0 = 0,
        b1 = 0,
        b2 = 0,
        b3 = 0;
      let c0 = 0,
        c1 = 0,
        c2 = 0,
        c3 = 0,
        d0 = 0,
        d1 = 0,
        d2 = 0,
        d3 = 0;
      let g = f * rows * columns;
      for (let i = 0; i < rows; i++) {
        let at = i * rowStep;
        for (let j = 0; j < columns; j++, at += step, g += 4) {
          const x0 = image[at + t0],
            x1 = image[at + t1],
            x2 = image[at + t2],
            x3 = image[at + t3];
          const ga = dy[g],
            gb = dy[g + 1],
            gc = dy[g + 2],
            gd = dy[g + 3];
          a0 += ga * x0;
          a1 += ga * x1;
          a2 += ga * x2;
          a3 += ga * x3;
          b0 += gb * x0;
          b1 += gb * x1;
          b2 += gb * x2;
          b3 += gb * x3;
          c0 += gc * x0;
          c1 += gc * x1;
          c2 += gc * x2;
          c3 += gc * x3;
          d0 += gd * x0;
          d1 += gd * x1;
          d2 += gd * x2;
          d3 += gd * x3;
        }
      }
      const o = to + f * K + k;
      const wide = Math.min(4, K - k);
      store(dw, o, wide, 0, a0, a1, a2, a3);
      if (deep > 1) store(dw, o + K, wide, 0, b0, b1, b2, b3);
      if (deep > 2) store(dw, o + 2 * K, wide, 0, c0, c1, c2, c3);
      if (deep > 3) store(dw, o + 3 * K, wide, 0, d0, d1, d2, d3);
    }
  }
}

/**
 * Adds every window's gradients to the elements of the padded image: for strides above 1, where the gradient is not itself a
 * correlation.
 * @param weights  `window.taps` rows of `filters` weights, in panels
 * @param from     the start of this image's first map in `dy`
 */
export function scatter(
  image: Float64Array,
  window: Window,
  weights: Float64Array,
  filters: number,
  dy: Float64Array,
  from: number,
): void {
  const { taps, rows, columns, rowStep, columnStep: step } = window;
  const K = taps.length;
  const size = rows * columns;
  for (let k = 0; k < K; k += 4) {
    const deep = Math.min(4, K - k);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let s0 = 0,
          s1 = 0,
          s2 = 0,
          s3 = 0;
        let w = k * filters;
        let g = from + i * columns + j;
        for (let f = 0; f < filters; f++, w += 4, g += size) {
          const gradient = dy[g];
          s0 += weights[w] * gradient;
          s1 += weights[w + 1] * gradient;
          s2 += weights[w + 2] * gradient;
          s3 += weights[w + 3] * gradient;
        }
        const at = i * rowStep + j * step;
        image[at + taps[k]] += s0;
        if (deep > 1) image[at + taps[k + 1]] += s1;
        if (deep > 2) image[at + taps[k + 2]] += s2;
        if (deep > 3) image[at + taps[k + 3]] += s3;
      }
    }
  }
}
