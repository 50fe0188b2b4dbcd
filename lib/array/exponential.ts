/**
 * e^x and ln(1 + x), the same to the last bit wherever they are computed. JavaScript leaves the last bits of `Math.exp` and
 * `Math.log1p` to each engine: Chromium's differ from Node's, and with them every loss. Additions, multiplications and
 * divisions, of which these are made, differ nowhere. Both are within a unit or two in the last place of the true value.
 */

/** ln 2 in two parts. The first has 32 bits, so that its product with a whole number below 2²⁰ is exact. */
const [LN2_HIGH, LN2_LOW] = [2977044471 / 2 ** 32, 1.9082149292705877e-10];

/** 1/i! for the terms r², r³ … of e^r, the highest first. For |r| ≤ ln 2 / 2 what follows is below 2⁻⁵⁷. */
const EXPONENTIAL = Float64Array.from({ length: 13 }, (_, i) => 1 / factorial(14 - i));

/** 2/i for the terms s³, s⁵ … of ln((1 + s)/(1 − s)), the highest first. For |s| ≤ 0.172 what follows is below 2⁻⁵⁷. */
const LOGARITHM = Float64Array.from({ length: 11 }, (_, i) => 2 / (23 - 2 * i));

/** e^x = 2^k · e^r with a whole k and a small r. */
export function exp(x: number): number {
  if (!(x > -746)) return Number.isNaN(x) ? x : 0;
  if (x > 710) return Infinity;
  const k = Math.round(x / Math.LN2);
  const high = x - k * LN2_HIGH; // exact
  const r = high - k * LN2_LOW;
  const lost = high - r - k * LN2_LOW; // of r by rounding
  let series = 0;
  for (let i = 0; i < EXPONENTIAL.length; i++) series = series * r + EXPONENTIAL[i];
  const half = k >> 1; // 2^k itself may be too large, or too small, for a number
  return (1 + (r + (r * r * series + lost))) * powerOfTwo(half) * powerOfTwo(k - half);
}

/** ln(1 + x) for x ≥ 0. */
export function log1p(x: number): number {
  const u = 1 + x;
  if (u === 1 || !(u < Infinity)) return x;
  return log(u) + (x - (u - 1)) / u; // what the addition rounded off
}

/** ln u = k·ln 2 + ln m with a whole k and an m near 1, for u ≥ 1. */
function log(u: number): number {
  double[0] = u;
  let k = (words[HIGH] >> 20) - 1023;
  words[HIGH] -= k << 20;
  if (double[0] > Math.SQRT2) {
    double[0] /= 2;
    k++;
  }
  const f = double[0] - 1; // exact, as 2s = f − sf is not
  const s = f / (2 + f);
  const z = s * s;
  let series = 0;
  for (let i = 0; i < LOGARITHM.length; i++) series = series * z + LOGARITHM[i];
  return k * LN2_HIGH + (f - (s * (f - z * series) - k * LN2_LOW));
}

/** A number, and the same as its two halves. */
const double = new Float64Array(1);
const words = new Int32Array(double.buffer);
/** Which half has the sign and the exponent. */
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0];

function powerOfTwo(k: number): number {
  words[HIGH] = (k + 1023) << 20;
  words[1 - HIGH] = 0;
  return double[0];
}

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}
