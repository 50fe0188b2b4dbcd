/**
 * Winograd's convolution: fewer multiplications for 3×3 and 5×5 filters at stride 1.
 *
 * A row of 4 outputs of a filter of 3 (or 5) taps is a product of polynomials, and such a product is known from its
 * values at 6 (or 8) points: here 0, 1, −1, 2, −2, (½, −½,) ∞. So bring a tile of inputs (Bᵀ·B) and the filters
 * (G·Gᵀ) to the points, multiply point by point, and come back (Aᵀ·A): 36 multiplications instead of 144 for 4×4
 * outputs of 3×3, 64 instead of 400 for 4×4 outputs of 5×5. The product at each point is a matrix product over
 * channels: tiles × channels by channels × filters. S. Winograd, 1980; A. Lavin and S. Gray, 2016. The points cost
 * accuracy, the more of them and the further from ±1 the more: with these, float32 comes out within some 1e-6 of
 * the sums' size (measured in the tests), against 4e-7 for plain sums.
 *
 * The gradient with respect to the weights uses the same points the other way: dw = Gᵀ(Σ Bᵀ·x·B ⊙ A·dy·Aᵀ)G.
 *
 * Inside, the channels lie next to each other ("channels last"), rounded up to four (filters: to eight), and
 * point planes lie 64 bytes further apart than they need to: at a power of two all planes would fall into
 * the same few places of the first-level cache.
 */
import { floats, madd, transpose4 } from "./simd";

/** Bytes from one point's plane of rows × columns to the next point's. */
@inline
function planeBytes(rows: i32, columns: i32): usize {
  return floats(rows * columns) + 64;
}

/** Rounded up to a whole number of vectors, or of a product's columns. */
@inline
function fours(count: i32): i32 {
  return (count + 3) & ~3;
}

@inline
function eights(count: i32): i32 {
  return (count + 7) & ~7;
}

/** Points of a tile: (size + 3)². */
@inline
function pointsOf(size: i32): i32 {
  return (size + 3) * (size + 3);
}

/** Tiles along an axis: each gives four outputs. */
@inline
function tilesIn(outputs: i32): i32 {
  return (outputs + 3) >> 2;
}

@inline
function times(a: v128, factor: f32): v128 {
  return f32x4.mul(a, f32x4.splat(factor));
}

/** Bᵀ: the inputs of a tile's row or column, `step` bytes apart, to its points. */
@inline
function inputToPoints(size: i32, from: usize, step: usize, to: usize, toStep: usize): void {
  const x0 = v128.load(from);
  const x1 = v128.load(from + step);
  const x2 = v128.load(from + 2 * step);
  const x3 = v128.load(from + 3 * step);
  const x4 = v128.load(from + 4 * step);
  const x5 = v128.load(from + 5 * step);
  if (size == 3) {
    const even = madd(x2, f32x4.splat(-4), x4);
    const odd = madd(x1, f32x4.splat(-4), x3);
    const evenTwo = f32x4.sub(x4, x2);
    const oddTwo = times(f32x4.sub(x3, x1), 2);
    v128.store(to, madd(x0, f32x4.splat(4), madd(x2, f32x4.splat(-5), x4)));
    v128.store(to + toStep, f32x4.add(even, odd));
    v128.store(to + 2 * toStep, f32x4.sub(even, odd));
    v128.store(to + 3 * toStep, f32x4.add(evenTwo, oddTwo));
    v128.store(to + 4 * toStep, f32x4.sub(evenTwo, oddTwo));
    v128.store(to + 5 * toStep, madd(x1, f32x4.splat(4), madd(x3, f32x4.splat(-5), x5)));
  } else {
    const x6 = v128.load(from + 6 * step);
    const x7 = v128.load(from + 7 * step);
    v128.store(to, madd(f32x4.sub(x4, x2), f32x4.splat(5.25), f32x4.sub(x0, x6)));
    let even = madd(x4, f32x4.splat(-4.25), f32x4.add(x2, x6));
    let odd = madd(x3, f32x4.splat(-4.25), f32x4.add(x1, x5));
    v128.store(to + toStep, f32x4.add(even, odd));
    v128.store(to + 2 * toStep, f32x4.sub(even, odd));
    even = madd(x2, f32x4.splat(0.25), madd(x4, f32x4.splat(-1.25), x6));
    odd = madd(x1, f32x4.splat(0.5), madd(x3, f32x4.splat(-2.5), f32x4.add(x5, x5)));
    v128.store(to + 3 * toStep, f32x4.add(even, odd));
    v128.store(to + 4 * toStep, f32x4.sub(even, odd));
    even = madd(x2, f32x4.splat(4), madd(x4, f32x4.splat(-5), x6));
    odd = madd(x5, f32x4.splat(0.5), madd(x3, f32x4.splat(-2.5), f32x4.add(x1, x1)));
    v128.store(to + 5 * toStep, f32x4.add(even, odd));
    v128.store(to + 6 * toStep, f32x4.sub(even, odd));
    v128.store(to + 7 * toStep, madd(f32x4.sub(x3, x5), f32x4.splat(5.25), f32x4.sub(x7, x1)));
  }
}

/** Aᵀ: a row or column of points to its four outputs. */
@inline
function pointsToOutput(size: i32, from: usize, step: usize, to: usize, toStep: usize): void {
  const m0 = v128.load(from);
  const m1 = v128.load(from + step);
  const m2 = v128.load(from + 2 * step);
  const m3 = v128.load(from + 3 * step);
  const m4 = v128.load(from + 4 * step);
  const m5 = v128.load(from + 5 * step);
  const even = f32x4.add(m1, m2);
  const odd = f32x4.sub(m1, m2);
  const evenTwo = f32x4.add(m3, m4);
  const oddTwo = f32x4.sub(m3, m4);
  let y0 = f32x4.add(f32x4.add(m0, even), evenTwo);
  let y1 = madd(oddTwo, f32x4.splat(2), odd);
  let y2 = madd(evenTwo, f32x4.splat(4), even);
  let y3 = madd(oddTwo, f32x4.splat(8), odd);
  if (size == 3) {
    y3 = f32x4.add(y3, m5);
  } else {
    const m6 = v128.load(from + 6 * step);
    const evenHalf = f32x4.add(m5, m6);
    const oddHalf = f32x4.sub(m5, m6);
    y0 = f32x4.add(y0, evenHalf);
    y1 = madd(oddHalf, f32x4.splat(0.5), y1);
    y2 = madd(evenHalf, f32x4.splat(0.25), y2);
    y3 = madd(oddHalf, f32x4.splat(0.125), f32x4.add(y3, v128.load(from + 7 * step)));
  }
  v128.store(to, y0);
  v128.store(to + toStep, y1);
  v128.store(to + 2 * toStep, y2);
  v128.store(to + 3 * toStep, y3);
}

/** A: a row or column of four upstream gradients to its points. */
@inline
function outputToPoints(size: i32, from: usize, step: usize, to: usize, toStep: usize): void {
  const y0 = v128.load(from);
  const y1 = v128.load(from + step);
  const y2 = v128.load(from + 2 * step);
  const y3 = v128.load(from + 3 * step);
  let even = f32x4.add(y0, y2);
  let odd = f32x4.add(y1, y3);
  v128.store(to, y0);
  v128.store(to + toStep, f32x4.add(even, odd));
  v128.store(to + 2 * toStep, f32x4.sub(even, odd));
  even = madd(y2, f32x4.splat(4), y0);
  odd = times(madd(y3, f32x4.splat(4), y1), 2);
  v128.store(to + 3 * toStep, f32x4.add(even, odd));
  v128.store(to + 4 * toStep, f32x4.sub(even, odd));
  if (size == 3) {
    v128.store(to + 5 * toStep, y3);
  } else {
    even = madd(y2, f32x4.splat(0.25), y0);
    odd = times(madd(y3, f32x4.splat(0.25), y1), 0.5);
    v128.store(to + 5 * toStep, f32x4.add(even, odd));
    v128.store(to + 6 * toStep, f32x4.sub(even, odd));
    v128.store(to + 7 * toStep, y3);
  }
}

/** G: a row or column of a filter to its points. */
@inline
function filterToPoints(size: i32, from: usize, step: usize, to: usize, toStep: usize): void {
  const w0 = v128.load(from);
  const w1 = v128.load(from + step);
  const w2 = v128.load(from + 2 * step);
  if (size == 3) {
    let even = f32x4.add(w0, w2);
    v128.store(to, times(w0, 0.25));
    v128.store(to + toStep, times(f32x4.add(even, w1), -1.0 / 6));
    v128.store(to + 2 * toStep, times(f32x4.sub(even, w1), -1.0 / 6));
    even = madd(w2, f32x4.splat(4), w0);
    const odd = times(w1, 2);
    v128.store(to + 3 * toStep, times(f32x4.add(even, odd), 1.0 / 24));
    v128.store(to + 4 * toStep, times(f32x4.sub(even, odd), 1.0 / 24));
    v128.store(to + 5 * toStep, w2);
  } else {
    const w3 = v128.load(from + 3 * step);
    const w4 = v128.load(from + 4 * step);
    let even = f32x4.add(f32x4.add(w0, w2), w4);
    let odd = f32x4.add(w1, w3);
    v128.store(to, w0);
    v128.store(to + toStep, times(f32x4.add(even, odd), -2.0 / 9));
    v128.store(to + 2 * toStep, times(f32x4.sub(even, odd), -2.0 / 9));
    even = madd(w4, f32x4.splat(16), madd(w2, f32x4.splat(4), w0));
    odd = times(madd(w3, f32x4.splat(4), w1), 2);
    v128.store(to + 3 * toStep, times(f32x4.add(even, odd), 1.0 / 90));
    v128.store(to + 4 * toStep, times(f32x4.sub(even, odd), 1.0 / 90));
    even = madd(w4, f32x4.splat(0.0625), madd(w2, f32x4.splat(0.25), w0));
    odd = times(madd(w3, f32x4.splat(0.25), w1), 0.5);
    v128.store(to + 5 * toStep, times(f32x4.add(even, odd), 32.0 / 45));
    v128.store(to + 6 * toStep, times(f32x4.sub(even, odd), 32.0 / 45));
    v128.store(to + 7 * toStep, w4);
  }
}

/** Gᵀ: a row or column of points to the gradients of the filter's weights. */
@inline
function pointsToFilter(size: i32, from: usize, step: usize, to: usize, toStep: usize): void {
  const m0 = v128.load(from);
  const m1 = v128.load(from + step);
  const m2 = v128.load(from + 2 * step);
  const m3 = v128.load(from + 3 * step);
  const m4 = v128.load(from + 4 * step);
  const m5 = v128.load(from + 5 * step);
  if (size == 3) {
    const even = times(f32x4.add(m1, m2), -1.0 / 6);
    const odd = times(f32x4.sub(m1, m2), -1.0 / 6);
    const evenTwo = times(f32x4.add(m3, m4), 1.0 / 24);
    const oddTwo = times(f32x4.sub(m3, m4), 1.0 / 12);
    v128.store(to, f32x4.add(madd(m0, f32x4.splat(0.25), even), evenTwo));
    v128.store(to + toStep, f32x4.add(odd, oddTwo));
    v128.store(to + 2 * toStep, f32x4.add(madd(evenTwo, f32x4.splat(4), even), m5));
  } else {
    const m6 = v128.load(from + 6 * step);
    const even = times(f32x4.add(m1, m2), -2.0 / 9);
    const odd = times(f32x4.sub(m1, m2), -2.0 / 9);
    const evenTwo = times(f32x4.add(m3, m4), 1.0 / 90);
    const oddTwo = times(f32x4.sub(m3, m4), 1.0 / 90);
    const evenHalf = times(f32x4.add(m5, m6), 32.0 / 45);
    const oddHalf = times(f32x4.sub(m5, m6), 32.0 / 45);
    v128.store(to, f32x4.add(f32x4.add(m0, even), f32x4.add(evenTwo, evenHalf)));
    v128.store(to + toStep, madd(oddTwo, f32x4.splat(2), madd(oddHalf, f32x4.splat(0.5), odd)));
    v128.store(to + 2 * toStep, madd(evenTwo, f32x4.splat(4), madd(evenHalf, f32x4.splat(0.25), even)));
    v128.store(to + 3 * toStep, madd(oddTwo, f32x4.splat(8), madd(oddHalf, f32x4.splat(0.125), odd)));
    const rest = f32x4.add(even, v128.load(from + 7 * step));
    v128.store(to + 4 * toStep, madd(evenTwo, f32x4.splat(16), madd(evenHalf, f32x4.splat(0.0625), rest)));
  }
}

/** A square through one of the transforms: first its columns into `rows`, then those rows to their place. */
@inline
function square(size: i32, kind: i32, from: usize, down: usize, across: usize, rows: usize, to: usize, toDown: usize, toAcross: usize): void {
  const points = size + 3;
  const inputs = kind == FILTER ? size : kind == UPSTREAM ? 4 : points;
  const outputs = kind == OUTPUT ? 4 : kind == WEIGHTS ? size : points;
  const line = <usize>(16 * inputs);
  for (let j = 0; j < inputs; j++) one(size, kind, from + across * <usize>j, down, rows + <usize>(16 * j), line);
  for (let i = 0; i < outputs; i++) one(size, kind, rows + line * <usize>i, 16, to + toDown * <usize>i, toAcross);
}

const INPUT = 0;
const OUTPUT = 1;
const UPSTREAM = 2;
const FILTER = 3;
const WEIGHTS = 4;

@inline
function one(size: i32, kind: i32, from: usize, step: usize, to: usize, toStep: usize): void {
  if (kind == INPUT) inputToPoints(size, from, step, to, toStep);
  if (kind == OUTPUT) pointsToOutput(size, from, step, to, toStep);
  if (kind == UPSTREAM) outputToPoints(size, from, step, to, toStep);
  if (kind == FILTER) filterToPoints(size, from, step, to, toStep);
  if (kind == WEIGHTS) pointsToFilter(size, from, step, to, toStep);
}

/**
 * Filters at the points: U[points][maps][filters rounded up to 8], for the maps first … last−1.
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
  const plane = planeBytes(maps, eights(filters));
  const taps = size * size;
  const rows = scratch + <usize>(16 * taps);
  const line = <usize>(16 * size);
  const down = plane * <usize>(size + 3);
  for (let c = first; c < last; c++) {
    for (let f = 0; f < eights(filters); f += 4) {
      for (let tap = 0; tap < taps; tap++) {
        const from = w + <usize>(f * filterBytes + c * mapBytes) + floats(flip ? taps - 1 - tap : tap);
        for (let lane = 0; lane < 4; lane++) {
          const value: f32 = f + lane < filters ? load<f32>(from + <usize>(lane * filterBytes)) : 0;
          store<f32>(scratch + floats(4 * tap + lane), value);
        }
      }
      const to = u + floats(c * eights(filters) + f);
      if (size == 3) square(3, FILTER, scratch, line, 16, rows, to, down, plane);
      else square(5, FILTER, scratch, line, 16, rows, to, down, plane);
    }
  }
}

/** dw of the filters 4·first … 4·last−1 from dU[points][maps][filters rounded up to 8]. */
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
  const plane = planeBytes(maps, eights(filters));
  const taps = size * size;
  const rows = scratch + <usize>(16 * taps);
  const line = <usize>(16 * size);
  const down = plane * <usize>(size + 3);
  for (let f = 4 * first; f < min(filters, 4 * last); f += 4) {
    const high = min(4, filters - f);
    for (let c = 0; c < maps; c++) {
      const from = du + floats(c * eights(filters) + f);
      if (size == 3) square(3, WEIGHTS, from, down, plane, rows, scratch, line, 16);
      else square(5, WEIGHTS, from, down, plane, rows, scratch, line, 16);
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
 * Copies an image into a buffer with channels last, its padding around it; the padding stays as it is. Channels
 * beyond the last, up to a multiple of four, repeat it; nothing that is kept is made of them.
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
  for (let c = 0; c < maps; c += 4) {
    const more = min(4, maps - c) - 1;
    const x0 = x + map * <usize>c;
    const x1 = x0 + map * <usize>min(1, more);
    const x2 = x0 + map * <usize>min(2, more);
    const x3 = x0 + map * <usize>more;
    for (let h = firstRow; h < lastRow; h++) {
      const from = floats(h * width);
      const row = to + pixel * <usize>((h + above) * columns + left) + floats(c);
      let v = firstColumn;
      for (; v + 4 <= lastColumn; v += 4) {
        const at = from + floats(v);
        const out = row + pixel * <usize>v;
        const r0 = v128.load(x0 + at);
        const r1 = v128.load(x1 + at);
        const r2 = v128.load(x2 + at);
        const r3 = v128.load(x3 + at);
        const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
        const b = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
        const d = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
        const e = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
        v128.store(out, v128.shuffle<i64>(a, d, 0, 2));
        v128.store(out + pixel, v128.shuffle<i64>(a, d, 1, 3));
        v128.store(out + 2 * pixel, v128.shuffle<i64>(b, e, 0, 2));
        v128.store(out + 3 * pixel, v128.shuffle<i64>(b, e, 1, 3));
      }
      for (; v < lastColumn; v++) {
        const at = from + floats(v);
        const out = row + pixel * <usize>v;
        v128.store(out, f32x4(load<f32>(x0 + at), load<f32>(x1 + at), load<f32>(x2 + at), load<f32>(x3 + at)));
      }
    }
  }
}

/** The tiles of one channels-last image (or of its upstream gradients) at the points. */
@inline
function tilesToPoints(
  size: i32,
  kind: i32,
  image: usize,
  across: i32,
  columns: i32,
  tileRows: i32,
  tileColumns: i32,
  to: usize,
  plane: usize,
  scratch: usize,
): void {
  const pixel = floats(across);
  const row = pixel * <usize>columns;
  const down = plane * <usize>(size + 3);
  for (let i = 0; i < tileRows; i++) {
    for (let j = 0; j < tileColumns; j++, to += pixel) {
      const tile = image + row * <usize>(4 * i) + pixel * <usize>(4 * j);
      for (let c: usize = 0; c < pixel; c += 16) square(size, kind, tile + c, row, pixel, scratch, to + c, down, plane);
    }
  }
}

/**
 * C = A·B, or C += A·B: `rows` rows of A, `aRow` bytes apart, with steps `aStep` bytes apart; B and C have rows of
 * `columns` floats, a multiple of eight.
 */
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
  size: i32,
  m: usize,
  plane: usize,
  filters: i32,
  rows: i32,
  columns: i32,
  bias: usize,
  y: usize,
  scratch: usize,
  staging: usize,
): void {
  const tileColumns = tilesIn(columns);
  const pixel = floats(eights(filters));
  const line = pixel * <usize>(4 * tileColumns);
  const map = floats(rows * columns);
  const down = plane * <usize>(size + 3);
  for (let i = 0; i < rows; i += 4) {
    for (let j = 0; j < tileColumns; j++, m += pixel) {
      const to = staging + pixel * <usize>(4 * j);
      for (let f: usize = 0; f < pixel; f += 16) square(size, OUTPUT, m + f, down, plane, scratch, to + f, line, pixel);
    }
    for (let r = 0; r < min(4, rows - i); r++) {
      for (let f = 0; f < filters; f += 4) {
        const high = min(4, filters - f);
        const shift = bias ? v128.load(bias + floats(f)) : f32x4.splat(0);
        let from = staging + line * <usize>r + floats(f);
        let to = y + map * <usize>f + floats((i + r) * columns);
        for (let v = 0; v < columns; v += 4, to += 16, from += 4 * pixel) {
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

/** Scratch begins with room for a square on its way through the transforms. */
const SQUARE: usize = 1024;

/**
 * y = bias + w ⋆ x for the blocks first … last−1 of `block` images each.
 * @param size     3 or 5: the filter's extent
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
  const tileRows = tilesIn(rows);
  const tileColumns = tilesIn(columns);
  const tiles = tileRows * tileColumns;
  const high = 4 * tileRows + size - 1;
  const wide = 4 * tileColumns + size - 1;
  const across = fours(maps);
  const filters8 = eights(filters);
  const points = pointsOf(size);
  const image = scratch + SQUARE;
  const v = image + lines(high * wide * across);
  const m = v + planeBytes(block * tiles, across) * <usize>points;
  const staging = m + planeBytes(block * tiles, filters8) * <usize>points;
  const planeU = planeBytes(maps, filters8);
  memory.fill(image, 0, floats(high * wide * across));
  for (let b = first; b < last; b++) {
    const from = b * block;
    const count = min(block, batch - from);
    const planeV = planeBytes(count * tiles, across);
    const planeM = planeBytes(count * tiles, filters8);
    for (let n = 0; n < count; n++) {
      channelsLast(x + floats((from + n) * xImage), maps, height, width, above, left, high, wide, across, image);
      const to = v + floats(n * tiles * across);
      if (size == 3) tilesToPoints(3, INPUT, image, across, wide, tileRows, tileColumns, to, planeV, scratch);
      else tilesToPoints(5, INPUT, image, across, wide, tileRows, tileColumns, to, planeV, scratch);
    }
    for (let p = 0; p < points; p++) {
      const a = v + planeV * <usize>p;
      multiply(count * tiles, filters8, maps, a, floats(across), 4, u + planeU * <usize>p, m + planeM * <usize>p, 0);
    }
    for (let n = 0; n < count; n++) {
      const product = m + floats(n * tiles * filters8);
      const to = y + floats((from + n) * yImage);
      if (size == 3) pointsToMaps(3, product, planeM, filters, rows, columns, bias, to, scratch, staging);
      else pointsToMaps(5, product, planeM, filters, rows, columns, bias, to, scratch, staging);
    }
  }
}

/** Bytes of scratch that winograd needs for blocks of so many images, and winogradPoints for blocks of none. */
export function winogradScratch(size: i32, block: i32, maps: i32, filters: i32, rows: i32, columns: i32): usize {
  const tileRows = tilesIn(rows);
  const tileColumns = tilesIn(columns);
  const tiles = tileRows * tileColumns;
  const pixels = (4 * tileRows + size - 1) * (4 * tileColumns + size - 1);
  return (
    SQUARE +
    lines(pixels * fours(maps)) +
    lines(pixels * eights(filters)) +
    (planeBytes(block * tiles, fours(maps)) + planeBytes(block * tiles, eights(filters))) * <usize>pointsOf(size) +
    lines(16 * tileColumns * eights(filters))
  );
}

/** Bytes of points × rows × columns floats; `columns` is rounded up as the kernels do. */
export function winogradPointBytes(size: i32, rows: i32, columns: i32): usize {
  return planeBytes(rows, columns) * <usize>pointsOf(size);
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
  const tileRows = tilesIn(rows);
  const tileColumns = tilesIn(columns);
  const tiles = tileRows * tileColumns;
  const high = 4 * tileRows + size - 1;
  const wide = 4 * tileColumns + size - 1;
  const across = fours(maps);
  const filters8 = eights(filters);
  const planeV = planeBytes(count * tiles, across);
  const planeZ = planeBytes(count * tiles, filters8);
  const image = scratch + SQUARE;
  const upstream = image + lines(high * wide * across);
  memory.fill(image, 0, floats(high * wide * across));
  memory.fill(upstream, 0, floats(16 * tiles * filters8));
  for (let n = first; n < last; n++) {
    channelsLast(x + floats((from + n) * xImage), maps, height, width, above, left, high, wide, across, image);
    const y = dy + floats((from + n) * dyImage);
    channelsLast(y, filters, rows, columns, 0, 0, 4 * tileRows, 4 * tileColumns, filters8, upstream);
    const toV = v + floats(n * tiles * across);
    const toZ = z + floats(n * tiles * filters8);
    if (size == 3) {
      tilesToPoints(3, INPUT, image, across, wide, tileRows, tileColumns, toV, planeV, scratch);
      tilesToPoints(3, UPSTREAM, upstream, filters8, 4 * tileColumns, tileRows, tileColumns, toZ, planeZ, scratch);
    } else {
      tilesToPoints(5, INPUT, image, across, wide, tileRows, tileColumns, toV, planeV, scratch);
      tilesToPoints(5, UPSTREAM, upstream, filters8, 4 * tileColumns, tileRows, tileColumns, toZ, planeZ, scratch);
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
  const across = fours(maps);
  const filters8 = eights(filters);
  for (let p = first; p < last; p++) {
    const a = v + planeBytes(tiles, across) * <usize>p;
    const b = z + planeBytes(tiles, filters8) * <usize>p;
    const to = du + planeBytes(maps, filters8) * <usize>p;
    multiply(maps, filters8, tiles, a, 4, floats(across), b, to, add);
  }
}
