/**
 * What brings a tile of Winograd's convolution to its points and back.
 *
 * A row of 4 outputs of a filter of 3 (or 5) taps is a product of polynomials, and such a product is known from its
 * values at 6 (or 8) points: here 0, 1, −1, 2, −2, (½, −½,) ∞. Bᵀ takes a row of inputs to the points, G a row of
 * the filter, and Aᵀ takes the products at the points to the four outputs. In two dimensions each is done to the
 * columns of a square and then to its rows. The gradient goes the same ways back: A and Gᵀ.
 *
 * All work on four neighbouring channels at once: a number of the square is a vector.
 */
import { madd } from "./simd";

export const INPUT = 0;
export const OUTPUT = 1;
export const UPSTREAM = 2;
export const FILTER = 3;
export const WEIGHTS = 4;

/** Points of a tile: (size + 3)². */
@inline
export function pointsOf(size: i32): i32 {
  return (size + 3) * (size + 3);
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

/**
 * A square through one of the transforms: first its columns into `rows`, then those rows to their place.
 * @param size  3 or 5: the filter's extent
 */
@inline
export function square(size: i32, kind: i32, from: usize, down: usize, across: usize, rows: usize, to: usize, toDown: usize, toAcross: usize): void {
  const points = size + 3;
  const inputs = kind == FILTER ? size : kind == UPSTREAM ? 4 : points;
  const outputs = kind == OUTPUT ? 4 : kind == WEIGHTS ? size : points;
  const line = <usize>(16 * inputs);
  for (let j = 0; j < inputs; j++) one(size, kind, from + across * <usize>j, down, rows + <usize>(16 * j), line);
  for (let i = 0; i < outputs; i++) one(size, kind, rows + line * <usize>i, 16, to + toDown * <usize>i, toAcross);
}

@inline
function one(size: i32, kind: i32, from: usize, step: usize, to: usize, toStep: usize): void {
  if (kind == INPUT) inputToPoints(size, from, step, to, toStep);
  if (kind == OUTPUT) pointsToOutput(size, from, step, to, toStep);
  if (kind == UPSTREAM) outputToPoints(size, from, step, to, toStep);
  if (kind == FILTER) filterToPoints(size, from, step, to, toStep);
  if (kind == WEIGHTS) pointsToFilter(size, from, step, to, toStep);
}
