/**
 * The optimisers' steps. Every number is widened to a double, computed with as the reference does, in the same order,
 * and rounded where the reference rounds, so that the bits are the same. Four weights a round: a pair of doubles for
 * the first two, a pair for the last. Each kernel takes whole vectors only; what lies behind the last weight is computed
 * as well and means nothing.
 */
import { floats } from "./simd";

/** The first two floats as doubles. */
@inline
function low(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

/** The last two floats as doubles. */
@inline
function high(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 1));
}

/** Two pairs of doubles, rounded to four floats. */
@inline
function join(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2);
}

/** g + factor·w: the gradient with the penalty's. */
@inline
function plus(g: v128, factor: f64, w: v128): v128 {
  return f64x2.add(g, f64x2.mul(f64x2.splat(factor), w));
}

/** w − lr·step */
@inline
function minus(w: v128, lr: f64, step: v128): v128 {
  return f64x2.sub(w, f64x2.mul(f64x2.splat(lr), step));
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
  for (let i = 0; i < count; i += 4) {
    const at = floats(i);
    const w = v128.load(W + at);
    const g = v128.load(dW + at);
    const first = minus(low(w), lr, plus(low(g), decay, low(w)));
    const last = minus(high(w), lr, plus(high(g), decay, high(w)));
    v128.store(W + at, join(first, last));
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
  for (let i = 0; i < count; i += 4) {
    const at = floats(i);
    const w = v128.load(W + at);
    const g = v128.load(dW + at);
    const before = v128.load(V + at);
    const g1 = plus(low(g), decay, low(w));
    const g2 = plus(high(g), decay, high(w));
    const v = join(plus(g1, momentum, low(before)), plus(g2, momentum, high(before)));
    v128.store(V + at, v);
    const first = ahead ? plus(g1, momentum, low(v)) : low(v);
    const last = ahead ? plus(g2, momentum, high(v)) : high(v);
    v128.store(W + at, join(minus(low(w), lr, first), minus(high(w), lr, last)));
  }
}

/** S += g², and W −= lr·g/(√S + ε), with g = dW + decay·W. */
export function adagrad(count: i32, lr: f64, decay: f64, epsilon: f64, W: usize, dW: usize, S: usize): void {
  for (let i = 0; i < count; i += 4) {
    const at = floats(i);
    const w = v128.load(W + at);
    const g = v128.load(dW + at);
    const before = v128.load(S + at);
    const g1 = plus(low(g), decay, low(w));
    const g2 = plus(high(g), decay, high(w));
    const s = join(f64x2.add(low(before), f64x2.mul(g1, g1)), f64x2.add(high(before), f64x2.mul(g2, g2)));
    v128.store(S + at, s);
    const rate = f64x2.splat(lr);
    const first = f64x2.div(f64x2.mul(rate, g1), rootPlus(low(s), epsilon));
    const last = f64x2.div(f64x2.mul(rate, g2), rootPlus(high(s), epsilon));
    v128.store(W + at, join(f64x2.sub(low(w), first), f64x2.sub(high(w), last)));
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
  for (let i = 0; i < count; i += 4) {
    const at = floats(i);
    const w = v128.load(W + at);
    const g = v128.load(dW + at);
    const before = v128.load(S + at);
    const u = v128.load(U + at);
    const g1 = plus(low(g), decay, low(w));
    const g2 = plus(high(g), decay, high(w));
    const s = join(meanSquare(low(before), g1, rho), meanSquare(high(before), g2, rho));
    v128.store(S + at, s);
    const ratio1 = f64x2.div(f64x2.add(low(u), more), f64x2.add(low(s), more));
    const ratio2 = f64x2.div(f64x2.add(high(u), more), f64x2.add(high(s), more));
    const first = f64x2.mul(f64x2.neg(f64x2.sqrt(ratio1)), g1);
    const last = f64x2.mul(f64x2.neg(f64x2.sqrt(ratio2)), g2);
    v128.store(U + at, join(meanSquare(low(u), first, rho), meanSquare(high(u), last, rho)));
    v128.store(W + at, join(plus(low(w), lr, first), plus(high(w), lr, last)));
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
  const rate = f64x2.splat(lr);
  for (let i = 0; i < count; i += 4) {
    const at = floats(i);
    const w = v128.load(W + at);
    const g = v128.load(dW + at);
    const before = v128.load(S + at);
    const g1 = plus(low(g), decay, low(w));
    const g2 = plus(high(g), decay, high(w));
    const s = join(meanSquare(low(before), g1, rho), meanSquare(high(before), g2, rho));
    v128.store(S + at, s);
    const first = f64x2.div(f64x2.mul(rate, g1), rootPlus(low(s), epsilon));
    const last = f64x2.div(f64x2.mul(rate, g2), rootPlus(high(s), epsilon));
    v128.store(W + at, join(f64x2.sub(low(w), first), f64x2.sub(high(w), last)));
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
  const fade = f64x2.splat(momentum);
  for (let i = 0; i < count; i += 4) {
    const at = floats(i);
    const w = v128.load(W + at);
    const g = v128.load(dW + at);
    const before = v128.load(S + at);
    const v = v128.load(V + at);
    const g1 = plus(low(g), decay, low(w));
    const g2 = plus(high(g), decay, high(w));
    const s = join(meanSquare(low(before), g1, rho), meanSquare(high(before), g2, rho));
    v128.store(S + at, s);
    const first = f64x2.add(f64x2.mul(fade, low(v)), f64x2.div(g1, rootPlus(low(s), epsilon)));
    const last = f64x2.add(f64x2.mul(fade, high(v)), f64x2.div(g2, rootPlus(high(s), epsilon)));
    v128.store(V + at, join(first, last));
    v128.store(W + at, join(minus(low(w), lr, first), minus(high(w), lr, last)));
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
  for (let i = 0; i < count; i += 4) {
    const at = floats(i);
    const w = v128.load(W + at);
    const g = v128.load(dW + at);
    const mean = v128.load(M + at);
    const square = v128.load(S + at);
    const g1 = plus(low(g), inside, low(w));
    const g2 = plus(high(g), inside, high(w));
    const m = join(fading(low(mean), g1, beta1), fading(high(mean), g2, beta1));
    const s = join(meanSquare(low(square), g1, beta2), meanSquare(high(square), g2, beta2));
    v128.store(M + at, m);
    v128.store(S + at, s);
    const first = adamStep(low(m), low(s), lr, epsilon, meanWeight, squareWeight);
    const last = adamStep(high(m), high(s), lr, epsilon, meanWeight, squareWeight);
    v128.store(W + at, join(f64x2.sub(minus(low(w), outside, low(w)), first), f64x2.sub(minus(high(w), outside, high(w)), last)));
  }
}

/** The fading mean β·m + (1 − β)·g. */
@inline
function fading(m: v128, g: v128, beta: f64): v128 {
  return f64x2.add(f64x2.mul(f64x2.splat(beta), m), f64x2.mul(f64x2.splat(1 - beta), g));
}

/** lr·(m/meanWeight)/(√(s/squareWeight) + ε) */
@inline
function adamStep(m: v128, s: v128, lr: f64, epsilon: f64, meanWeight: f64, squareWeight: f64): v128 {
  const mean = f64x2.mul(f64x2.splat(lr), f64x2.div(m, f64x2.splat(meanWeight)));
  return f64x2.div(mean, rootPlus(f64x2.div(s, f64x2.splat(squareWeight)), epsilon));
}
