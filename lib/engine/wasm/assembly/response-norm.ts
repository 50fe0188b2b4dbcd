/**
 * Local response normalisation. The places of a map lie side by side, so four of them are normalised at once, each by
 * the same few channels around; s is kept for the way back.
 */
import { exp4, log4 } from "./mathematics";
import { floats, put } from "./simd";

/**
 * The rows first … last−1, a row being one channel of one example:
 * s = k + α/n·Σx² over the neighbouring channels, y = x·s^−β.
 * @param share  α/n
 */
export function responseNorm(
  first: i32,
  last: i32,
  _scratch: usize,
  channels: i32,
  places: i32,
  before: i32,
  after: i32,
  share: f32,
  beta: f32,
  k: f32,
  x: usize,
  sums: usize,
  y: usize,
): void {
  const row = floats(places);
  for (let at = first; at < last; at++) {
    const c = at % channels;
    const low = max(0, c - before) - c;
    const high = min(channels - 1, c + after) - c;
    const here = row * <usize>at;
    for (let i = 0; i < places; i += 4) {
      const p = here + floats(i);
      let sum = f32x4.splat(0);
      for (let b = low; b <= high; b++) {
        const v = v128.load(x + p + row * <usize>b);
        sum = f32x4.add(sum, f32x4.mul(v, v));
      }
      sum = f32x4.add(f32x4.splat(k), f32x4.mul(f32x4.splat(share), sum));
      put(sums + p, sum, places - i);
      put(y + p, f32x4.mul(v128.load(x + p), power(sum, beta)), places - i);
    }
  }
}

/** The rows' dx by the direct way, dy·s^−β, and what goes through s: through = dy·x·s^(−β−1). */
export function responseNormThrough(
  first: i32,
  last: i32,
  _scratch: usize,
  beta: f32,
  x: usize,
  sums: usize,
  dy: usize,
  dx: usize,
  through: usize,
): void {
  for (let i = first; i < last; i += 4) {
    const p = floats(i);
    const s = v128.load(sums + p);
    const direct = f32x4.mul(v128.load(dy + p), power(s, beta));
    put(dx + p, direct, last - i);
    put(through + p, f32x4.div(f32x4.mul(direct, v128.load(x + p)), s), last - i);
  }
}

/** dx −= 2·α/n·β·x·Σ through, over the channels in whose windows the row's channel lies. */
export function responseNormBack(
  first: i32,
  last: i32,
  _scratch: usize,
  channels: i32,
  places: i32,
  before: i32,
  after: i32,
  factor: f32,
  x: usize,
  through: usize,
  dx: usize,
): void {
  const row = floats(places);
  for (let at = first; at < last; at++) {
    const c = at % channels;
    const low = max(0, c - after) - c;
    const high = min(channels - 1, c + before) - c;
    const here = row * <usize>at;
    for (let i = 0; i < places; i += 4) {
      const p = here + floats(i);
      let sum = f32x4.splat(0);
      for (let b = low; b <= high; b++) sum = f32x4.add(sum, v128.load(through + p + row * <usize>b));
      const part = f32x4.mul(f32x4.mul(f32x4.splat(factor), v128.load(x + p)), sum);
      put(dx + p, f32x4.sub(v128.load(dx + p), part), places - i);
    }
  }
}

/** s^−β; at AlexNet's β = ¾ by square roots. */
@inline
function power(s: v128, beta: f32): v128 {
  if (beta == 0.75) {
    const root = f32x4.sqrt(s);
    return f32x4.div(f32x4.splat(1), f32x4.mul(root, f32x4.sqrt(root)));
  }
  return exp4(f32x4.mul(f32x4.splat(-beta), log4(s)));
}
