/**
 * The exponential and the logarithm of four floats at a time, to the last digit or nearly (relative error about
 * 1e-7), after Cody and Waite: e^x = 2^n·e^r with n the whole number nearest to x/ln 2 and r the rest, at most
 * ln 2/2 in size, for which seven terms of the series do; ln x = e·ln 2 + ln m with m between √½ and √2, for which
 * ln m = 2·(s + s³/3 + s⁵/5 + …) with s = (m − 1)/(m + 1) does in five.
 */
import { madd } from "./simd";

/** e^x; 0 below −87.3, where float would lose digits, +∞ above 88.7; NaN stays NaN. */
export function exp4(x: v128): v128 {
  const clamped = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87.33)), f32x4.splat(88.72));
  const n = f32x4.nearest(f32x4.mul(clamped, f32x4.splat(1.44269504)));
  // ln 2 in two parts, the first of which has so few digits that n times it is exact.
  let r = f32x4.sub(clamped, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let sum = f32x4.splat(1.0 / 5040.0);
  sum = madd(sum, r, f32x4.splat(1.0 / 720.0));
  sum = madd(sum, r, f32x4.splat(1.0 / 120.0));
  sum = madd(sum, r, f32x4.splat(1.0 / 24.0));
  sum = madd(sum, r, f32x4.splat(1.0 / 6.0));
  sum = madd(sum, r, f32x4.splat(0.5));
  sum = madd(sum, r, f32x4.splat(1.0));
  sum = madd(sum, r, f32x4.splat(1.0));
  // 2^n in two factors, as 2^128 alone is no float.
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  sum = f32x4.mul(sum, power2(half));
  sum = f32x4.mul(sum, power2(i32x4.sub(whole, half)));
  sum = v128.bitselect(f32x4.splat(0), sum, f32x4.lt(x, f32x4.splat(-87.33)));
  sum = v128.bitselect(f32x4.splat(Infinity), sum, f32x4.gt(x, f32x4.splat(88.72)));
  return v128.bitselect(x, sum, f32x4.ne(x, x));
}

/** 2^n by its bits, for whole numbers n from −126 to 127. */
@inline
function power2(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** ln x for x above 0 with all its digits (not below 1.2e-38). */
export function log4(x: v128): v128 {
  // The exponent, counted from √½: what is taken off the bits leaves m between √½ and √2.
  const exponent = i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3f3504f3)), 23);
  const m = i32x4.sub(x, i32x4.shl(exponent, 23));
  const e = f32x4.convert_i32x4_s(exponent);
  const one = f32x4.splat(1);
  const s = f32x4.div(f32x4.sub(m, one), f32x4.add(m, one));
  const square = f32x4.mul(s, s);
  let sum = f32x4.splat(2.0 / 9.0);
  sum = madd(sum, square, f32x4.splat(2.0 / 7.0));
  sum = madd(sum, square, f32x4.splat(2.0 / 5.0));
  sum = madd(sum, square, f32x4.splat(2.0 / 3.0));
  sum = f32x4.mul(f32x4.mul(sum, square), s);
  sum = f32x4.add(sum, f32x4.mul(e, f32x4.splat(-2.12194440e-4)));
  sum = f32x4.add(sum, f32x4.add(s, s));
  return f32x4.add(sum, f32x4.mul(e, f32x4.splat(0.693359375)));
}

/** ln(1 + u) for u from 0 up: log and, as 1 + u is rounded, a correction by what was lost. */
@inline
export function log1p4(u: v128): v128 {
  const one = f32x4.splat(1);
  const sum = f32x4.add(one, u);
  const lost = f32x4.sub(u, f32x4.sub(sum, one));
  return f32x4.add(log4(sum), f32x4.div(lost, sum));
}
