/**
 * Batch normalisation. A row is one channel of one example: its sums run in four lanes of float, which lose nothing
 * that matters on so few numbers, and the sums over the examples in double. So a channel's statistics are a table of
 * the rows' sums, added up in the order of the examples, and threads share the rows as they share the images
 * everywhere else. The variance is taken around the channel's first number, so that numbers far from zero keep their
 * digits in one pass over memory.
 *
 * A ReLU that follows is done at once: forward keeps what is positive, and backward, which has x, computes the sign of
 * y again by the same operations instead of reading y.
 */
import { floats, lanes, madd } from "./simd";

/** Bytes of two doubles: a row's entry in a table of sums. */
const PAIR: usize = 16;

/** Σ(x − origin) and Σ(x − origin)² of the rows first … last−1; a channel's origin is its first number. */
export function batchNormMoments(
  first: i32,
  last: i32,
  _scratch: usize,
  channels: i32,
  places: i32,
  x: usize,
  sums: usize,
): void {
  for (let row = first; row < last; row++) {
    const origin = load<f32>(x + floats((row % channels) * places));
    const shift = f32x4.splat(origin);
    let from = x + floats(row * places);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let q0 = s0;
    let q1 = s0;
    let i = 0;
    for (; i + 8 <= places; i += 8, from += 32) {
      const a = f32x4.sub(v128.load(from), shift);
      const b = f32x4.sub(v128.load(from, 16), shift);
      s0 = f32x4.add(s0, a);
      s1 = f32x4.add(s1, b);
      q0 = madd(a, a, q0);
      q1 = madd(b, b, q1);
    }
    let sum = <f64>lanes(f32x4.add(s0, s1));
    let squares = <f64>lanes(f32x4.add(q0, q1));
    for (; i < places; i++, from += 4) {
      const a = <f64>load<f32>(from) - <f64>origin;
      sum += a;
      squares += a * a;
    }
    const to = sums + PAIR * <usize>row;
    store<f64>(to, sum);
    store<f64>(to, squares, 8);
  }
}

/**
 * What the channels first … last−1 are normalised by.
 * @param constant  0: mean and variance are made of the rows' sums and written; 1: they are given
 * @param scale     1/√(variance + epsilon), written
 * @param gain      gamma times scale, written
 */
export function batchNormScales(
  first: i32,
  last: i32,
  _scratch: usize,
  batch: i32,
  channels: i32,
  places: i32,
  constant: i32,
  epsilon: f64,
  x: usize,
  sums: usize,
  gamma: usize,
  mean: usize,
  variance: usize,
  scale: usize,
  gain: usize,
): void {
  const count = <f64>batch * <f64>places;
  for (let c = first; c < last; c++) {
    const at = floats(c);
    if (!constant) {
      let sum: f64 = 0;
      let squares: f64 = 0;
      for (let n = 0; n < batch; n++) {
        const from = sums + PAIR * <usize>(n * channels + c);
        sum += load<f64>(from);
        squares += load<f64>(from, 8);
      }
      const offset = sum / count;
      store<f32>(mean + at, <f32>(<f64>load<f32>(x + floats(c * places)) + offset));
      store<f32>(variance + at, <f32>Math.max(squares / count - offset * offset, 0));
    }
    const r = 1 / Math.sqrt(<f64>load<f32>(variance + at) + epsilon);
    store<f32>(scale + at, <f32>r);
    store<f32>(gain + at, <f32>(<f64>load<f32>(gamma + at) * r));
  }
}

/** y = max(gain·(x − mean) + beta, least) for the rows first … last−1. @param least  −∞, or 0 for the ReLU of y */
export function batchNorm(
  first: i32,
  last: i32,
  _scratch: usize,
  channels: i32,
  places: i32,
  x: usize,
  mean: usize,
  gain: usize,
  beta: usize,
  y: usize,
  least: f32,
): void {
  const floor = f32x4.splat(least);
  for (let row = first; row < last; row++) {
    const at = floats(row % channels);
    const gains = v128.load_splat<f32>(gain + at);
    const shifts = v128.load_splat<f32>(beta + at);
    const centres = v128.load_splat<f32>(mean + at);
    let p = floats(row * places);
    let i = 0;
    for (; i + 4 <= places; i += 4, p += 16) {
      v128.store(y + p, f32x4.pmax(madd(gains, f32x4.sub(v128.load(x + p), centres), shifts), floor));
    }
    for (; i < places; i++, p += 4) {
      const value = load<f32>(gain + at) * (load<f32>(x + p) - load<f32>(mean + at)) + load<f32>(beta + at);
      store<f32>(y + p, value < least ? least : value);
    }
  }
}

/** dy where the ReLU's input, gain·d + beta with d = x − mean, is positive; else 0. */
@inline
function rectified(dy: v128, d: v128, gains: v128, shifts: v128): v128 {
  return v128.and(dy, f32x4.gt(madd(gains, d, shifts), f32x4.splat(0)));
}

/** The same for one number, rounded as the forward did: `whole` for a number of a whole vector. */
@inline
function rectifiedOne(dy: f32, d: f32, gain: f32, shift: f32, whole: bool): f32 {
  const y = whole
    ? f32x4.extract_lane(madd(f32x4.splat(gain), f32x4.splat(d), f32x4.splat(shift)), 0)
    : gain * d + shift;
  return y > 0 ? dy : 0;
}

/**
 * Σdy and Σdy·(x − mean) of the rows first … last−1.
 * @param gain, beta  0; or the forward's, when a ReLU followed: dy is then the gradient of its output
 */
export function batchNormSums(
  first: i32,
  last: i32,
  _scratch: usize,
  channels: i32,
  places: i32,
  x: usize,
  mean: usize,
  dy: usize,
  sums: usize,
  gain: usize,
  beta: usize,
): void {
  for (let row = first; row < last; row++) {
    const at = floats(row % channels);
    const centre = load<f32>(mean + at);
    const centres = f32x4.splat(centre);
    const forwardGain: f32 = gain ? load<f32>(gain + at) : 0;
    const shift: f32 = gain ? load<f32>(beta + at) : 0;
    const gains = f32x4.splat(forwardGain);
    const shifts = f32x4.splat(shift);
    let p = floats(row * places);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let p0 = s0;
    let p1 = s0;
    let i = 0;
    for (; i + 8 <= places; i += 8, p += 32) {
      let a = v128.load(dy + p);
      let b = v128.load(dy + p, 16);
      const d = f32x4.sub(v128.load(x + p), centres);
      const e = f32x4.sub(v128.load(x + p, 16), centres);
      if (gain) {
        a = rectified(a, d, gains, shifts);
        b = rectified(b, e, gains, shifts);
      }
      s0 = f32x4.add(s0, a);
      s1 = f32x4.add(s1, b);
      p0 = madd(a, d, p0);
      p1 = madd(b, e, p1);
    }
    let sum = <f64>lanes(f32x4.add(s0, s1));
    let product = <f64>lanes(f32x4.add(p0, p1));
    for (; i < places; i++, p += 4) {
      let a = load<f32>(dy + p);
      if (gain) a = rectifiedOne(a, load<f32>(x + p) - centre, forwardGain, shift, i < (places & ~3));
      sum += <f64>a;
      product += <f64>a * (<f64>load<f32>(x + p) - <f64>centre);
    }
    const to = sums + PAIR * <usize>row;
    store<f64>(to, sum);
    store<f64>(to, product, 8);
  }
}

/**
 * The gradients of the channels first … last−1, and what their dx is made with:
 * dx = gain·(dy − offset + slope·(x − mean)) with offset = Σdy/m and slope = −scale²·Σdy·(x − mean)/m.
 * @param constant  1 when the statistics were given: offset and slope are 0
 */
export function batchNormGradients(
  first: i32,
  last: i32,
  _scratch: usize,
  batch: i32,
  channels: i32,
  places: i32,
  constant: i32,
  sums: usize,
  gamma: usize,
  scale: usize,
  dgamma: usize,
  dbeta: usize,
  gain: usize,
  offset: usize,
  slope: usize,
): void {
  const count = <f64>batch * <f64>places;
  for (let c = first; c < last; c++) {
    const at = floats(c);
    const r = <f64>load<f32>(scale + at);
    let sum: f64 = 0;
    let product: f64 = 0;
    for (let n = 0; n < batch; n++) {
      const from = sums + PAIR * <usize>(n * channels + c);
      sum += load<f64>(from);
      product += load<f64>(from, 8);
    }
    store<f32>(dbeta + at, <f32>sum);
    store<f32>(dgamma + at, <f32>(product * r));
    store<f32>(gain + at, <f32>(<f64>load<f32>(gamma + at) * r));
    store<f32>(offset + at, <f32>(constant ? 0 : sum / count));
    store<f32>(slope + at, <f32>(constant ? 0 : (-product * r * r) / count));
  }
}

/** dx of the rows first … last−1. @param forwardGain, beta  as for batchNormSums */
export function batchNormBack(
  first: i32,
  last: i32,
  _scratch: usize,
  channels: i32,
  places: i32,
  x: usize,
  mean: usize,
  gain: usize,
  offset: usize,
  slope: usize,
  dy: usize,
  dx: usize,
  forwardGain: usize,
  beta: usize,
): void {
  for (let row = first; row < last; row++) {
    const at = floats(row % channels);
    const gains = v128.load_splat<f32>(gain + at);
    const offsets = v128.load_splat<f32>(offset + at);
    const slopes = v128.load_splat<f32>(slope + at);
    const before = f32x4.splat(forwardGain ? load<f32>(forwardGain + at) : 0);
    const shifts = f32x4.splat(forwardGain ? load<f32>(beta + at) : 0);
    const centres = v128.load_splat<f32>(mean + at);
    let p = floats(row * places);
    let i = 0;
    for (; i + 4 <= places; i += 4, p += 16) {
      const d = f32x4.sub(v128.load(x + p), centres);
      let a = v128.load(dy + p);
      if (forwardGain) a = rectified(a, d, before, shifts);
      v128.store(dx + p, f32x4.mul(gains, madd(slopes, d, f32x4.sub(a, offsets))));
    }
    for (; i < places; i++, p += 4) {
      const d = load<f32>(x + p) - load<f32>(mean + at);
      let a = load<f32>(dy + p);
      if (forwardGain) a = rectifiedOne(a, d, load<f32>(forwardGain + at), load<f32>(beta + at), false);
      const value = d * load<f32>(slope + at) + (a - load<f32>(offset + at));
      store<f32>(dx + p, load<f32>(gain + at) * value);
    }
  }
}
