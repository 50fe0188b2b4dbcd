/**
 * Softmax, its logarithm, and cross-entropy. A tensor is outer × length × inner numbers; every line of `length` numbers
 * that lie `inner` apart becomes probabilities. Four numbers of a line go together when they lie side by side, and four
 * neighbouring lines otherwise. With M the largest number of a line, all follows from the sum of e^(x − M) over the others,
 * which keeps its digits when M is far ahead.
 */
import { exp4, log1p4 } from "./mathematics";
import { floats, lanes, put } from "./simd";

/**
 * The probabilities p and their logarithms of the outer items first … last−1.
 * @param p  or 0 if they are not wanted; so `logs`
 */
export function softmax(
  first: i32,
  last: i32,
  _scratch: usize,
  length: i32,
  inner: i32,
  x: usize,
  p: usize,
  logs: usize,
): void {
  for (let item = first; item < last; item++) {
    const at = floats(item * length * inner);
    if (inner == 1) line(length, x + at, p ? p + at : 0, logs ? logs + at : 0);
    else lines(length, inner, x + at, p ? p + at : 0, logs ? logs + at : 0);
  }
}

/** The first `count` lanes, and −∞ in the others: they take no part. */
@inline
function only(v: v128, count: i32): v128 {
  const taken = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
  return v128.bitselect(v, f32x4.splat(-Infinity), taken);
}

function line(length: i32, x: usize, p: usize, logs: usize): void {
  let tops = f32x4.splat(-Infinity);
  for (let k = 0; k < length; k += 4) tops = f32x4.max(tops, only(v128.load(x + floats(k)), length - k));
  tops = f32x4.max(tops, v128.shuffle<f32>(tops, tops, 2, 3, 0, 1));
  const top = f32x4.max(tops, v128.shuffle<f32>(tops, tops, 1, 0, 3, 2));
  let below = f32x4.splat(0);
  let ties = f32x4.splat(0);
  for (let k = 0; k < length; k += 4) {
    const v = only(v128.load(x + floats(k)), length - k);
    const isTop = f32x4.eq(v, top);
    ties = f32x4.add(ties, v128.and(isTop, f32x4.splat(1)));
    below = f32x4.add(below, v128.andnot(exp4(f32x4.sub(v, top)), isTop));
  }
  const others = f32x4.splat(lanes(below) + (lanes(ties) - 1));
  const share = f32x4.div(f32x4.splat(1), f32x4.add(others, f32x4.splat(1)));
  const logSum = log1p4(others);
  for (let k = 0; k < length; k += 4) {
    const z = f32x4.sub(v128.load(x + floats(k)), top);
    if (p) put(p + floats(k), f32x4.mul(exp4(z), share), length - k);
    if (logs) put(logs + floats(k), f32x4.sub(z, logSum), length - k);
  }
}

function lines(length: i32, inner: i32, x: usize, p: usize, logs: usize): void {
  const step = floats(inner);
  for (let i = 0; i < inner; i += 4) {
    const start = x + floats(i);
    let top = f32x4.splat(-Infinity);
    for (let k = 0; k < length; k++) top = f32x4.max(top, v128.load(start + step * <usize>k));
    let below = f32x4.splat(0);
    let ties = f32x4.splat(0);
    for (let k = 0; k < length; k++) {
      const v = v128.load(start + step * <usize>k);
      const isTop = f32x4.eq(v, top);
      ties = f32x4.add(ties, v128.and(isTop, f32x4.splat(1)));
      below = f32x4.add(below, v128.andnot(exp4(f32x4.sub(v, top)), isTop));
    }
    const others = f32x4.add(below, f32x4.sub(ties, f32x4.splat(1)));
    const share = f32x4.div(f32x4.splat(1), f32x4.add(others, f32x4.splat(1)));
    const logSum = log1p4(others);
    for (let k = 0; k < length; k++) {
      const at = floats(i) + step * <usize>k;
      const z = f32x4.sub(v128.load(x + at), top);
      if (p) put(p + at, f32x4.mul(exp4(z), share), inner - i);
      if (logs) put(logs + at, f32x4.sub(z, logSum), inner - i);
    }
  }
}

/**
 * dx of the outer items first … last−1: p·(dy − Σ dy·p) for softmax, dy − p·Σ dy for its logarithm.
 * @param isLog  which of the two
 */
export function softmaxBack(
  first: i32,
  last: i32,
  _scratch: usize,
  length: i32,
  inner: i32,
  isLog: bool,
  p: usize,
  dy: usize,
  dx: usize,
): void {
  const step = floats(inner);
  for (let item = first; item < last; item++) {
    for (let i = 0; i < inner; i++) {
      const start = floats(item * length * inner + i);
      const end = start + step * <usize>length;
      let sum: f64 = 0;
      for (let at = start; at < end; at += step) {
        const g = <f64>load<f32>(dy + at);
        sum += isLog ? g : g * <f64>load<f32>(p + at);
      }
      for (let at = start; at < end; at += step) {
        const g = <f64>load<f32>(dy + at);
        const share = <f64>load<f32>(p + at);
        store<f32>(dx + at, <f32>(isLog ? g - share * sum : share * (g - sum)));
      }
    }
  }
}

/**
 * The sum over all lines of −Σ q·log p. The targets q are `sure`·ω at the label and `even`·ω beside that everywhere.
 * @param labels  a 32-bit integer a line; below 0: the line does not count
 * @param omega   the classes' weights ω
 */
export function crossEntropy(
  outer: i32,
  length: i32,
  inner: i32,
  sure: f64,
  even: f64,
  labels: usize,
  omega: usize,
  logs: usize,
): f64 {
  let loss: f64 = 0;
  for (let item = 0; item < outer; item++) {
    for (let i = 0; i < inner; i++) {
      const label = load<i32>(labels + floats(item * inner + i));
      if (label < 0) continue;
      const start = logs + floats(item * length * inner + i);
      loss -= sure * <f64>load<f32>(omega + floats(label)) * <f64>load<f32>(start + floats(label * inner));
      if (even == 0) continue;
      for (let k = 0; k < length; k++)
        loss -= even * <f64>load<f32>(omega + floats(k)) * <f64>load<f32>(start + floats(k * inner));
    }
  }
  return loss;
}

/**
 * dz = (p·Σq − q)/divisor, of the outer items first … last−1.
 * @param total  even·Σω, the part of Σq that all lines share
 */
export function crossEntropyBack(
  first: i32,
  last: i32,
  _scratch: usize,
  length: i32,
  inner: i32,
  sure: f64,
  even: f64,
  total: f64,
  divisor: f64,
  labels: usize,
  omega: usize,
  p: usize,
  dz: usize,
): void {
  for (let item = first; item < last; item++) {
    for (let i = 0; i < inner; i++) {
      const label = load<i32>(labels + floats(item * inner + i));
      const start = floats(item * length * inner + i);
      const certain = label < 0 ? 0 : sure * <f64>load<f32>(omega + floats(label));
      const sum = label < 0 ? 0 : total + certain;
      for (let k = 0; k < length; k++) {
        const at = start + floats(k * inner);
        let q: f64 = label < 0 ? 0 : even * <f64>load<f32>(omega + floats(k));
        if (k == label) q += certain;
        store<f32>(dz + at, <f32>((<f64>load<f32>(p + at) * sum - q) / divisor));
      }
    }
  }
}
