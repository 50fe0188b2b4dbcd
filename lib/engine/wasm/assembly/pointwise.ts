/**
 * Layers that treat every number alone. One routine goes forward and one back for all of them: the kind says which
 * function, and a branch for four numbers is soon forgotten beside an exponential. `a` and `b` are the function's own
 * numbers, such as the slope of a leaky rectifier.
 */
import { exp4, log1p4 } from "./mathematics";
import { floats, put } from "./simd";

// The kinds; pointwise.ts in the folder above counts them the same.
const SIGMOID = 0;
const TANH = 1;
const ELU = 2;
const LEAKY = 3;
const SOFTPLUS = 4;
const CLOSE_GELU = 5;
const GELU = 6;

/** 1/(1 + e^−x) */
function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
}

/** e^x − 1; near 0, where the difference would lose its digits, the series. */
function expm1(x: v128): v128 {
  const one = f32x4.splat(1);
  let series = f32x4.splat(1.0 / 720.0);
  series = f32x4.add(f32x4.mul(series, x), f32x4.splat(1.0 / 120.0));
  series = f32x4.add(f32x4.mul(series, x), f32x4.splat(1.0 / 24.0));
  series = f32x4.add(f32x4.mul(series, x), f32x4.splat(1.0 / 6.0));
  series = f32x4.add(f32x4.mul(series, x), f32x4.splat(0.5));
  series = f32x4.mul(f32x4.add(f32x4.mul(series, x), one), x);
  return v128.bitselect(series, f32x4.sub(exp4(x), one), f32x4.lt(f32x4.abs(x), f32x4.splat(0.25)));
}

/** By u = e^−2|x| − 1: tanh|x| = −u/(u + 2), and the sign. */
function tanh(x: v128): v128 {
  const u = expm1(f32x4.mul(f32x4.abs(x), f32x4.splat(-2)));
  const size = f32x4.div(f32x4.neg(u), f32x4.add(u, f32x4.splat(2)));
  return v128.or(f32x4.abs(size), v128.and(x, f32x4.splat(-0.0)));
}

/** √(2/π)·(x + 0.044715·x³), the number whose tanh GELU's close form takes. */
@inline
function bent(x: v128): v128 {
  const inner = f32x4.add(f32x4.mul(f32x4.mul(x, x), f32x4.splat(0.044715)), f32x4.splat(1));
  return f32x4.mul(f32x4.mul(x, inner), f32x4.splat(0.7978845608));
}

/**
 * Φ(x), the probability of a normal number below x, by erfc(z) = t·e^(−z² + p(t)) with t = 1/(1 + z/2) and z = |x|/√2:
 * Chebyshev's fit of Press et al. (Numerical Recipes, 6.2), good to 1.2e-7 of itself everywhere.
 */
function probability(x: v128): v128 {
  const one = f32x4.splat(1);
  const z = f32x4.mul(f32x4.abs(x), f32x4.splat(0.7071067812));
  const t = f32x4.div(one, f32x4.add(one, f32x4.mul(z, f32x4.splat(0.5))));
  let p = f32x4.splat(0.17087277);
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-0.82215223));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(1.48851587));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-1.13520398));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.27886807));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-0.18628806));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.09678418));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.37409196));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(1.00002368));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-1.26551223));
  const half = f32x4.mul(f32x4.mul(t, f32x4.splat(0.5)), exp4(f32x4.sub(p, f32x4.mul(z, z))));
  return v128.bitselect(f32x4.sub(one, half), half, f32x4.gt(x, f32x4.splat(0)));
}

@inline
function value(kind: i32, a: v128, b: v128, x: v128): v128 {
  const zero = f32x4.splat(0);
  if (kind == SIGMOID) return sigmoid(x);
  if (kind == TANH) return f32x4.mul(a, tanh(f32x4.mul(b, x)));
  if (kind == ELU) return v128.bitselect(x, f32x4.mul(a, expm1(x)), f32x4.gt(x, zero));
  if (kind == LEAKY) return v128.bitselect(x, f32x4.mul(a, x), f32x4.gt(x, zero));
  if (kind == SOFTPLUS) {
    const beyond = exp4(f32x4.neg(f32x4.mul(a, f32x4.abs(x))));
    return f32x4.add(f32x4.max(x, zero), f32x4.div(log1p4(beyond), a));
  }
  if (kind == GELU) return f32x4.mul(x, probability(x));
  const half = f32x4.mul(x, f32x4.splat(0.5)); // CLOSE_GELU
  return f32x4.add(half, f32x4.mul(half, tanh(bent(x))));
}

/** The slope; `kept` is the output for the sigmoid and the tangent, the input for the others. */
@inline
function slope(kind: i32, a: v128, b: v128, kept: v128): v128 {
  const one = f32x4.splat(1);
  if (kind == SIGMOID) return f32x4.mul(kept, f32x4.sub(one, kept));
  if (kind == TANH) {
    const t = f32x4.div(kept, a);
    return f32x4.mul(f32x4.mul(a, b), f32x4.mul(f32x4.sub(one, t), f32x4.add(one, t)));
  }
  const positive = f32x4.gt(kept, f32x4.splat(0));
  if (kind == ELU) return v128.bitselect(one, f32x4.mul(a, exp4(kept)), positive);
  if (kind == LEAKY) return v128.bitselect(one, a, positive);
  if (kind == SOFTPLUS) return sigmoid(f32x4.mul(a, kept));
  if (kind == GELU) {
    const density = exp4(f32x4.mul(f32x4.mul(kept, kept), f32x4.splat(-0.5)));
    return f32x4.add(probability(kept), f32x4.mul(f32x4.mul(kept, density), f32x4.splat(0.3989422804)));
  }
  const t = tanh(bent(kept)); // CLOSE_GELU
  // Beyond 10 the tangent is flat, and infinity times nothing is to be nothing.
  const square = f32x4.min(f32x4.mul(kept, kept), f32x4.splat(100));
  const cubic = f32x4.add(f32x4.mul(square, f32x4.splat(3 * 0.044715)), one);
  const rise = f32x4.mul(f32x4.mul(f32x4.sub(one, t), f32x4.add(one, t)), f32x4.mul(cubic, f32x4.splat(0.7978845608)));
  const half = f32x4.splat(0.5);
  return f32x4.add(f32x4.mul(half, f32x4.add(one, t)), f32x4.mul(f32x4.mul(half, kept), rise));
}

/**
 * y = f(x) for the elements first … last−1. What is left over in the last vector is computed four at a time as well,
 * on memory behind the tensor that every block has to spare, and not stored.
 */
export function map(first: i32, last: i32, _scratch: usize, kind: i32, a: f32, b: f32, x: usize, y: usize): void {
  const A = f32x4.splat(a);
  const B = f32x4.splat(b);
  for (let i = first; i < last; i += 4) {
    const at = floats(i);
    put(y + at, value(kind, A, B, v128.load(x + at)), last - i);
  }
}

/** dx = dy·f′ for the elements first … last−1. */
export function mapBack(
  first: i32,
  last: i32,
  _scratch: usize,
  kind: i32,
  a: f32,
  b: f32,
  kept: usize,
  dy: usize,
  dx: usize,
): void {
  const A = f32x4.splat(a);
  const B = f32x4.splat(b);
  for (let i = first; i < last; i += 4) {
    const at = floats(i);
    put(dx + at, f32x4.mul(v128.load(dy + at), slope(kind, A, B, v128.load(kept + at))), last - i);
  }
}

/** y = x·m for the elements first … last−1: dropout, forward and back. */
export function multiplyElements(first: i32, last: i32, _scratch: usize, x: usize, m: usize, y: usize): void {
  for (let i = first; i < last; i += 4) {
    const at = floats(i);
    put(y + at, f32x4.mul(v128.load(x + at), v128.load(m + at)), last - i);
  }
}

/** y = x/m for the elements first … last−1, and 0 where m is 0. */
export function divideElements(first: i32, last: i32, _scratch: usize, x: usize, m: usize, y: usize): void {
  for (let i = first; i < last; i += 4) {
    const at = floats(i);
    const divisor = v128.load(m + at);
    const isZero = f32x4.eq(divisor, f32x4.splat(0));
    put(y + at, v128.andnot(f32x4.div(v128.load(x + at), divisor), isZero), last - i);
  }
}

/** y = x·m for the rows first … last−1 of `size` numbers, a row with one factor: dropout of whole maps. */
export function multiplyRows(first: i32, last: i32, _scratch: usize, size: i32, x: usize, m: usize, y: usize): void {
  for (let row = first; row < last; row++) {
    const factor = f32x4.splat(load<f32>(m + floats(row)));
    const start = floats(row * size);
    for (let i = 0; i < size; i += 4) {
      const at = start + floats(i);
      put(y + at, f32x4.mul(v128.load(x + at), factor), size - i);
    }
  }
}

/** PReLU: y = x where x > 0, else a·x, for the rows first … last−1; the slopes take turns row by row. */
export function prelu(first: i32, last: i32, _scratch: usize, slopes: i32, size: i32, a: usize, x: usize, y: usize): void {
  for (let row = first; row < last; row++) {
    const slope = f32x4.splat(load<f32>(a + floats(row % slopes)));
    const start = floats(row * size);
    for (let i = 0; i < size; i += 4) {
      const at = start + floats(i);
      const v = v128.load(x + at);
      put(y + at, v128.bitselect(v, f32x4.mul(slope, v), f32x4.gt(v, f32x4.splat(0))), size - i);
    }
  }
}

/** dx, and for each row the sum of dy·x over the x ≤ 0: its part of the slope's gradient. */
export function preluBack(
  first: i32,
  last: i32,
  _scratch: usize,
  slopes: i32,
  size: i32,
  a: usize,
  x: usize,
  dy: usize,
  dx: usize,
  sums: usize,
): void {
  for (let row = first; row < last; row++) {
    const slope = load<f32>(a + floats(row % slopes));
    const start = floats(row * size);
    let sum: f64 = 0;
    for (let i = 0; i < size; i++) {
      const at = start + floats(i);
      const v = load<f32>(x + at);
      const g = load<f32>(dy + at);
      store<f32>(dx + at, v > 0 ? g : slope * g);
      if (v <= 0) sum += <f64>g * <f64>v;
    }
    store<f32>(sums + floats(row), <f32>sum);
  }
}
