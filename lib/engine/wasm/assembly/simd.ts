/**
 * The few vector operations that all routines share. A vector holds four floats. Pointers are byte addresses in
 * the linear memory, counts are in floats, and tensors lie N×C×H×W as in the library.
 */

/** Bytes in so many floats. */
@inline
export function floats(count: i32): usize {
  return (<usize>count) << 2;
}

/** a·b + c; in one rounding where the build may use the machine's fused instruction. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The sum of the four lanes, in a fixed order. */
@inline
export function lanes(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** Reads four rows of four floats and writes them as columns. */
@inline
export function transpose4(from: usize, rowBytes: usize, to: usize, columnBytes: usize): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from + rowBytes);
  const r2 = v128.load(from + 2 * rowBytes);
  const r3 = v128.load(from + 3 * rowBytes);
  const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const b = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const c = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const d = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(a, c, 0, 2));
  v128.store(to + columnBytes, v128.shuffle<i64>(a, c, 1, 3));
  v128.store(to + 2 * columnBytes, v128.shuffle<i64>(b, d, 0, 2));
  v128.store(to + 3 * columnBytes, v128.shuffle<i64>(b, d, 1, 3));
}

/** Stores the first `count` lanes, at most four. */
@inline
export function put(to: usize, v: v128, count: i32): void {
  if (count >= 4) {
    v128.store(to, v);
    return;
  }
  store<f32>(to, f32x4.extract_lane(v, 0));
  if (count > 1) store<f32>(to, f32x4.extract_lane(v, 1), 4);
  if (count > 2) store<f32>(to, f32x4.extract_lane(v, 2), 8);
}
