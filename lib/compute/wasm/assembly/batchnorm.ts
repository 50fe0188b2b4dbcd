/**
 * Batch normalisation, channel by channel. Sums over an example's places run in four lanes of float, sums over
 * the examples in double: each lane adds so few numbers that it loses nothing that matters. The variance is taken
 * around the channel's first number, so that numbers far from zero keep their digits in one pass over memory.
 */
import { floats, lanes, madd } from "./simd";

/**
 * Normalises the channels first … last−1 by their own statistics, or by given ones.
 * @param constant  0: write mean and variance; 1: read them
 * @param scale     1/√(variance + epsilon) of each channel, written
 */
export function batchNorm(
  first: i32,
  last: i32,
  _scratch: usize,
  batch: i32,
  channels: i32,
  places: i32,
  constant: i32,
  epsilon: f64,
  x: usize,
  gamma: usize,
  beta: usize,
  mean: usize,
  variance: usize,
  scale: usize,
  y: usize,
): void {
  const example = floats(channels * places);
  const count = <f64>batch * <f64>places;
  for (let c = first; c < last; c++) {
    const at = floats(c);
    const channel = floats(c * places);
    if (!constant) {
      const origin = load<f32>(x + channel);
      let sum: f64 = 0;
      let squares: f64 = 0;
      const shift = f32x4.splat(origin);
      for (let n = 0; n < batch; n++) {
        let from = x + channel + example * <usize>n;
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
        sum += <f64>lanes(f32x4.add(s0, s1));
        squares += <f64>lanes(f32x4.add(q0, q1));
        for (; i < places; i++, from += 4) {
          const a = <f64>load<f32>(from) - <f64>origin;
          sum += a;
          squares += a * a;
        }
      }
      const offset = sum / count;
      store<f32>(mean + at, <f32>(<f64>origin + offset));
      store<f32>(variance + at, <f32>Math.max(squares / count - offset * offset, 0));
    }
    const r = 1 / Math.sqrt(<f64>load<f32>(variance + at) + epsilon);
    store<f32>(scale + at, <f32>r);
    const gain = <f32>(<f64>load<f32>(gamma + at) * r);
    const shift = load<f32>(beta + at);
    const centre = load<f32>(mean + at);
    const gains = f32x4.splat(gain);
    const shifts = f32x4.splat(shift);
    const centres = f32x4.splat(centre);
    for (let n = 0; n < batch; n++) {
      const offset = channel + example * <usize>n;
      let i = 0;
      for (; i + 4 <= places; i += 4) {
        const p = offset + floats(i);
        v128.store(y + p, madd(gains, f32x4.sub(v128.load(x + p), centres), shifts));
      }
      for (; i < places; i++) {
        const p = offset + floats(i);
        store<f32>(y + p, gain * (load<f32>(x + p) - centre) + shift);
      }
    }
  }
}

/** The gradients of the channels first … last−1. @param constant  1 when the statistics were given */
export function batchNormBack(
  first: i32,
  last: i32,
  _scratch: usize,
  batch: i32,
  channels: i32,
  places: i32,
  constant: i32,
  x: usize,
  gamma: usize,
  mean: usize,
  scale: usize,
  dy: usize,
  dx: usize,
  dgamma: usize,
  dbeta: usize,
): void {
  const example = floats(channels * places);
  const count = <f64>batch * <f64>places;
  for (let c = first; c < last; c++) {
    const at = floats(c);
    const channel = floats(c * places);
    const centre = load<f32>(mean + at);
    const r = <f64>load<f32>(scale + at);
    const centres = f32x4.splat(centre);
    let sum: f64 = 0;
    let product: f64 = 0;
    for (let n = 0; n < batch; n++) {
      const offset = channel + example * <usize>n;
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let p0 = s0;
      let p1 = s0;
      let i = 0;
      for (; i + 8 <= places; i += 8) {
        const p = offset + floats(i);
        const a = v128.load(dy + p);
        const b = v128.load(dy + p, 16);
        s0 = f32x4.add(s0, a);
        s1 = f32x4.add(s1, b);
        p0 = madd(a, f32x4.sub(v128.load(x + p), centres), p0);
        p1 = madd(b, f32x4.sub(v128.load(x + p, 16), centres), p1);
      }
      sum += <f64>lanes(f32x4.add(s0, s1));
      product += <f64>lanes(f32x4.add(p0, p1));
      for (; i < places; i++) {
        const p = offset + floats(i);
        sum += <f64>load<f32>(dy + p);
        product += <f64>load<f32>(dy + p) * (<f64>load<f32>(x + p) - <f64>centre);
      }
    }
    store<f32>(dbeta + at, <f32>sum);
    store<f32>(dgamma + at, <f32>(product * r));
    // dx = gain·(dy − sum/count − (x − centre)·slope)
    const gain = <f32>(<f64>load<f32>(gamma + at) * r);
    const offset = <f32>(constant ? 0 : sum / count);
    const slope = <f32>(constant ? 0 : (product * r * r) / count);
    const gains = f32x4.splat(gain);
    const offsets = f32x4.splat(offset);
    const slopes = f32x4.splat(-slope);
    for (let n = 0; n < batch; n++) {
      const start = channel + example * <usize>n;
      let i = 0;
      for (; i + 4 <= places; i += 4) {
        const p = start + floats(i);
        const rest = f32x4.sub(v128.load(dy + p), offsets);
        v128.store(dx + p, f32x4.mul(gains, madd(slopes, f32x4.sub(v128.load(x + p), centres), rest)));
      }
      for (; i < places; i++) {
        const p = start + floats(i);
        store<f32>(dx + p, gain * (load<f32>(dy + p) - offset - (load<f32>(x + p) - centre) * slope));
      }
    }
  }
}
