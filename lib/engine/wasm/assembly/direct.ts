/**
 * Convolution without im2col. An image is copied once into a buffer with its padding; a table says how many bytes
 * each tap lies from a window's first element; and a tile of 4 filters × 8 neighbouring outputs stays in
 * registers while a loop runs down the table. At a column stride s the copy deals the columns out into s runs
 * (those whose number leaves 0 when divided by s, those that leave 1, …), so that neighbouring outputs still read
 * neighbouring floats, and any stride and dilation is the same loop.
 */
import { floats, lanes, madd, transpose4 } from "./simd";

/**
 * Where the maps of an image go in the padded buffer. One row there is `stride` runs of `run` floats; column v of
 * the padded image is number v / stride in run v % stride.
 */
@inline
function padImage(
  x: usize,
  maps: i32,
  height: i32,
  width: i32,
  above: i32,
  left: i32,
  rows: i32,
  run: i32,
  stride: i32,
  to: usize,
): void {
  const firstRow = max(0, -above);
  const lastRow = min(height, rows - above);
  const firstColumn = max(0, -left);
  const lastColumn = min(width, run * stride - left);
  const line = floats(run * stride);
  for (let map = 0; map < maps; map++) {
    for (let h = firstRow; h < lastRow; h++) {
      const from = x + floats((map * height + h) * width);
      const row = to + line * <usize>(map * rows + h + above);
      if (stride == 1) {
        let v = firstColumn;
        for (; v + 4 <= lastColumn; v += 4) v128.store(row + floats(v + left), v128.load(from + floats(v)));
        for (; v < lastColumn; v++) store<f32>(row + floats(v + left), load<f32>(from + floats(v)));
      } else {
        for (let v = firstColumn; v < lastColumn; v++) {
          const column = v + left;
          store<f32>(row + floats((column % stride) * run + column / stride), load<f32>(from + floats(v)));
        }
      }
    }
  }
}

/**
 * Weights in panels of four rows: for each tap the four rows' weights, zeros below the last row.
 * @param table  for each tap the bytes between a row's first weight and this one
 */
export function packWeights(rows: i32, taps: i32, w: usize, rowBytes: i32, table: usize, to: usize): void {
  for (let row = 0; row < rows; row += 4) {
    const high = min(4, rows - row);
    for (let k = 0; k < taps; k++) {
      const from = w + <usize>(row * rowBytes + load<i32>(table + floats(k)));
      for (let r = 0; r < 4; r++, to += 4) store<f32>(to, r < high ? load<f32>(from + <usize>(r * rowBytes)) : 0);
    }
  }
}

/**
 * y = max(bias + w ⋆ x, least) for the images first … last−1 of one group.
 * @param xImage, yImage  floats from one image to the next
 * @param rowStep   floats in the padded buffer from one output row to the next
 * @param padded    floats in the padded buffer
 * @param yRow, yColumn, yMap  floats from one output to the next below, to its right, in the next filter
 * @param scratch   the padded buffer and an edge tile
 * @param least     −∞, or 0 for the ReLU of y
 */
export function direct(
  first: i32,
  last: i32,
  scratch: usize,
  x: usize,
  xImage: i32,
  maps: i32,
  height: i32,
  width: i32,
  above: i32,
  left: i32,
  paddedRows: i32,
  run: i32,
  stride: i32,
  padded: i32,
  table: usize,
  taps: i32,
  weights: usize,
  bias: usize,
  filters: i32,
  rows: i32,
  columns: i32,
  rowStep: i32,
  y: usize,
  yImage: i32,
  yMap: i32,
  yRow: i32,
  yColumn: i32,
  least: f32,
): void {
  const floor = f32x4.splat(least);
  const edge = scratch;
  const image = scratch + 128;
  const end = table + floats(taps);
  const map = floats(yMap);
  memory.fill(image, 0, floats(padded));
  for (let n = first; n < last; n++) {
    padImage(x + floats(n * xImage), maps, height, width, above, left, paddedRows, run, stride, image);
    for (let f = 0; f < filters; f += 4) {
      const high = min(4, filters - f);
      const panel = weights + floats(f * taps);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j += 8) {
          const window = image + floats(i * rowStep + j);
          let at = table;
          let w = panel;
          let c00 = f32x4.splat(0);
          let c01 = c00;
          let c10 = c00;
          let c11 = c00;
          let c20 = c00;
          let c21 = c00;
          let c30 = c00;
          let c31 = c00;
          do {
            const from = window + <usize>load<u32>(at);
            const b0 = v128.load(from);
            const b1 = v128.load(from, 16);
            let t = v128.load_splat<f32>(w);
            c00 = madd(t, b0, c00);
            c01 = madd(t, b1, c01);
            t = v128.load_splat<f32>(w, 4);
            c10 = madd(t, b0, c10);
            c11 = madd(t, b1, c11);
            t = v128.load_splat<f32>(w, 8);
            c20 = madd(t, b0, c20);
            c21 = madd(t, b1, c21);
            t = v128.load_splat<f32>(w, 12);
            c30 = madd(t, b0, c30);
            c31 = madd(t, b1, c31);
            w += 16;
            at += 4;
          } while (at < end);
          if (bias) {
            const from = bias + floats(f);
            let t = v128.load_splat<f32>(from);
            c00 = f32x4.add(c00, t);
            c01 = f32x4.add(c01, t);
            t = v128.load_splat<f32>(from, 4);
            c10 = f32x4.add(c10, t);
            c11 = f32x4.add(c11, t);
            t = v128.load_splat<f32>(from, 8);
            c20 = f32x4.add(c20, t);
            c21 = f32x4.add(c21, t);
            t = v128.load_splat<f32>(from, 12);
            c30 = f32x4.add(c30, t);
            c31 = f32x4.add(c31, t);
          }
          c00 = f32x4.pmax(c00, floor);
          c01 = f32x4.pmax(c01, floor);
          c10 = f32x4.pmax(c10, floor);
          c11 = f32x4.pmax(c11, floor);
          c20 = f32x4.pmax(c20, floor);
          c21 = f32x4.pmax(c21, floor);
          c30 = f32x4.pmax(c30, floor);
          c31 = f32x4.pmax(c31, floor);
          let to = y + floats(n * yImage + f * yMap + i * yRow + j * yColumn);
          if (high == 4 && yColumn == 1 && j + 8 <= columns) {
            v128.store(to, c00);
            v128.store(to, c01, 16);
            to += map;
            v128.store(to, c10);
            v128.store(to, c11, 16);
            to += map;
            v128.store(to, c20);
            v128.store(to, c21, 16);
            to += map;
            v128.store(to, c30);
            v128.store(to, c31, 16);
          } else {
            v128.store(edge, c00);
            v128.store(edge, c01, 16);
            v128.store(edge, c10, 32);
            v128.store(edge, c11, 48);
            v128.store(edge, c20, 64);
            v128.store(edge, c21, 80);
            v128.store(edge, c30, 96);
            v128.store(edge, c31, 112);
            const wide = min(8, columns - j);
            for (let r = 0; r < high; r++, to += map) {
              let q = 0;
              if (yColumn == 1 && wide >= 4) {
                v128.store(to, v128.load(edge + floats(8 * r)));
                q = 4;
              }
              for (; q < wide; q++) store<f32>(to + floats(q * yColumn), load<f32>(edge + floats(8 * r + q)));
            }
          }
        }
      }
    }
  }
}

/** One image's dy in panels of eight filters: for each place the eight filters' numbers, zeros beyond the last. */
@inline
function packUpstream(dy: usize, filters: i32, size: i32, to: usize): void {
  const map = floats(size);
  for (let f = 0; f < filters; f += 8) {
    const from = dy + map * <usize>f;
    let p = 0;
    if (f + 8 <= filters) {
      for (; p + 4 <= size; p += 4, to += 128) {
        transpose4(from + floats(p), map, to, 32);
        transpose4(from + 4 * map + floats(p), map, to + 16, 32);
      }
    }
    const wide = min(8, filters - f);
    for (; p < size; p++) {
      for (let q = 0; q < 8; q++, to += 4) store<f32>(to, q < wide ? load<f32>(from + map * <usize>q + floats(p)) : 0);
    }
  }
}

/**
 * dw of one group, in parts: part p sums over the images p·batch/parts … (p+1)·batch/parts − 1 into sums[p], which is
 * taps × filters rounded up to eight. The parts, not the threads, fix the order of the sums.
 */
export function directWeights(
  first: i32,
  last: i32,
  scratch: usize,
  batch: i32,
  parts: i32,
  x: usize,
  xImage: i32,
  maps: i32,
  height: i32,
  width: i32,
  above: i32,
  left: i32,
  paddedRows: i32,
  run: i32,
  stride: i32,
  padded: i32,
  table: usize,
  taps: i32,
  filters: i32,
  rows: i32,
  columns: i32,
  rowStep: i32,
  dy: usize,
  dyImage: i32,
  sums: usize,
): void {
  const image = scratch;
  const upstream = scratch + floats(padded);
  const size = rows * columns;
  const filters8 = (filters + 7) & ~7;
  const sumRow = floats(filters8);
  const line = floats(columns) << 3;
  const step = floats(rowStep);
  memory.fill(image, 0, floats(padded));
  for (let part = first; part < last; part++) {
    const total = sums + sumRow * <usize>(part * taps);
    memory.fill(total, 0, sumRow * <usize>taps);
    for (let n = (part * batch) / parts; n < ((part + 1) * batch) / parts; n++) {
      padImage(x + floats(n * xImage), maps, height, width, above, left, paddedRows, run, stride, image);
      packUpstream(dy + floats(n * dyImage), filters, size, upstream);
      for (let f = 0; f < filters; f += 8) {
        for (let k = 0; k < taps; k += 4) {
          const more = min(4, taps - k) - 1;
          const at = table + floats(k);
          // A last tile with fewer taps repeats its last one; what is summed for the repeats is not kept.
          let x0 = image + <usize>load<u32>(at);
          let x1 = image + <usize>load<u32>(at + floats(min(1, more)));
          let x2 = image + <usize>load<u32>(at + floats(min(2, more)));
          let x3 = image + <usize>load<u32>(at + floats(more));
          let c00 = f32x4.splat(0);
          let c01 = c00;
          let c10 = c00;
          let c11 = c00;
          let c20 = c00;
          let c21 = c00;
          let c30 = c00;
          let c31 = c00;
          let d = upstream + floats(f * size);
          for (let i = 0; i < rows; i++) {
            const end = d + line;
            let v: usize = 0;
            do {
              const b0 = v128.load(d);
              const b1 = v128.load(d, 16);
              let t = v128.load_splat<f32>(x0 + v);
              c00 = madd(t, b0, c00);
              c01 = madd(t, b1, c01);
              t = v128.load_splat<f32>(x1 + v);
              c10 = madd(t, b0, c10);
              c11 = madd(t, b1, c11);
              t = v128.load_splat<f32>(x2 + v);
              c20 = madd(t, b0, c20);
              c21 = madd(t, b1, c21);
              t = v128.load_splat<f32>(x3 + v);
              c30 = madd(t, b0, c30);
              c31 = madd(t, b1, c31);
              v += 4;
              d += 32;
            } while (d < end);
            x0 += step;
            x1 += step;
            x2 += step;
            x3 += step;
          }
          let to = total + sumRow * <usize>k + floats(f);
          v128.store(to, f32x4.add(v128.load(to), c00));
          v128.store(to, f32x4.add(v128.load(to, 16), c01), 16);
          if (more < 1) continue;
          to += sumRow;
          v128.store(to, f32x4.add(v128.load(to), c10));
          v128.store(to, f32x4.add(v128.load(to, 16), c11), 16);
          if (more < 2) continue;
          to += sumRow;
          v128.store(to, f32x4.add(v128.load(to), c20));
          v128.store(to, f32x4.add(v128.load(to, 16), c21), 16);
          if (more < 3) continue;
          to += sumRow;
          v128.store(to, f32x4.add(v128.load(to), c30));
          v128.store(to, f32x4.add(v128.load(to, 16), c31), 16);
        }
      }
    }
  }
}

/** dw of the filters first … last−1: the sum of the parts, each tap where `places` (bytes in a filter) says. */
export function gatherWeights(
  first: i32,
  last: i32,
  _scratch: usize,
  parts: i32,
  taps: i32,
  filters: i32,
  sums: usize,
  places: usize,
  dw: usize,
): void {
  const filters8 = (filters + 7) & ~7;
  const part = floats(taps * filters8);
  for (let f = first; f < last; f++) {
    for (let k = 0; k < taps; k++) {
      let from = sums + floats(k * filters8 + f);
      let sum: f32 = 0;
      for (let p = 0; p < parts; p++, from += part) sum += load<f32>(from);
      store<f32>(dw + floats(f * taps) + <usize>load<u32>(places + floats(k)), sum);
    }
  }
}

/** Sums of the rows first … last−1 of dy, each one map of one image. */
export function mapSums(first: i32, last: i32, _scratch: usize, size: i32, dy: usize, sums: usize): void {
  for (let row = first; row < last; row++) {
    let from = dy + floats(row * size);
    let a = f32x4.splat(0);
    let b = a;
    let i = 0;
    for (; i + 8 <= size; i += 8, from += 32) {
      a = f32x4.add(a, v128.load(from));
      b = f32x4.add(b, v128.load(from, 16));
    }
    let total = <f64>lanes(f32x4.add(a, b));
    for (; i < size; i++, from += 4) total += <f64>load<f32>(from);
    store<f64>(sums + ((<usize>row) << 3), total);
  }
}

/** db of the filters first … last−1: the sum of their maps' sums over the images. */
export function biasGradient(
  first: i32,
  last: i32,
  _scratch: usize,
  batch: i32,
  filters: i32,
  sums: usize,
  db: usize,
): void {
  for (let f = first; f < last; f++) {
    let total: f64 = 0;
    for (let n = 0; n < batch; n++) total += load<f64>(sums + (<usize>(n * filters + f) << 3));
    store<f32>(db + floats(f), <f32>total);
  }
}
