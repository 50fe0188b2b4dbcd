/**
 * The optimisers' steps, two weights at a time. Every number is widened to a double, computed with as the reference does,
 * in the same order, and rounded where the reference rounds, so that the bits are the same. What lies behind an odd last
 * weight is computed as well and means nothing.
 */
import { floats } from "./simd";

/** Two floats as doubles. */
@inline
function read(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

/** Writes two doubles as floats, and gives them as they now are. */
@inline
function write(at: usize, v: v128): v128 {
  const rounded = f32x4.demote_f64x2_zero(v);
  v128.store64_lane(at, rounded, 0);
  return f64x2.promote_low_f32x4(rounded);
}

/** a + factor·b */
@inline
function plus(a: v128, factor: f64, b: v128): v128 {
  return f64x2.add(a, f64x2.mul(f64x2.splat(factor), b));
}

/** a − factor·b */
@inline
function minus(a: v128, factor: f64, b: v128): v128 {
  return f64x2.sub(a, f64x2.mul(f64x2.splat(factor), b));
}

/** The fading mean β·mean + (1 − β)·g. */
@inline
function fading(mean: v128, g: v128, beta: f64): v128 {
  return f64x2.add(f64x2.mul(f64x2.splat(beta), mean), f64x2.mul(f64x2.splat(1 - beta), g));
}

/** The fading mean ρ·s + (1 − ρ)·g·g. */
@inline
function meanSquare(s: v128, g: v128, rho: f64): v128 {
  const share = f64x2.mul(f64x2.mul(f64x2.splat(1 - rho), g), g);
  return f64x2.add(f64x2.mul(f64x2.splat(rho), s), share);
}

/** √s + ε */
@inline
function rootPlus(s: v128, epsilon: f64): v128 {
  return f64x2.add(f64x2.sqrt(s), f64x2.splat(epsilon));
}

/** W −= lr·(dW + decay·W) */
export function descend(count: i32, lr: f64, decay: f64, W: usize, dW: usize): void {
  for (let end = W + floats(count); W < end; W += 8, dW += 8) {
    const w = read(W);
    write(W, minus(w, lr, plus(read(dW), decay, w)));
  }
}

/** V = momentum·V + dW + decay·W, and W −= lr·V; with `ahead` (Nesterov) W −= lr·(dW + decay·W + momentum·V). */
export function descendAlong(
  count: i32,
  lr: f64,
  decay: f64,
  momentum: f64,
  ahead: bool,
  W: usize,
  dW: usize,
  V: usize,
): void {
  for (let end = W + floats(count); W < end; W += 8, dW += 8, V += 8) {
    const w = read(W);
    const g = plus(read(dW), decay, w);
    const v = write(V, plus(g, momentum, read(V)));
    write(W, minus(w, lr, ahead ? plus(g, momentum, v) : v));
  }
}

/** S += g², and W −= lr·g/(√S + ε), with g = dW + decay·W. */
export function adagrad(count: i32, lr: f64, decay: f64, epsilon: f64, W: usize, dW: usize, S: usize): void {
  for (let end = W + floats(count); W < end; W += 8, dW += 8, S += 8) {
    const w = read(W);
    const g = plus(read(dW), decay, w);
    const s = write(S, f64x2.add(read(S), f64x2.mul(g, g)));
    write(W, f64x2.sub(w, f64x2.div(f64x2.mul(f64x2.splat(lr), g), rootPlus(s, epsilon))));
  }
}

/** S fades towards g², the step is −√((U + ε)/(S + ε))·g, U fades towards its square, and W += lr·step. */
export function adadelta(
  count: i32,
  lr: f64,
  decay: f64,
  epsilon: f64,
  rho: f64,
  W: usize,
  dW: usize,
  S: usize,
  U: usize,
): void {
  const more = f64x2.splat(epsilon);
  for (let end = W + floats(count); W < end; W += 8, dW += 8, S += 8, U += 8) {
    const w = read(W);
    const g = plus(read(dW), decay, w);
    const s = write(S, meanSquare(read(S), g, rho));
    const u = read(U);
    const ratio = f64x2.div(f64x2.add(u, more), f64x2.add(s, more));
    const step = f64x2.mul(f64x2.neg(f64x2.sqrt(ratio)), g);
    write(U, meanSquare(u, step, rho));
    write(W, plus(w, lr, step));
  }
}

/** S fades towards g², and W −= lr·g/(√S + ε). */
export function rmsProp(
  count: i32,
  lr: f64,
  decay: f64,
  epsilon: f64,
  rho: f64,
  W: usize,
  dW: usize,
  S: usize,
): void {
  for (let end = W + floats(count); W < end; W += 8, dW += 8, S += 8) {
    const w = read(W);
    const g = plus(read(dW), decay, w);
    const s = write(S, meanSquare(read(S), g, rho));
    write(W, f64x2.sub(w, f64x2.div(f64x2.mul(f64x2.splat(lr), g), rootPlus(s, epsilon))));
  }
}

/** The same with a velocity: V = momentum·V + g/(√S + ε), and W −= lr·V before V is rounded. */
export function rmsPropAlong(
  count: i32,
  lr: f64,
  decay: f64,
  epsilon: f64,
  rho: f64,
  momentum: f64,
  W: usize,
  dW: usize,
  S: usize,
  V: usize,
): void {
  for (let end = W + floats(count); W < end; W += 8, dW += 8, S += 8, V += 8) {
    const w = read(W);
    const g = plus(read(dW), decay, w);
    const s = write(S, meanSquare(read(S), g, rho));
    const v = plus(f64x2.div(g, rootPlus(s, epsilon)), momentum, read(V));
    write(V, v);
    write(W, minus(w, lr, v));
  }
}

/**
 * M fades towards g, S towards g², and W −= outside·W + lr·(M/meanWeight)/(√(S/squareWeight) + ε), with
 * g = dW + inside·W.
 */
export function adam(
  count: i32,
  lr: f64,
  inside: f64,
  outside: f64,
  epsilon: f64,
  beta1: f64,
  beta2: f64,
  meanWeight: f64,
  squareWeight: f64,
  W: usize,
  dW: usize,
  M: usize,
  S: usize,
): void {
  for (let end = W + floats(count); W < end; W += 8, dW += 8, M += 8, S += 8) {
    const w = read(W);
    const g = plus(read(dW), inside, w);
    const m = write(M, fading(read(M), g, beta1));
    const s = write(S, meanSquare(read(S), g, beta2));
    const mean = f64x2.mul(f64x2.splat(lr), f64x2.div(m, f64x2.splat(meanWeight)));
    const step = f64x2.div(mean, rootPlus(f64x2.div(s, f64x2.splat(squareWeight)), epsilon));
    write(W, f64x2.sub(minus(w, outside, w), step));
  }
}

/** Σx² in double precision: four sums take turns, as in the reference, so that the bits are the same. */
export function squareSum(count: i32, x: usize): f64 {
  let low = f64x2.splat(0);
  let high = low;
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const a = f64x2.promote_low_f32x4(v128.load64_zero(x + floats(i)));
    const b = f64x2.promote_low_f32x4(v128.load64_zero(x + floats(i), 8));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  let first = f64x2.extract_lane(low, 0);
  for (; i < count; i++) {
    const value = <f64>load<f32>(x + floats(i));
    first += value * value;
  }
  return first + f64x2.extract_lane(low, 1) + (f64x2.extract_lane(high, 0) + f64x2.extract_lane(high, 1));
}
