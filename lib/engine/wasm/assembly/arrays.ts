/**
 * Arithmetic of tensors: a module of its own with a small memory that no thread shares, because copies into such memory
 * are two to three times as fast. Each routine is written once for both precisions. It is compiled without fused
 * multiply-add only, so that all machines give the same bits. Counts are in numbers, and reads and writes go on to the end
 * of the last two vectors.
 */

// The operations; arrays.ts in the folder above counts them the same.
const ADD = 0;
const SUBTRACT = 1;
const MULTIPLY = 2;
const DIVIDE = 3;
const MAXIMUM = 4;
const MINIMUM = 5;
const EQUAL = 6;
const NOT_EQUAL = 7;
const GREATER = 8;
const GREATER_EQUAL = 9;
const LESS = 10;
const LESS_EQUAL = 11;
const NEGATE = 12;
const EXP = 13;
const LOG = 14;
const SQRT = 15;
const ABS = 16;
const SIGN = 17;
const TANH = 18;
const FLOOR = 19;
const CEIL = 20;
const ROUND = 21;
const WHERE = 22;
const CLIP = 23;

@inline
function all<T>(value: f64): v128 {
  return v128.splat<T>(<T>value);
}

/** A whole number added to this, 3·2^22 or 3·2^51, stands in the last bits of the sum. */
@inline
function magic<T>(): v128 {
  return sizeof<T>() == 4 ? all<T>(12582912.0) : all<T>(6755399441055744.0);
}

@inline
function addBits<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 4 ? i32x4.add(a, b) : i64x2.add(a, b);
}

@inline
function subtractBits<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 4 ? i32x4.sub(a, b) : i64x2.sub(a, b);
}

/** 2^n by its bits, for whole numbers n that are normal exponents. */
@inline
function power2<T>(n: v128): v128 {
  if (sizeof<T>() == 4) return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
  return i64x2.shl(i64x2.add(n, i64x2.splat(1023)), 52);
}

@inline
function madd<T>(a: v128, b: v128, c: v128): v128 {
  return v128.add<T>(v128.mul<T>(a, b), c);
}

/** (e^r − 1 − r)/r² for |r| ≤ ln 2/2: the series, in pairs of terms, which do not wait for each other. */
@inline
function exponentialSeries<T>(r: v128, r2: v128): v128 {
  const r4 = v128.mul<T>(r2, r2);
  const q0 = madd<T>(r, all<T>(1.0 / 6.0), all<T>(0.5));
  const q1 = madd<T>(r, all<T>(1.0 / 120.0), all<T>(1.0 / 24.0));
  const q2 = madd<T>(r, all<T>(1.0 / 5040.0), all<T>(1.0 / 720.0));
  const low = madd<T>(r2, q1, q0);
  if (sizeof<T>() == 4) return madd<T>(r4, q2, low);
  const q3 = madd<T>(r, all<T>(1.0 / 362880.0), all<T>(1.0 / 40320.0));
  const q4 = madd<T>(r, all<T>(1.0 / 39916800.0), all<T>(1.0 / 3628800.0));
  const q5 = madd<T>(r, all<T>(1.0 / 6227020800.0), all<T>(1.0 / 479001600.0));
  const high = madd<T>(v128.mul<T>(r4, r4), madd<T>(r2, q5, q4), v128.mul<T>(r4, madd<T>(r2, q3, q2)));
  return v128.add<T>(high, low);
}

/** The parts of x = n·ln 2 + r after Cody and Waite: n with the magic number, and from it r. */
@inline
function wholeOf<T>(x: v128): v128 {
  return madd<T>(x, all<T>(1.4426950408889634), magic<T>());
}

@inline
function restOf<T>(x: v128, whole: v128): v128 {
  const n = v128.sub<T>(whole, magic<T>());
  // ln 2 in two parts, the first of which has so few digits that n times it is exact.
  if (sizeof<T>() == 4) {
    const high = v128.sub<T>(x, v128.mul<T>(n, all<T>(0.693359375)));
    return v128.sub<T>(high, v128.mul<T>(n, all<T>(-2.12194440e-4)));
  }
  const high = v128.sub<T>(x, v128.mul<T>(n, all<T>(2977044471.0 / 4294967296.0)));
  return v128.sub<T>(high, v128.mul<T>(n, all<T>(1.9082149292705877e-10)));
}

/** e^x; NaN stays. */
@inline
function exp<T>(x: v128): v128 {
  const least = all<T>(sizeof<T>() == 4 ? -105 : -746);
  const most = all<T>(sizeof<T>() == 4 ? 89 : 710);
  const inside = v128.pmin<T>(v128.pmax<T>(x, least), most);
  const whole = wholeOf<T>(inside);
  const r = restOf<T>(inside, whole);
  const r2 = v128.mul<T>(r, r);
  const value = v128.add<T>(all<T>(1), madd<T>(r2, exponentialSeries<T>(r, r2), r));
  // 2^n in two factors, as 2^n alone may be too large, or too small, for a number.
  const n = subtractBits<T>(whole, magic<T>());
  const half = sizeof<T>() == 4 ? i32x4.shr_s(n, 1) : i64x2.shr_s(n, 1);
  return v128.mul<T>(v128.mul<T>(value, power2<T>(half)), power2<T>(subtractBits<T>(n, half)));
}

/** By u = e^−2|x| − 1: tanh|x| = −u/(u + 2), and the sign. u keeps its digits near 0, as 2^n·(e^r − 1) + (2^n − 1). */
@inline
function tanh<T>(x: v128): v128 {
  const z = v128.pmax<T>(v128.mul<T>(v128.abs<T>(x), all<T>(-2)), all<T>(-44));
  const whole = wholeOf<T>(z);
  const r = restOf<T>(z, whole);
  const r2 = v128.mul<T>(r, r);
  const scale = power2<T>(subtractBits<T>(whole, magic<T>()));
  const grown = madd<T>(r2, exponentialSeries<T>(r, r2), r);
  const u = madd<T>(scale, grown, v128.sub<T>(scale, all<T>(1)));
  const size = v128.div<T>(v128.neg<T>(u), v128.add<T>(u, all<T>(2)));
  return v128.or(v128.abs<T>(size), v128.and(x, all<T>(-0.0)));
}

/** 2/3 + 2/5·z + 2/7·z² + … for z ≤ 0.0295, of which ln((1 + s)/(1 − s)) = 2s + s³·(…) with z = s². */
@inline
function logarithmSeries<T>(z: v128): v128 {
  const w = v128.mul<T>(z, z);
  const q0 = madd<T>(z, all<T>(2.0 / 5.0), all<T>(2.0 / 3.0));
  const q1 = madd<T>(z, all<T>(2.0 / 9.0), all<T>(2.0 / 7.0));
  const low = madd<T>(w, q1, q0);
  if (sizeof<T>() == 4) return low;
  const q2 = madd<T>(z, all<T>(2.0 / 13.0), all<T>(2.0 / 11.0));
  const q3 = madd<T>(z, all<T>(2.0 / 17.0), all<T>(2.0 / 15.0));
  const q4 = madd<T>(z, all<T>(2.0 / 21.0), all<T>(2.0 / 19.0));
  const high = madd<T>(v128.mul<T>(w, w), madd<T>(w, all<T>(2.0 / 23.0), q4), madd<T>(w, q3, q2));
  return madd<T>(v128.mul<T>(w, w), high, low);
}

/** ln x: −∞ at 0, NaN below and for NaN. */
@inline
function log<T>(x: v128): v128 {
  const one = all<T>(1);
  // Numbers with fewer digits than usual are first made larger by 2^25 or 2^54.
  const small = v128.lt<T>(x, all<T>(sizeof<T>() == 4 ? 1.1754943508222875e-38 : 2.2250738585072014e-308));
  const factor = all<T>(sizeof<T>() == 4 ? 33554432.0 : 18014398509481984.0);
  const scaled = v128.bitselect(v128.mul<T>(x, factor), x, small);
  // The exponent, counted from √½: what is taken off the bits leaves m between √½ and √2.
  const bits = subtractBits<T>(scaled, all<T>(0.7071067811865476));
  const exponent = sizeof<T>() == 4 ? i32x4.shr_s(bits, 23) : i64x2.shr_s(bits, 52);
  const m = subtractBits<T>(scaled, sizeof<T>() == 4 ? i32x4.shl(exponent, 23) : i64x2.shl(exponent, 52));
  const counted = v128.sub<T>(addBits<T>(exponent, magic<T>()), magic<T>());
  const e = v128.sub<T>(counted, v128.and(all<T>(sizeof<T>() == 4 ? 25 : 54), small));
  const f = v128.sub<T>(m, one); // exact, as 2s = f − s·f is not
  const s = v128.div<T>(f, v128.add<T>(f, all<T>(2)));
  const z = v128.mul<T>(s, s);
  const bent = v128.mul<T>(s, v128.sub<T>(f, v128.mul<T>(z, logarithmSeries<T>(z))));
  const high = all<T>(sizeof<T>() == 4 ? 0.693359375 : 2977044471.0 / 4294967296.0);
  const low = all<T>(sizeof<T>() == 4 ? -2.12194440e-4 : 1.9082149292705877e-10);
  const tail = v128.sub<T>(f, v128.sub<T>(bent, v128.mul<T>(e, low)));
  let y = madd<T>(e, high, tail);
  y = v128.bitselect(x, y, v128.eq<T>(x, all<T>(Infinity)));
  y = v128.bitselect(all<T>(-Infinity), y, v128.eq<T>(x, all<T>(0)));
  return v128.bitselect(y, all<T>(NaN), v128.ge<T>(x, all<T>(0)));
}

/** −1, 0 or 1; NaN and zeros stay. */
@inline
function sign<T>(x: v128): v128 {
  const unit = v128.or(v128.and(x, all<T>(-0.0)), all<T>(1));
  return v128.bitselect(unit, x, v128.gt<T>(v128.abs<T>(x), all<T>(0)));
}

@inline
function unary<T>(operation: i32, x: v128): v128 {
  if (operation == NEGATE) return v128.neg<T>(x);
  if (operation == EXP) return exp<T>(x);
  if (operation == LOG) return log<T>(x);
  if (operation == SQRT) return v128.sqrt<T>(x);
  if (operation == ABS) return v128.abs<T>(x);
  if (operation == SIGN) return sign<T>(x);
  if (operation == TANH) return tanh<T>(x);
  if (operation == FLOOR) return v128.floor<T>(x);
  if (operation == CEIL) return v128.ceil<T>(x);
  return v128.nearest<T>(x); // ROUND
}

@inline
function binary<T>(operation: i32, a: v128, b: v128): v128 {
  if (operation == ADD) return v128.add<T>(a, b);
  if (operation == SUBTRACT) return v128.sub<T>(a, b);
  if (operation == MULTIPLY) return v128.mul<T>(a, b);
  if (operation == DIVIDE) return v128.div<T>(a, b);
  if (operation == MAXIMUM) return v128.max<T>(a, b);
  if (operation == MINIMUM) return v128.min<T>(a, b);
  const one = all<T>(1);
  if (operation == EQUAL) return v128.and(v128.eq<T>(a, b), one);
  if (operation == NOT_EQUAL) return v128.and(v128.ne<T>(a, b), one);
  if (operation == GREATER) return v128.and(v128.gt<T>(a, b), one);
  if (operation == GREATER_EQUAL) return v128.and(v128.ge<T>(a, b), one);
  if (operation == LESS) return v128.and(v128.lt<T>(a, b), one);
  return v128.and(v128.le<T>(a, b), one); // LESS_EQUAL
}

@inline
function ternary<T>(operation: i32, a: v128, b: v128, c: v128): v128 {
  if (operation == WHERE) return v128.bitselect(b, c, v128.ne<T>(a, all<T>(0)));
  return v128.bitselect(b, v128.bitselect(c, a, v128.gt<T>(a, c)), v128.lt<T>(a, b)); // CLIP
}

// Each operation gets a loop of its own, because the compiler knows `operation` where it puts these in line.

@inline
function each<T>(operation: i32, a: usize, aStep: usize, y: usize, end: usize): void {
  // Two vectors at a time, so that the second does not wait for the first.
  for (; y < end; y += 32, a += 2 * aStep) {
    const first = unary<T>(operation, v128.load(a));
    const second = unary<T>(operation, v128.load(a + aStep));
    v128.store(y, first);
    v128.store(y, second, 16);
  }
}

@inline
function pairs<T>(operation: i32, a: usize, aStep: usize, b: usize, bStep: usize, y: usize, end: usize): void {
  for (; y < end; y += 16, a += aStep, b += bStep) v128.store(y, binary<T>(operation, v128.load(a), v128.load(b)));
}

@inline
function triples<T>(
  operation: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cStep: usize,
  y: usize,
  end: usize,
): void {
  for (; y < end; y += 16, a += aStep, b += bStep, c += cStep) {
    v128.store(y, ternary<T>(operation, v128.load(a), v128.load(b), v128.load(c)));
  }
}

@inline
function elementwise<T>(
  operation: i32,
  count: i32,
  a: usize,
  p: usize,
  b: usize,
  q: usize,
  c: usize,
  r: usize,
  y: usize,
): void {
  const end = y + (<usize>count) * sizeof<T>();
  if (operation == ADD) pairs<T>(ADD, a, p, b, q, y, end);
  else if (operation == SUBTRACT) pairs<T>(SUBTRACT, a, p, b, q, y, end);
  else if (operation == MULTIPLY) pairs<T>(MULTIPLY, a, p, b, q, y, end);
  else if (operation == DIVIDE) pairs<T>(DIVIDE, a, p, b, q, y, end);
  else if (operation == MAXIMUM) pairs<T>(MAXIMUM, a, p, b, q, y, end);
  else if (operation == MINIMUM) pairs<T>(MINIMUM, a, p, b, q, y, end);
  else if (operation == EQUAL) pairs<T>(EQUAL, a, p, b, q, y, end);
  else if (operation == NOT_EQUAL) pairs<T>(NOT_EQUAL, a, p, b, q, y, end);
  else if (operation == GREATER) pairs<T>(GREATER, a, p, b, q, y, end);
  else if (operation == GREATER_EQUAL) pairs<T>(GREATER_EQUAL, a, p, b, q, y, end);
  else if (operation == LESS) pairs<T>(LESS, a, p, b, q, y, end);
  else if (operation == LESS_EQUAL) pairs<T>(LESS_EQUAL, a, p, b, q, y, end);
  else if (operation == NEGATE) each<T>(NEGATE, a, p, y, end);
  else if (operation == EXP) each<T>(EXP, a, p, y, end);
  else if (operation == LOG) each<T>(LOG, a, p, y, end);
  else if (operation == SQRT) each<T>(SQRT, a, p, y, end);
  else if (operation == ABS) each<T>(ABS, a, p, y, end);
  else if (operation == SIGN) each<T>(SIGN, a, p, y, end);
  else if (operation == TANH) each<T>(TANH, a, p, y, end);
  else if (operation == FLOOR) each<T>(FLOOR, a, p, y, end);
  else if (operation == CEIL) each<T>(CEIL, a, p, y, end);
  else if (operation == ROUND) each<T>(ROUND, a, p, y, end);
  else if (operation == WHERE) triples<T>(WHERE, a, p, b, q, c, r, y, end);
  else triples<T>(CLIP, a, p, b, q, c, r, y, end);
}

/**
 * y = f(a, b, c) for so many numbers. The steps are bytes from one vector of an operand to the next: 16, or 0 for a number
 * that stays and fills one vector.
 */
export function elementwise32(o: i32, n: i32, a: usize, p: usize, b: usize, q: usize, c: usize, r: usize, y: usize): void {
  elementwise<f32>(o, n, a, p, b, q, c, r, y);
}

export function elementwise64(o: i32, n: i32, a: usize, p: usize, b: usize, q: usize, c: usize, r: usize, y: usize): void {
  elementwise<f64>(o, n, a, p, b, q, c, r, y);
}

// Reductions; arrays.ts in the folder above counts them the same.
const SUM = 0;
const SQUARES = 1;
const PRODUCTS = 2;
const MAX = 3;
const MIN = 4;

/** The i-th two of the numbers at `at`, in double precision. */
@inline
function two<T>(at: usize, i: usize): v128 {
  if (sizeof<T>() == 8) return v128.load(at + 16 * i);
  return f64x2.promote_low_f32x4(v128.load64_zero(at + 8 * i));
}

/** What a sum gets from two numbers. */
@inline
function term<T>(kind: i32, x: usize, z: usize, centre: v128, i: usize): v128 {
  const value = two<T>(x, i);
  if (kind == SUM) return value;
  if (kind == PRODUCTS) return f64x2.mul(value, two<T>(z, i));
  const distance = f64x2.sub(value, centre);
  return f64x2.mul(distance, distance);
}

@inline
function termOfOne<T>(kind: i32, x: usize, z: usize, centre: f64): f64 {
  const value = <f64>load<T>(x);
  if (kind == SUM) return value;
  if (kind == PRODUCTS) return value * <f64>load<T>(z);
  return (value - centre) * (value - centre);
}

/** Eight sums take turns, and what is left over goes to a ninth. */
@inline
function sumOf<T>(kind: i32, count: i32, x: usize, z: usize, centre: f64): f64 {
  const centres = f64x2.splat(centre);
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let i = 0;
  for (; i + 8 <= count; i += 8, x += 8 * sizeof<T>(), z += 8 * sizeof<T>()) {
    a = f64x2.add(a, term<T>(kind, x, z, centres, 0));
    b = f64x2.add(b, term<T>(kind, x, z, centres, 1));
    c = f64x2.add(c, term<T>(kind, x, z, centres, 2));
    d = f64x2.add(d, term<T>(kind, x, z, centres, 3));
  }
  let rest: f64 = 0;
  for (; i < count; i++, x += sizeof<T>(), z += sizeof<T>()) rest += termOfOne<T>(kind, x, z, centre);
  const both = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1) + rest;
}

@inline
function farther<T>(kind: i32, a: v128, b: v128): v128 {
  return kind == MAX ? v128.max<T>(a, b) : v128.min<T>(a, b);
}

/** The same for numbers, but a NaN in b is passed over: one instruction instead of seven. */
@inline
function fartherNumber<T>(kind: i32, a: v128, b: v128): v128 {
  return kind == MAX ? v128.pmax<T>(a, b) : v128.pmin<T>(a, b);
}

/** The largest or smallest of one or more numbers; NaN where there is one. */
@inline
function extreme<T>(kind: i32, count: i32, x: usize): f64 {
  const lanes = <i32>(16 / sizeof<T>());
  let best = v128.splat<T>(load<T>(x));
  let other = best;
  let strange = v128.ne<T>(best, best);
  let i = 0;
  for (; i + 2 * lanes <= count; i += 2 * lanes, x += 32) {
    const first = v128.load(x);
    const second = v128.load(x, 16);
    best = fartherNumber<T>(kind, best, first);
    other = fartherNumber<T>(kind, other, second);
    strange = v128.or(strange, v128.or(v128.ne<T>(first, first), v128.ne<T>(second, second)));
  }
  if (v128.any_true(strange)) return NaN;
  best = farther<T>(kind, best, other);
  for (; i < count; i++, x += sizeof<T>()) best = farther<T>(kind, best, v128.splat<T>(load<T>(x)));
  best = farther<T>(kind, best, v128.shuffle<i64>(best, best, 1, 0));
  if (sizeof<T>() == 4) best = farther<T>(kind, best, v128.shuffle<i32>(best, best, 1, 0, 3, 2));
  return <f64>v128.extract_lane<T>(best, 0);
}

@inline
function fold<T>(kind: i32, count: i32, x: usize, z: usize, centre: f64): f64 {
  if (kind == SUM) return sumOf<T>(SUM, count, x, z, centre);
  if (kind == SQUARES) return sumOf<T>(SQUARES, count, x, z, centre);
  if (kind == PRODUCTS) return sumOf<T>(PRODUCTS, count, x, z, centre);
  if (kind == MAX) return extreme<T>(MAX, count, x);
  return extreme<T>(MIN, count, x);
}

/** Many numbers become one: Σx, Σ(x − centre)², Σx·z, the largest, the smallest. */
export function fold32(kind: i32, count: i32, x: usize, z: usize, centre: f64): f64 {
  return fold<f32>(kind, count, x, z, centre);
}

export function fold64(kind: i32, count: i32, x: usize, z: usize, centre: f64): f64 {
  return fold<f64>(kind, count, x, z, centre);
}

@inline
function foldRows<T>(kind: i32, rows: i32, columns: i32, x: usize, centres: usize, results: usize): void {
  for (let row = 0; row < rows; row++, x += (<usize>columns) * sizeof<T>(), centres += 8, results += 8)
    store<f64>(results, fold<T>(kind, columns, x, 0, load<f64>(centres)));
}

/** Folds each row of numbers into one result, in double precision; so are the centres. */
export function foldRows32(kind: i32, rows: i32, columns: i32, x: usize, centres: usize, results: usize): void {
  foldRows<f32>(kind, rows, columns, x, centres, results);
}

export function foldRows64(kind: i32, rows: i32, columns: i32, x: usize, centres: usize, results: usize): void {
  foldRows<f64>(kind, rows, columns, x, centres, results);
}

/** Where the number is first, or, if it is NaN, where NaN is first; `count` if nowhere. */
@inline
function find<T>(count: i32, x: usize, value: f64): i32 {
  const sought = v128.splat<T>(<T>value);
  const lanes = <i32>(16 / sizeof<T>());
  const isNaN = value != value;
  let i = 0;
  for (; i + lanes <= count; i += lanes) {
    const numbers = v128.load(x + (<usize>i) * sizeof<T>());
    const found = isNaN ? v128.ne<T>(numbers, numbers) : v128.eq<T>(numbers, sought);
    if (v128.any_true(found)) break;
  }
  for (; i < count; i++) {
    const number = <f64>load<T>(x + (<usize>i) * sizeof<T>());
    if (isNaN ? number != number : number == value) return i;
  }
  return count;
}

export function find32(count: i32, x: usize, value: f64): i32 {
  return find<f32>(count, x, value);
}

export function find64(count: i32, x: usize, value: f64): i32 {
  return find<f64>(count, x, value);
}

@inline
function findRows<T>(kind: i32, rows: i32, columns: i32, x: usize, results: usize): void {
  for (let row = 0; row < rows; row++, x += (<usize>columns) * sizeof<T>(), results += 8) {
    const best = kind == MAX ? extreme<T>(MAX, columns, x) : extreme<T>(MIN, columns, x);
    store<f64>(results, <f64>find<T>(columns, x, best));
  }
}

/** Where each row's largest or smallest number is first, as doubles. */
export function findRows32(kind: i32, rows: i32, columns: i32, x: usize, results: usize): void {
  findRows<f32>(kind, rows, columns, x, results);
}

export function findRows64(kind: i32, rows: i32, columns: i32, x: usize, results: usize): void {
  findRows<f64>(kind, rows, columns, x, results);
}

/** Adds the numbers of four rows to the sums of their columns, two columns at a time. */
@inline
function sumColumns<T>(kind: i32, rows: i32, columns: i32, x: usize, centres: usize, sums: usize): void {
  const bytes = (<usize>columns) * sizeof<T>();
  const pairs = <usize>((columns + 1) >> 1);
  let row = 0;
  for (; row + 4 <= rows; row += 4, x += 4 * bytes) {
    for (let i: usize = 0; i < pairs; i++) {
      const centre = v128.load(centres + 16 * i);
      const first = f64x2.add(term<T>(kind, x, 0, centre, i), term<T>(kind, x + bytes, 0, centre, i));
      const second = f64x2.add(term<T>(kind, x + 2 * bytes, 0, centre, i), term<T>(kind, x + 3 * bytes, 0, centre, i));
      v128.store(sums + 16 * i, f64x2.add(v128.load(sums + 16 * i), f64x2.add(first, second)));
    }
  }
  for (; row < rows; row++, x += bytes) {
    for (let i: usize = 0; i < pairs; i++) {
      const centre = v128.load(centres + 16 * i);
      v128.store(sums + 16 * i, f64x2.add(v128.load(sums + 16 * i), term<T>(kind, x, 0, centre, i)));
    }
  }
}

/** Each column's largest or smallest number so far; NaN stays. */
@inline
function extremeColumns<T>(kind: i32, rows: i32, columns: i32, x: usize, best: usize): void {
  const bytes = (<usize>columns) * sizeof<T>();
  for (let i: usize = 0; i < bytes; i += 16) {
    let found = v128.load(best + i);
    let strange = v128.ne<T>(found, found);
    let at = x + i;
    for (let row = 0; row < rows; row++, at += bytes) {
      const numbers = v128.load(at);
      found = fartherNumber<T>(kind, found, numbers);
      strange = v128.or(strange, v128.ne<T>(numbers, numbers));
    }
    v128.store(best + i, v128.or(found, strange)); // all bits of a lane are NaN
  }
}

@inline
function foldColumns<T>(kind: i32, rows: i32, columns: i32, x: usize, centres: usize, results: usize): void {
  if (kind == SUM) sumColumns<T>(SUM, rows, columns, x, centres, results);
  else if (kind == SQUARES) sumColumns<T>(SQUARES, rows, columns, x, centres, results);
  else if (kind == MAX) extremeColumns<T>(MAX, rows, columns, x, results);
  else extremeColumns<T>(MIN, rows, columns, x, results);
}

/** Folds rows of numbers into one result a column: sums, in double precision, or the largest or smallest, in the rows' own. */
export function foldColumns32(kind: i32, rows: i32, columns: i32, x: usize, centres: usize, results: usize): void {
  foldColumns<f32>(kind, rows, columns, x, centres, results);
}

export function foldColumns64(kind: i32, rows: i32, columns: i32, x: usize, centres: usize, results: usize): void {
  foldColumns<f64>(kind, rows, columns, x, centres, results);
}
