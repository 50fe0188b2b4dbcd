/**
 * Winograd's convolution: fewer multiplications for 3×3 and 5×5 filters at stride 1.
 *
 * A tile of 6×6 inputs holds everything that 4×4 outputs of a 3×3 filter need, or 2×2 outputs of a 5×5 filter.
 * Output polynomials of that degree are known from their values at six points, here 0, 1, −1, 2, −2 and ∞. So
 * bring inputs (Bᵀ·B) and filters (G·Gᵀ) to the points, multiply point by point, and come back (Aᵀ·A): 36
 * multiplications instead of 144 for 4×4 outputs of 3×3, or instead of 100 for 2×2 outputs of 5×5. Both sizes share
 * the points and so Bᵀ. The product at each of the 36 points is a matrix product over channels:
 * tiles × channels by channels × filters. S. Winograd, 1980; A. Lavin and S. Gray, 2016.
 *
 * The gradient with respect to the weights uses the same points the other way: dw = Gᵀ(Σ Bᵀ·x·B ⊙ A·dy·Aᵀ)G.
 *
 * Inside, the channels lie next to each other ("channels last"), in multiples of four (filters: of eight), and
 * point planes lie 64 bytes further apart than they need to: at a power of two all planes would fall into
 * the same few places of the first-level cache.
 */
import { floats, madd, transpose4 } from "./simd";

/** Bytes from one point's plane of rows × columns to the next point's. */
@inline
function planeBytes(rows: i32, columns: i32): usize {
  return floats(rows * columns) + 64;
}

@inline
function times(a: v128, factor: f32): v128 {
  return f32x4.mul(a, f32x4.splat(factor));
}

/** Bᵀ: six inputs, `step` bytes apart, to six points. */
@inline
function inputToPoints(from: usize, step: usize, to: usize, toStep: usize): void {
  const x0 = v128.load(from);
  const x1 = v128.load(from + step);
  const x2 = v128.load(from + 2 * step);
  const x3 = v128.load(from + 3 * step);
  const x4 = v128.load(from + 4 * step);
  const x5 = v128.load(from + 5 * step);
  const four = f32x4.splat(4);
  const minusFour = f32x4.splat(-4);
  const minusFive = f32x4.splat(-5);
  const two = f32x4.splat(2);
  const even = madd(x2, minusFour, x4); // x4 − 4·x2
  const odd = madd(x1, minusFour, x3); // x3 − 4·x1
  const evenTwo = f32x4.sub(x4, x2);
  const oddTwo = f32x4.mul(f32x4.sub(x3, x1), two);
  v128.store(to, madd(x0, four, madd(x2, minusFive, x4)));
  v128.store(to + toStep, f32x4.add(even, odd));
  v128.store(to + 2 * toStep, f32x4.sub(even, odd));
  v128.store(to + 3 * toStep, f32x4.add(evenTwo, oddTwo));
  v128.store(to + 4 * toStep, f32x4.sub(evenTwo, oddTwo));
  v128.store(to + 5 * toStep, madd(x1, four, madd(x3, minusFive, x5)));
}

/** Aᵀ: six points to the four outputs of a 3-filter, or the two of a 5-filter. */
@inline
function pointsToOutput(outputs: i32, from: usize, step: usize, to: usize, toStep: usize): void {
  const m0 = v128.load(from);
  const m1 = v128.load(from + step);
  const m2 = v128.load(from + 2 * step);
  const m3 = v128.load(from + 3 * step);
  const m4 = v128.load(from + 4 * step);
  const m5 = v128.load(from + 5 * step);
  const evenOne = f32x4.add(m1, m2);
  const oddOne = f32x4.sub(m1, m2);
  const evenTwo = f32x4.add(m3, m4);
  const oddTwo = f32x4.sub(m3, m4);
  v128.store(to, f32x4.add(f32x4.add(m0, evenOne), evenTwo));
  if (outputs == 2) {
    v128.store(to + toStep, f32x4.add(madd(oddTwo, f32x4.splat(2), oddOne), m5));
  } else {
    v128.store(to + toStep, madd(oddTwo, f32x4.splat(2), oddOne));
    v128.store(to + 2 * toStep, madd(evenTwo, f32x4.splat(4), evenOne));
    v128.store(to + 3 * toStep, f32x4.add(madd(oddTwo, f32x4.splat(8), oddOne), m5));
  }
}

/** A: the four (or two) upstream gradients of a tile to six points. */
@inline
function outputToPoints(outputs: i32, from: usize, step: usize, to: usize, toStep: usize): void {
  const two = f32x4.splat(2);
  const y0 = v128.load(from);
  const y1 = v128.load(from + step);
  if (outputs == 2) {
    v128.store(to, y0);
    v128.store(to + toStep, f32x4.add(y0, y1));
    v128.store(to + 2 * toStep, f32x4.sub(y0, y1));
    const oddTwo = f32x4.mul(y1, two);
    v128.store(to + 3 * toStep, f32x4.add(y0, oddTwo));
    v128.store(to + 4 * toStep, f32x4.sub(y0, oddTwo));
    v128.store(to + 5 * toStep, y1);
  } else {
    const four = f32x4.splat(4);
    const y2 = v128.load(from + 2 * step);
    const y3 = v128.load(from + 3 * step);
    const even = f32x4.add(y0, y2);
    const odd = f32x4.add(y1, y3);
    const evenTwo = madd(y2, four, y0);
    const oddTwo = f32x4.mul(madd(y3, four, y1), two);
    v128.store(to, y0);
    v128.store(to + toStep, f32x4.add(even, odd));
    v128.store(to + 2 * toStep, f32x4.sub(even, odd));
    v128.store(to + 3 * toStep, f32x4.add(evenTwo, oddTwo));
    v128.store(to + 4 * toStep, f32x4.sub(evenTwo, oddTwo));
    v128.store(to + 5 * toStep, y3);
  }
}

/** G: the three or five weights of a filter's row to six points. */
@inline
function filterToPoints(size: i32, from: usize, step: usize, to: usize, toStep: usize): void {
  const w0 = v128.load(from);
  const w1 = v128.load(from + step);
  const w2 = v128.load(from + 2 * step);
  let evenOne = f32x4.add(w0, w2);
  let oddOne = w1;
  let evenTwo = madd(w2, f32x4.splat(4), w0);
  let oddTwo = times(w1, 2);
  let last = w2;
  if (size == 5) {
    const w3 = v128.load(from + 3 * step);
    last = v128.load(from + 4 * step);
    evenOne = f32x4.add(evenOne, last);
    oddOne = f32x4.add(oddOne, w3);
    evenTwo = madd(last, f32x4.splat(16), evenTwo);
    oddTwo = madd(w3, f32x4.splat(8), oddTwo);
  }
  v128.store(to, times(w0, 0.25));
  v128.store(to + toStep, times(f32x4.add(evenOne, oddOne), -1.0 / 6));
  v128.store(to + 2 * toStep, times(f32x4.sub(evenOne, oddOne), -1.0 / 6));
  v128.store(to + 3 * toStep, times(f32x4.add(evenTwo, oddTwo), 1.0 / 24));
  v128.store(to + 4 * toStep, times(f32x4.sub(evenTwo, oddTwo), 1.0 / 24));
  v128.store(to + 5 * toStep, last);
}

/** Gᵀ: six points to the gradients of a filter row's three or five weights. */
@inline
function pointsToFilter(size: i32, from: usize, step: usize, to: usize, toStep: usize): void {
  const m0 = v128.load(from);
  const m1 = v128.load(from + step);
  const m2 = v128.load(from + 2 * step);
  const m3 = v128.load(from + 3 * step);
  const m4 = v128.load(from + 4 * step);
  const m5 = v128.load(from + 5 * step);
  const evenOne = times(f32x4.add(m1, m2), -1.0 / 6);
  const oddOne = times(f32x4.sub(m1, m2), -1.0 / 6);
  const evenTwo = times(f32x4.add(m3, m4), 1.0 / 24);
  const oddTwo = times(f32x4.sub(m3, m4), 1.0 / 12);
  v128.store(to, f32x4.add(madd(m0, f32x4.splat(0.25), evenOne), evenTwo));
  v128.store(to + toStep, f32x4.add(oddOne, oddTwo));
  const third = madd(evenTwo, f32x4.splat(4), evenOne);
  if (size == 3) {
    v128.store(to + 2 * toStep, f32x4.add(third, m5));
  } else {
    v128.store(to + 2 * toStep, third);
    v128.store(to + 3 * toStep, madd(oddTwo, f32x4.splat(4), oddOne));
    v128.store(to + 4 * toStep, f32x4.add(madd(evenTwo, f32x4.splat(16), evenOne), m5));
  }
}

/**
 * Filters at the points: U[36][maps][filters rounded up to 8], for the maps first … last−1.
 * @param filterBytes, mapBytes  from one filter's (map's) weights to the next one's
 * @param flip  1 to read each filter backwards
 */
export function winogradFilters(
  first: i32,
  last: i32,
  scratch: usize,
  size: i32,
  filters: i32,
  maps: i32,
  w: usize,
  filterBytes: i32,
  mapBytes: i32,
  flip: i32,
  u: usize,
): void {
  const filters8 = (filters + 7) & ~7;
  const plane = planeBytes(maps, filters8);
  const taps = size * size;
  const rows = scratch + <usize>(16 * taps);
  for (let c = first; c < last; c++) {
    for (let f = 0; f < filters8; f += 4) {
      for (let tap = 0; tap < taps; tap++) {
        const from = w + <usize>(f * filterBytes + c * mapBytes) + floats(flip ? taps - 1 - tap : tap);
        for (let lane = 0; lane < 4; lane++) {
          const value: f32 = f + lane < filters ? load<f32>(from + <usize>(lane * filterBytes)) : 0;
          store<f32>(scratch + floats(4 * tap + lane), value);
        }
      }
      const to = u + floats(c * filters8 + f);
      if (size == 3) {
        for (let j = 0; j < 3; j++) filterToPoints(3, scratch + <usize>(16 * j), 48, rows + <usize>(16 * j), 48);
        for (let i = 0; i < 6; i++) filterToPoints(3, rows + <usize>(48 * i), 16, to + plane * <usize>(6 * i), plane);
      } else {
        for (let j = 0; j < 5; j++) filterToPoints(5, scratch + <usize>(16 * j), 80, rows + <usize>(16 * j), 80);
        for (let i = 0; i < 6; i++) filterToPoints(5, rows + <usize>(80 * i), 16, to + plane * <usize>(6 * i), plane);
      }
    }
  }
}

/** dw of the filters 4·first … 4·last−1 from dU[36][maps][filters rounded up to 8]. */
export function winogradFilterGradient(
  first: i32,
  last: i32,
  scratch: usize,
  size: i32,
  filters: i32,
  maps: i32,
  du: usize,
  flip: i32,
  dw: usize,
): void {
  const filters8 = (filters + 7) & ~7;
  const plane = planeBytes(maps, filters8);
  const taps = size * size;
  const rows = scratch + <usize>(16 * taps);
  for (let f = 4 * first; f < min(filters, 4 * last); f += 4) {
    const high = min(4, filters - f);
    for (let c = 0; c < maps; c++) {
      const from = du + floats(c * filters8 + f);
      if (size == 3) {
        for (let j = 0; j < 6; j++) pointsToFilter(3, from + plane * <usize>j, 6 * plane, rows + <usize>(16 * j), 96);
        for (let i = 0; i < 3; i++) pointsToFilter(3, rows + <usize>(96 * i), 16, scratch + <usize>(48 * i), 16);
      } else {
        for (let j = 0; j < 6; j++) pointsToFilter(5, from + plane * <usize>j, 6 * plane, rows + <usize>(16 * j), 96);
        for (let i = 0; i < 5; i++) pointsToFilter(5, rows + <usize>(96 * i), 16, scratch + <usize>(80 * i), 16);
      }
      for (let lane = 0; lane < high; lane++) {
        const to = dw + floats(((f + lane) * maps + c) * taps);
        for (let tap = 0; tap < taps; tap++) {
          store<f32>(to + floats(flip ? taps - 1 - tap : tap), load<f32>(scratch + floats(4 * tap + lane)));
        }
      }
    }
  }
}

/**
 * Copies an image into a buffer with channels last, its padding around it; the padding stays as it is.
 * @param across  channels that a pixel of the buffer has room for
 */
@inline
function channelsLast(
  x: usize,
  maps: i32,
  height: i32,
  width: i32,
  above: i32,
  left: i32,
  rows: i32,
  columns: i32,
  across: i32,
  to: usize,
): void {
  const map = floats(height * width);
  const pixel = floats(across);
  const firstRow = max(0, -above);
  const lastRow = min(height, rows - above);
  const firstColumn = max(0, -left);
  const lastColumn = min(width, columns - left);
  for (let h = firstRow; h < lastRow; h++) {
    let v = firstColumn;
    for (; v + 4 <= lastColumn; v += 4) {
      let from = x + floats(h * width + v);
      let out = to + floats(((h + above) * columns + v + left) * across);
      for (let c = 0; c < maps; c += 4, from += 4 * map, out += 16) transpose4(from, map, out, pixel);
    }
    for (; v < lastColumn; v++) {
      let from = x + floats(h * width + v);
      const out = to + floats(((h + above) * columns + v + left) * across);
      for (let c = 0; c < maps; c++, from += map) store<f32>(out + floats(c), load<f32>(from));
    }
  }
}

/** The tiles of one channels-last image at the points: `step` pixels from tile to tile. */
@inline
function tilesToPoints(
  image: usize,
  across: i32,
  columns: i32,
  tileRows: i32,
  tileColumns: i32,
  step: i32,
  v: usize,
  plane: usize,
  scratch: usize,
): void {
  const pixel = floats(across);
  const row = pixel * <usize>columns;
  for (let i = 0; i < tileRows; i++) {
    for (let j = 0; j < tileColumns; j++, v += pixel) {
      const tile = image + row * <usize>(step * i) + pixel * <usize>(step * j);
      for (let c: usize = 0; c < pixel; c += 16) {
        for (let l = 0; l < 6; l++) inputToPoints(tile + c + pixel * <usize>l, row, scratch + <usize>(16 * l), 96);
        for (let k = 0; k < 6; k++) inputToPoints(scratch + <usize>(96 * k), 16, v + c + plane * <usize>(6 * k), plane);
      }
    }
  }
}

/**
 * C = A·B, or C += A·B: `rows` rows of A, `aRow` bytes apart, with steps `aStep` bytes apart; B and C have rows of
 * `columns` floats, a multiple of eight.
 */
@inline
function multiply(
  rows: i32,
  columns: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  c: usize,
  add: i32,
): void {
  const line = floats(columns);
  for (let j = 0; j < columns; j += 8) {
    for (let i = 0; i < rows; i += 4) {
      const more = min(4, rows - i) - 1;
      let a0 = a + aRow * <usize>i;
      let a1 = a0 + aRow * <usize>min(1, more);
      let a2 = a0 + aRow * <usize>min(2, more);
      let a3 = a0 + aRow * <usize>more;
      let from = b + floats(j);
      const end = from + line * <usize>depth;
      let c00 = f32x4.splat(0);
      let c01 = c00;
      let c10 = c00;
      let c11 = c00;
      let c20 = c00;
      let c21 = c00;
      let c30 = c00;
      let c31 = c00;
      do {
        const b0 = v128.load(from);
        const b1 = v128.load(from, 16);
        let t = v128.load_splat<f32>(a0);
        c00 = madd(t, b0, c00);
        c01 = madd(t, b1, c01);
        t = v128.load_splat<f32>(a1);
        c10 = madd(t, b0, c10);
        c11 = madd(t, b1, c11);
        t = v128.load_splat<f32>(a2);
        c20 = madd(t, b0, c20);
        c21 = madd(t, b1, c21);
        t = v128.load_splat<f32>(a3);
        c30 = madd(t, b0, c30);
        c31 = madd(t, b1, c31);
        a0 += aStep;
        a1 += aStep;
        a2 += aStep;
        a3 += aStep;
        from += line;
      } while (from < end);
      let to = c + line * <usize>i + floats(j);
      if (add) {
        c00 = f32x4.add(c00, v128.load(to));
        c01 = f32x4.add(c01, v128.load(to, 16));
      }
      v128.store(to, c00);
      v128.store(to, c01, 16);
      if (more < 1) continue;
      to += line;
      if (add) {
        c10 = f32x4.add(c10, v128.load(to));
        c11 = f32x4.add(c11, v128.load(to, 16));
      }
      v128.store(to, c10);
      v128.store(to, c11, 16);
      if (more < 2) continue;
      to += line;
      if (add) {
        c20 = f32x4.add(c20, v128.load(to));
        c21 = f32x4.add(c21, v128.load(to, 16));
      }
      v128.store(to, c20);
      v128.store(to, c21, 16);
      if (more < 3) continue;
      to += line;
      if (add) {
        c30 = f32x4.add(c30, v128.load(to));
        c31 = f32x4.add(c31, v128.load(to, 16));
      }
      v128.store(to, c30);
      v128.store(to, c31, 16);
    }
  }
}

/** One image's tiles from the points to its maps: y = Aᵀ·M·A + bias. */
@inline
function pointsToMaps(
  step: i32,
  m: usize,
  plane: usize,
  filters: i32,
  tileRows: i32,
  tileColumns: i32,
  rows: i32,
  columns: i32,
  bias: usize,
  y: usize,
  scratch: usize,
  staging: usize,
): void {
  const filters8 = (filters + 7) & ~7;
  const pixel = floats(filters8);
  const stagingRow = pixel * <usize>(step * tileColumns + 3); // room for a transpose that reads beyond the last pixel
  const map = floats(rows * columns);
  for (let i = 0; i < tileRows; i++) {
    for (let j = 0; j < tileColumns; j++, m += pixel) {
      for (let f: usize = 0; f < pixel; f += 16) {
        const to = staging + pixel * <usize>(step * j) + f;
        if (step == 4) {
          for (let k = 0; k < 6; k++) pointsToOutput(4, m + f + plane * <usize>(6 * k), plane, scratch + <usize>(64 * k), 16);
          for (let l = 0; l < 4; l++) pointsToOutput(4, scratch + <usize>(16 * l), 64, to + pixel * <usize>l, stagingRow);
        } else {
          for (let k = 0; k < 6; k++) pointsToOutput(2, m + f + plane * <usize>(6 * k), plane, scratch + <usize>(32 * k), 16);
          for (let l = 0; l < 2; l++) pointsToOutput(2, scratch + <usize>(16 * l), 32, to + pixel * <usize>l, stagingRow);
        }
      }
    }
    for (let r = 0; r < min(step, rows - step * i); r++) {
      const line = staging + stagingRow * <usize>r;
      for (let f = 0; f < filters; f += 4) {
        const high = min(4, filters - f);
        const shift = bias ? v128.load(bias + floats(f)) : f32x4.splat(0);
        let to = y + map * <usize>f + floats((step * i + r) * columns);
        for (let v = 0; v < columns; v += 4, to += 16) {
          const from = line + pixel * <usize>v + floats(f);
          const r0 = f32x4.add(v128.load(from), shift);
          const r1 = f32x4.add(v128.load(from + pixel), shift);
          const r2 = f32x4.add(v128.load(from + 2 * pixel), shift);
          const r3 = f32x4.add(v128.load(from + 3 * pixel), shift);
          const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
          const b = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
          const c = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
          const d = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
          const m0 = v128.shuffle<i64>(a, c, 0, 2);
          const m1 = v128.shuffle<i64>(a, c, 1, 3);
          const m2 = v128.shuffle<i64>(b, d, 0, 2);
          const m3 = v128.shuffle<i64>(b, d, 1, 3);
          if (v + 4 <= columns && high == 4) {
            v128.store(to, m0);
            v128.store(to + map, m1);
            v128.store(to + 2 * map, m2);
            v128.store(to + 3 * map, m3);
          } else {
            v128.store(scratch, m0);
            v128.store(scratch, m1, 16);
            v128.store(scratch, m2, 32);
            v128.store(scratch, m3, 48);
            for (let o = 0; o < high; o++) {
              for (let q = 0; q < min(4, columns - v); q++) {
                store<f32>(to + map * <usize>o + floats(q), load<f32>(scratch + floats(4 * o + q)));
              }
            }
          }
        }
      }
    }
  }
}

/** Floats in a part of scratch, a whole number of cache lines. */
@inline
function lines(count: i32): usize {
  return (floats(count) + 127) & ~63;
}

/**
 * y = bias + w ⋆ x for the blocks first … last−1 of `block` images each.
 * @param size     3 or 5: the filter's extent; a tile gives 6 − size + 1 outputs each way
 * @param u        what winogradFilters made of the weights
 * @param xImage, yImage  floats from one image to the next
 * @param scratch  winogradScratch(…) bytes
 */
export function winograd(
  first: i32,
  last: i32,
  scratch: usize,
  size: i32,
  block: i32,
  batch: i32,
  x: usize,
  xImage: i32,
  maps: i32,
  height: i32,
  width: i32,
  above: i32,
  left: i32,
  u: usize,
  bias: usize,
  filters: i32,
  rows: i32,
  columns: i32,
  y: usize,
  yImage: i32,
): void {
  const step = 7 - size;
  const tileRows = (rows + step - 1) / step;
  const tileColumns = (columns + step - 1) / step;
  const tiles = tileRows * tileColumns;
  const high = tileRows * step + size - 1;
  const wide = tileColumns * step + size - 1;
  const filters8 = (filters + 7) & ~7;
  const image = scratch + 1024;
  const v = image + lines(high * wide * maps);
  const m = v + 36 * planeBytes(block * tiles, maps);
  const staging = m + 36 * planeBytes(block * tiles, filters8);
  memory.fill(image, 0, floats(high * wide * maps));
  for (let b = first; b < last; b++) {
    const from = b * block;
    const count = min(block, batch - from);
    const planeV = planeBytes(count * tiles, maps);
    const planeM = planeBytes(count * tiles, filters8);
    for (let n = 0; n < count; n++) {
      channelsLast(x + floats((from + n) * xImage), maps, height, width, above, left, high, wide, maps, image);
      tilesToPoints(image, maps, wide, tileRows, tileColumns, step, v + floats(n * tiles * maps), planeV, scratch);
    }
    const planeU = planeBytes(maps, filters8);
    for (let p = 0; p < 36; p++) {
      multiply(count * tiles, filters8, maps, v + planeV * <usize>p, floats(maps), 4, u + planeU * <usize>p, m + planeM * <usize>p, 0);
    }
    for (let n = 0; n < count; n++) {
      const to = y + floats((from + n) * yImage);
      pointsToMaps(step, m + floats(n * tiles * filters8), planeM, filters, tileRows, tileColumns, rows, columns, bias, to, scratch, staging);
    }
  }
}

/** Bytes of scratch that winograd and winogradPoints need. */
export function winogradScratch(size: i32, block: i32, maps: i32, filters: i32, rows: i32, columns: i32): i32 {
  const step = 7 - size;
  const tileRows = (rows + step - 1) / step;
  const tileColumns = (columns + step - 1) / step;
  const tiles = tileRows * tileColumns;
  const pixels = (tileRows * step + size - 1) * (tileColumns * step + size - 1);
  const filters8 = (filters + 7) & ~7;
  const bytes: usize =
    1024 +
    lines(pixels * maps) +
    36 * planeBytes(block * tiles, maps) +
    36 * planeBytes(block * tiles, filters8) +
    lines(pixels * filters8) +
    lines(step * (step * tileColumns + 3) * filters8);
  return <i32>bytes;
}

/** Bytes from winogradPoints' v to its z, and from its z to its end. */
export function winogradPointBytes(tiles: i32, across: i32): i32 {
  const bytes: usize = 36 * planeBytes(tiles, across);
  return <i32>bytes;
}

/**
 * First half of dw: the images from+first … from+last−1 of a block at the points, x into v and dy into z.
 * @param count  images in the block
 */
export function winogradPoints(
  first: i32,
  last: i32,
  scratch: usize,
  size: i32,
  from: i32,
  count: i32,
  x: usize,
  xImage: i32,
  maps: i32,
  height: i32,
  width: i32,
  above: i32,
  left: i32,
  dy: usize,
  dyImage: i32,
  filters: i32,
  rows: i32,
  columns: i32,
  v: usize,
  z: usize,
): void {
  const step = 7 - size;
  const tileRows = (rows + step - 1) / step;
  const tileColumns = (columns + step - 1) / step;
  const tiles = tileRows * tileColumns;
  const high = tileRows * step + size - 1;
  const wide = tileColumns * step + size - 1;
  const filters8 = (filters + 7) & ~7;
  const planeV = planeBytes(count * tiles, maps);
  const planeZ = planeBytes(count * tiles, filters8);
  const image = scratch + 1024;
  const upstream = image + lines(high * wide * maps);
  const across = tileColumns * step;
  const pixel = floats(filters8);
  const row = pixel * <usize>across;
  memory.fill(image, 0, floats(high * wide * maps));
  memory.fill(upstream, 0, floats(tileRows * step * across * filters8));
  for (let n = first; n < last; n++) {
    channelsLast(x + floats((from + n) * xImage), maps, height, width, above, left, high, wide, maps, image);
    tilesToPoints(image, maps, wide, tileRows, tileColumns, step, v + floats(n * tiles * maps), planeV, scratch);
    channelsLast(dy + floats((from + n) * dyImage), filters, rows, columns, 0, 0, tileRows * step, across, filters8, upstream);
    let to = z + floats(n * tiles * filters8);
    for (let i = 0; i < tileRows; i++) {
      for (let j = 0; j < tileColumns; j++, to += pixel) {
        const tile = upstream + row * <usize>(step * i) + pixel * <usize>(step * j);
        for (let f: usize = 0; f < pixel; f += 16) {
          if (step == 4) {
            for (let l = 0; l < 4; l++) outputToPoints(4, tile + f + pixel * <usize>l, row, scratch + <usize>(16 * l), 64);
            for (let k = 0; k < 6; k++) outputToPoints(4, scratch + <usize>(64 * k), 16, to + f + planeZ * <usize>(6 * k), planeZ);
          } else {
            for (let l = 0; l < 2; l++) outputToPoints(2, tile + f + pixel * <usize>l, row, scratch + <usize>(16 * l), 32);
            for (let k = 0; k < 6; k++) outputToPoints(2, scratch + <usize>(32 * k), 16, to + f + planeZ * <usize>(6 * k), planeZ);
          }
        }
      }
    }
  }
}

/** Second half: dU (+)= vᵀ·z at the points first … last−1. @param add  0 for the first block, which begins the sum */
export function winogradSum(
  first: i32,
  last: i32,
  _scratch: usize,
  tiles: i32,
  maps: i32,
  filters: i32,
  v: usize,
  z: usize,
  add: i32,
  du: usize,
): void {
  const filters8 = (filters + 7) & ~7;
  for (let p = first; p < last; p++) {
    const to = du + planeBytes(maps, filters8) * <usize>p;
    multiply(maps, filters8, tiles, v + planeBytes(tiles, maps) * <usize>p, 4, floats(maps), z + planeBytes(tiles, filters8) * <usize>p, to, add);
  }
}
