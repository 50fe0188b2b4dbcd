/**
 * Functions of one number, to the last digit or nearly. WGSL has exp, log, tanh, sin and pow of its own, but lets a card take them
 * from its tables: exp may be wrong by 3 + 2·|x| units of the last place, sin by 2⁻¹¹, and tanh of a large number may be NaN where a
 * card computes it by e²ˣ. What is slow in a pointwise layer is memory, so a dozen multiplications more cost nothing.
 *
 * The exponential and the logarithm are those of Cody and Waite: eˣ = 2ⁿ·eʳ with n the whole number nearest to x/ln 2 and r the
 * rest, at most ln 2/2 in size, for which seven terms of the series do; ln x = e·ln 2 + ln m with m between √½ and √2, for which
 * ln m = 2·(s + s³/3 + s⁵/5 + …) with s = (m − 1)/(m + 1) does in five. ln 2 is in two parts, the first of which has so few digits
 * that n times it is exact. The sine takes off quarters of a turn in the same way, with π/2 in three parts: right to 10⁻⁷ for numbers
 * up to some 10⁴; beyond that its digits go.
 *
 * A compiler for graphics may assume that there is no NaN and no infinity, so these are found and made by their bits.
 */
import { isNaN } from "./routine.js";

export const mathematics = `
${isNaN}
const LARGEST = 3.4028234e38;
/** A number by its bits; a function, because constants must be finite. */
fn ofBits(bits: u32) -> f32 { return bitcast<f32>(bits); }
fn infinity() -> f32 { return ofBits(0x7f800000u); }
fn notANumber() -> f32 { return ofBits(0x7fc00000u); }
/** 2ⁿ for n from −126 to 127. */
fn powerOf2(n: i32) -> f32 { return bitcast<f32>((n + 127) << 23u); }

fn exponential(x: f32) -> f32 {
  if (isNaN(x)) { return x; }
  if (x > 88.7228) { return infinity(); }
  if (x < -87.3365) { return 0.0; }
  let n = round(x * 1.44269504);
  let r = (x - n * 0.693359375) + n * 2.12194440e-4;
  var s = 1.0 / 5040.0;
  s = s * r + 1.0 / 720.0;
  s = s * r + 1.0 / 120.0;
  s = s * r + 1.0 / 24.0;
  s = s * r + 1.0 / 6.0;
  s = s * r + 0.5;
  s = s * r + 1.0;
  s = s * r + 1.0;
  // In two factors, because 2¹²⁸ alone is no float.
  let half = i32(n) / 2;
  return s * powerOf2(half) * powerOf2(i32(n) - half);
}

/** eˣ − 1; near 0, where the difference would lose its digits, the series. */
fn exponentialLess1(x: f32) -> f32 {
  if (abs(x) >= 0.25) { return exponential(x) - 1.0; }
  var s = 1.0 / 720.0;
  s = s * x + 1.0 / 120.0;
  s = s * x + 1.0 / 24.0;
  s = s * x + 1.0 / 6.0;
  s = s * x + 0.5;
  s = s * x + 1.0;
  return s * x;
}

fn logarithm(x: f32) -> f32 {
  if (isNaN(x) || x > LARGEST) { return x; }
  if (x == 0.0) { return -infinity(); }
  if (x < 0.0) { return notANumber(); }
  // The exponent, counted from √½: what is taken off the bits leaves m between √½ and √2.
  let bits = bitcast<i32>(x);
  let exponent = (bits - 0x3f3504f3) >> 23u;
  let m = bitcast<f32>(bits - (exponent << 23u));
  let e = f32(exponent);
  let s = (m - 1.0) / (m + 1.0);
  let square = s * s;
  var sum = 2.0 / 9.0;
  sum = sum * square + 2.0 / 7.0;
  sum = sum * square + 2.0 / 5.0;
  sum = sum * square + 2.0 / 3.0;
  return (sum * square * s - e * 2.12194440e-4) + 2.0 * s + e * 0.693359375;
}

/** ln(1 + u) for u from 0 up. To 1, where 1 + u would lose digits of u, it is the same series with s = u/(2 + u), in seven terms. */
fn logarithmOf1And(u: f32) -> f32 {
  if (u > 1.0) { return logarithm(1.0 + u); }
  let s = u / (2.0 + u);
  let square = s * s;
  var sum = 2.0 / 13.0;
  sum = sum * square + 2.0 / 11.0;
  sum = sum * square + 2.0 / 9.0;
  sum = sum * square + 2.0 / 7.0;
  sum = sum * square + 2.0 / 5.0;
  sum = sum * square + 2.0 / 3.0;
  sum = sum * square + 2.0;
  return s * sum;
}

/** 1/(1 + e⁻ˣ), by an exponential that is never above 1. */
fn sigmoid(x: f32) -> f32 {
  let z = exponential(-abs(x));
  return select(z, 1.0, x >= 0.0) / (1.0 + z);
}

/** tanh x: by u = e^−2|x| − 1 it is −u/(u + 2), with the sign of x. */
fn tangent(x: f32) -> f32 {
  let u = exponentialLess1(-2.0 * abs(x));
  let size = -u / (u + 2.0);
  return select(size, -size, x < 0.0);
}

/**
 * 1 − erf(z) for z from 0 up: t·e^(−z² + p(t)) with t = 1/(1 + z/2), Chebyshev's fit of Press et al. (Numerical Recipes, 6.2),
 * good to 1.2e-7 of itself everywhere.
 */
fn errorBeyond(z: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.5 * z);
  var p = 0.17087277;
  p = p * t - 0.82215223;
  p = p * t + 1.48851587;
  p = p * t - 1.13520398;
  p = p * t + 0.27886807;
  p = p * t - 0.18628806;
  p = p * t + 0.09678418;
  p = p * t + 0.37409196;
  p = p * t + 1.00002368;
  p = p * t - 1.26551223;
  return t * exponential(p - z * z);
}

/** erf x; near 0, where the difference would lose its digits, the series. */
fn errorFunction(x: f32) -> f32 {
  if (abs(x) >= 0.5) { return sign(x) * (1.0 - errorBeyond(abs(x))); }
  let square = x * x;
  var s = -1.0 / 1320.0;
  s = s * square + 1.0 / 216.0;
  s = s * square - 1.0 / 42.0;
  s = s * square + 1.0 / 10.0;
  s = s * square - 1.0 / 3.0;
  s = s * square + 1.0;
  return 1.1283792 * x * s;
}

/** Φ(x), the probability that a normal number is below x. */
fn probability(x: f32) -> f32 {
  let half = 0.5 * errorBeyond(abs(x) * 0.70710678);
  return select(half, 1.0 - half, x > 0.0);
}

/** sin(x + quarters·π/2). */
fn wave(x: f32, quarters: i32) -> f32 {
  if (abs(x) > LARGEST) { return notANumber(); }
  let n = round(x * 0.636619772);
  let r = ((x - n * 1.5703125) - n * 4.837512969970703e-4) - n * 7.549789954891882e-8;
  let turn = i32(n) + quarters;
  let square = r * r;
  var s = 1.0 / 362880.0;
  s = s * square - 1.0 / 5040.0;
  s = s * square + 1.0 / 120.0;
  s = s * square - 1.0 / 6.0;
  s = r + r * square * s;
  var c = 1.0 / 40320.0;
  c = c * square - 1.0 / 720.0;
  c = c * square + 1.0 / 24.0;
  c = c * square - 0.5;
  c = 1.0 + square * c;
  let size = select(s, c, (turn & 1) == 1);
  return select(size, -size, (turn & 2) == 2);
}

/** x to the power p; roots and squares by operations that round only once. */
fn raised(x: f32, p: f32) -> f32 {
  if (p == 0.0) { return 1.0; }
  if (p == 1.0) { return x; }
  if (p == 2.0) { return x * x; }
  if (p == 0.5) { return sqrt(x); }
  if (p == -0.5) { return 1.0 / sqrt(x); }
  if (p == -1.0) { return 1.0 / x; }
  let size = exponential(p * logarithm(abs(x)));
  if (x >= 0.0) { return size; }
  if (p != trunc(p)) { return select(notANumber(), size, abs(x) > LARGEST); }
  return select(size, -size, fract(0.5 * p) != 0.0);
}
`;
