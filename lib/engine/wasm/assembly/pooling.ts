/**
 * Pooling. Sums and averages are a plain loop over each window with a factor for its place. Max-pooling's everyday window, 2×2 in steps of 2, works on four outputs at a time and remembers in one byte which of its four elements won; any other window is a plain loop that remembers the winner's position.
 */
import { floats } from "./simd";

/** Maps first … last−1 of height × width, both even. @param winners  one byte an output: 2·row + column in the window */
export function pool2(
  first: i32,
  last: i32,
  _scratch: usize,
  height: i32,
  width: i32,
  x: usize,
  y: usize,
  winners: usize,
): void {
  const columns = width >> 1;
  const row = floats(width);
  for (let line = first * (height >> 1); line < last * (height >> 1); line++) {
    const top = x + row * <usize>(2 * line);
    const bottom = top + row;
    const out = line * columns;
    let j = 0;
    for (; columns >= 4 && j < columns; j += 4) {
      j = min(j, columns - 4); // the last four may overlap the four before: a branch per output would cost more
      const at = floats(2 * j);
      const t0 = v128.load(top + at);
      const t1 = v128.load(top + at, 16);
      const b0 = v128.load(bottom + at);
      const b1 = v128.load(bottom + at, 16);
      const w0 = v128.shuffle<f32>(t0, t1, 0, 2, 4, 6);
      const w1 = v128.shuffle<f32>(t0, t1, 1, 3, 5, 7);
      const w2 = v128.shuffle<f32>(b0, b1, 0, 2, 4, 6);
      const w3 = v128.shuffle<f32>(b0, b1, 1, 3, 5, 7);
      const sum = f32x4.add(f32x4.add(w0, w1), f32x4.add(w2, w3));
      if (v128.any_true(f32x4.ne(sum, sum))) break; // a NaN (or two infinities): the loop below knows what to do
      const upper = f32x4.pmax(w0, w1); // w0 < w1 ? w1 : w0
      const lower = f32x4.pmax(w2, w3);
      const fromBelow = f32x4.lt(upper, lower);
      // A comparison that holds is −1 in its lane.
      const inUpper = i32x4.neg(f32x4.lt(w0, w1));
      const inLower = i32x4.sub(i32x4.splat(2), f32x4.lt(w2, w3));
      const winner = v128.bitselect(inLower, inUpper, fromBelow);
      v128.store(y + floats(out + j), f32x4.pmax(upper, lower));
      const narrow = i16x8.narrow_i32x4_u(winner, winner);
      v128.store32_lane(winners + <usize>(out + j), i8x16.narrow_i16x8_u(narrow, narrow), 0);
    }
    for (; j < columns; j++) {
      let best: f32 = load<f32>(top + floats(2 * j));
      let winner = 0;
      for (let place = 1; place < 4; place++) {
        const value = load<f32>((place < 2 ? top : bottom) + floats(2 * j + (place & 1)));
        if (!(value <= best) && best == best) {
          best = value;
          winner = place;
        }
      }
      store<f32>(y + floats(out + j), best);
      store<u8>(winners + <usize>(out + j), <u8>winner);
    }
  }
}

/**
 * Passes dy back to the winners and zero to all others: every element of dx is written.
 * @param y  0; or the forward's outputs, which are of a ReLU: winners that are not positive get zero too
 */
export function pool2Back(
  first: i32,
  last: i32,
  _scratch: usize,
  height: i32,
  width: i32,
  winners: usize,
  dy: usize,
  dx: usize,
  y: usize,
): void {
  const zero = f32x4.splat(0);
  const columns = width >> 1;
  const row = floats(width);
  for (let line = first * (height >> 1); line < last * (height >> 1); line++) {
    const top = dx + row * <usize>(2 * line);
    const bottom = top + row;
    const out = line * columns;
    let j = 0;
    for (; columns >= 4 && j < columns; j += 4) {
      j = min(j, columns - 4); // the last four may overlap the four before: a branch per output would cost more
      const at = floats(2 * j);
      let gradient = v128.load(dy + floats(out + j));
      if (y) gradient = v128.and(gradient, f32x4.gt(v128.load(y + floats(out + j)), zero));
      const winner = i32x4.extend_low_i16x8_u(
        i16x8.extend_low_i8x16_u(v128.load32_zero(winners + <usize>(out + j))),
      );
      const g0 = v128.shuffle<f32>(gradient, gradient, 0, 0, 1, 1);
      const g1 = v128.shuffle<f32>(gradient, gradient, 2, 2, 3, 3);
      const w0 = v128.shuffle<f32>(winner, winner, 0, 0, 1, 1);
      const w1 = v128.shuffle<f32>(winner, winner, 2, 2, 3, 3);
      const upper = i32x4(0, 1, 0, 1);
      const lower = i32x4(2, 3, 2, 3);
      v128.store(top + at, v128.and(g0, i32x4.eq(w0, upper)));
      v128.store(top + at, v128.and(g1, i32x4.eq(w1, upper)), 16);
      v128.store(bottom + at, v128.and(g0, i32x4.eq(w0, lower)));
      v128.store(bottom + at, v128.and(g1, i32x4.eq(w1, lower)), 16);
    }
    for (; j < columns; j++) {
      let gradient = load<f32>(dy + floats(out + j));
      if (y && !(load<f32>(y + floats(out + j)) > 0)) gradient = 0;
      const winner = <i32>load<u8>(winners + <usize>(out + j));
      for (let place = 0; place < 4; place++) {
        store<f32>((place < 2 ? top : bottom) + floats(2 * j + (place & 1)), place == winner ? gradient : 0);
      }
    }
  }
}

/**
 * Maps first … last−1, any window.
 * @param winners  one i32 an output: the winner's position in its map
 */
export function pool(
  first: i32,
  last: i32,
  _scratch: usize,
  height: i32,
  width: i32,
  rows: i32,
  columns: i32,
  rowFilter: i32,
  columnFilter: i32,
  rowStride: i32,
  columnStride: i32,
  rowDilation: i32,
  columnDilation: i32,
  above: i32,
  left: i32,
  x: usize,
  y: usize,
  winners: usize,
): void {
  for (let map = first; map < last; map++) {
    const from = x + floats(map * height * width);
    let out = floats(map * rows * columns);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++, out += 4) {
        let winner = -1;
        let best: f32 = 0;
        for (let k = 0; k < rowFilter; k++) {
          const h = i * rowStride + k * rowDilation - above;
          if (h < 0 || h >= height) continue;
          for (let l = 0; l < columnFilter; l++) {
            const v = j * columnStride + l * columnDilation - left;
            if (v < 0 || v >= width) continue;
            const value = load<f32>(from + floats(h * width + v));
            if (winner < 0 || (!(value <= best) && best == best)) {
              best = value;
              winner = h * width + v;
            }
          }
        }
        store<f32>(y + out, best);
        store<i32>(winners + out, winner);
      }
    }
  }
}

/** Adds dy to the winners of maps first … last−1, whose dx is cleared before. @param y  as for pool2Back */
export function poolBack(
  first: i32,
  last: i32,
  _scratch: usize,
  size: i32,
  outputs: i32,
  winners: usize,
  dy: usize,
  dx: usize,
  y: usize,
): void {
  for (let map = first; map < last; map++) {
    const to = dx + floats(map * size);
    memory.fill(to, 0, floats(size));
    for (let o = map * outputs; o < (map + 1) * outputs; o++) {
      if (y && !(load<f32>(y + floats(o)) > 0)) continue;
      const at = to + floats(load<i32>(winners + floats(o)));
      store<f32>(at, load<f32>(at) + load<f32>(dy + floats(o)));
    }
  }
}

/**
 * Sums of the windows of maps first … last−1, in double, times the factor of the window's place: 1, or one over how
 * many pixels are averaged. With `norms`, the root of the sum of squares instead: Lp pooling with p = 2.
 * @param factors  rows × columns
 */
export function sumPool(
  first: i32,
  last: i32,
  _scratch: usize,
  height: i32,
  width: i32,
  rows: i32,
  columns: i32,
  rowFilter: i32,
  columnFilter: i32,
  rowStride: i32,
  columnStride: i32,
  rowDilation: i32,
  columnDilation: i32,
  above: i32,
  left: i32,
  norms: bool,
  factors: usize,
  x: usize,
  y: usize,
): void {
  for (let map = first; map < last; map++) {
    const from = x + floats(map * height * width);
    let out = floats(map * rows * columns);
    let factor = factors;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++, out += 4, factor += 4) {
        let sum: f64 = 0;
        for (let k = 0; k < rowFilter; k++) {
          const h = i * rowStride + k * rowDilation - above;
          if (h < 0 || h >= height) continue;
          for (let l = 0; l < columnFilter; l++) {
            const v = j * columnStride + l * columnDilation - left;
            if (v < 0 || v >= width) continue;
            const value = <f64>load<f32>(from + floats(h * width + v));
            sum += norms ? value * value : value;
          }
        }
        store<f32>(y + out, <f32>((norms ? sqrt(sum) : sum) * <f64>load<f32>(factor)));
      }
    }
  }
}

/** Adds dy times its factor to all pixels that its window sees; dx of maps first … last−1 is cleared before. */
export function sumPoolBack(
  first: i32,
  last: i32,
  _scratch: usize,
  height: i32,
  width: i32,
  rows: i32,
  columns: i32,
  rowFilter: i32,
  columnFilter: i32,
  rowStride: i32,
  columnStride: i32,
  rowDilation: i32,
  columnDilation: i32,
  above: i32,
  left: i32,
  factors: usize,
  dy: usize,
  dx: usize,
): void {
  for (let map = first; map < last; map++) {
    const to = dx + floats(map * height * width);
    memory.fill(to, 0, floats(height * width));
    let out = dy + floats(map * rows * columns);
    let factor = factors;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++, out += 4, factor += 4) {
        const gradient = load<f32>(out) * load<f32>(factor);
        for (let k = 0; k < rowFilter; k++) {
          const h = i * rowStride + k * rowDilation - above;
          if (h < 0 || h >= height) continue;
          for (let l = 0; l < columnFilter; l++) {
            const v = j * columnStride + l * columnDilation - left;
            if (v < 0 || v >= width) continue;
            const at = to + floats(h * width + v);
            store<f32>(at, load<f32>(at) + gradient);
          }
        }
      }
    }
  }
}
