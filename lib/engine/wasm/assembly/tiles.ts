/**
 * Images in tiles, for Winograd's convolution: an image with its channels next to each other ("channels last",
 * rounded up to four, filters to eight), its tiles at their points, the matrix product at a point, and the way
 * back to maps. A point's numbers lie in a plane of tiles × channels, and the planes lie 64 bytes further apart
 * than they need to: at a power of two all planes would fall into the same few places of the first-level cache.
 */
import { OUTPUT, square } from "./points";
import { floats, madd } from "./simd";

/** Bytes from one point's plane of rows × columns to the next point's. */
@inline
export function planeBytes(rows: i32, columns: i32): usize {
  return floats(rows * columns) + 64;
}

/** Rounded up to a whole number of vectors, or of a product's columns. */
@inline
export function fours(count: i32): i32 {
  return (count + 3) & ~3;
}

@inline
export function eights(count: i32): i32 {
  return (count + 7) & ~7;
}

/** Tiles along an axis: each gives four outputs. */
@inline
export function tilesIn(outputs: i32): i32 {
  return (outputs + 3) >> 2;
}

/** Floats in a part of scratch, a whole number of cache lines. */
@inline
export function lines(count: i32): usize {
  return (floats(count) + 127) & ~63;
}

/**
 * Copies an image into a buffer with channels last, its padding around it; the padding stays as it is. Channels
 * beyond the last, up to a multiple of four, repeat it; nothing that is kept is made of them.
 * @param across  channels that a pixel of the buffer has room for
 */
@inline
export function channelsLast(
  x: usize,
  maps: i32,
  height: i32,
  width: i32,
  above: i32,
  left: i32,
  rows: i32,
  columns: i32,
  across: i32,
  to: usize,
): void {
  const map = floats(height * width);
  const pixel = floats(across);
  const firstRow = max(0, -above);
  const lastRow = min(height, rows - above);
  const firstColumn = max(0, -left);
  const lastColumn = min(width, columns - left);
  for (let c = 0; c < maps; c += 4) {
    const more = min(4, maps - c) - 1;
    const x0 = x + map * <usize>c;
    const x1 = x0 + map * <usize>min(1, more);
    const x2 = x0 + map * <usize>min(2, more);
    const x3 = x0 + map * <usize>more;
    for (let h = firstRow; h < lastRow; h++) {
      const from = floats(h * width);
      const row = to + pixel * <usize>((h + above) * columns + left) + floats(c);
      let v = firstColumn;
      for (; v + 4 <= lastColumn; v += 4) {
        const at = from + floats(v);
        const out = row + pixel * <usize>v;
        const r0 = v128.load(x0 + at);
        const r1 = v128.load(x1 + at);
        const r2 = v128.load(x2 + at);
        const r3 = v128.load(x3 + at);
        const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
        const b = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
        const d = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
        const e = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
        v128.store(out, v128.shuffle<i64>(a, d, 0, 2));
        v128.store(out + pixel, v128.shuffle<i64>(a, d, 1, 3));
        v128.store(out + 2 * pixel, v128.shuffle<i64>(b, e, 0, 2));
        v128.store(out + 3 * pixel, v128.shuffle<i64>(b, e, 1, 3));
      }
      for (; v < lastColumn; v++) {
        const at = from + floats(v);
        const out = row + pixel * <usize>v;
        v128.store(out, f32x4(load<f32>(x0 + at), load<f32>(x1 + at), load<f32>(x2 + at), load<f32>(x3 + at)));
      }
    }
  }
}

/** The tiles of one channels-last image (or of its upstream gradients) at the points. */
@inline
export function tilesToPoints(
  size: i32,
  kind: i32,
  image: usize,
  across: i32,
  columns: i32,
  tileRows: i32,
  tileColumns: i32,
  to: usize,
  plane: usize,
  scratch: usize,
): void {
  const pixel = floats(across);
  const row = pixel * <usize>columns;
  const down = plane * <usize>(size + 3);
  for (let i = 0; i < tileRows; i++) {
    for (let j = 0; j < tileColumns; j++, to += pixel) {
      const tile = image + row * <usize>(4 * i) + pixel * <usize>(4 * j);
      for (let c: usize = 0; c < pixel; c += 16) square(size, kind, tile + c, row, pixel, scratch, to + c, down, plane);
    }
  }
}

/**
 * C = A·B, or C += A·B: `rows` rows of A, `aRow` bytes apart, with steps `aStep` bytes apart; B and C have rows of
 * `columns` floats, a multiple of eight.
 */
export function multiply(
  rows: i32,
  columns: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  c: usize,
  add: i32,
): void {
  const line = floats(columns);
  for (let j = 0; j < columns; j += 8) {
    for (let i = 0; i < rows; i += 4) {
      const more = min(4, rows - i) - 1;
      let a0 = a + aRow * <usize>i;
      let a1 = a0 + aRow * <usize>min(1, more);
      let a2 = a0 + aRow * <usize>min(2, more);
      let a3 = a0 + aRow * <usize>more;
      let from = b + floats(j);
      const end = from + line * <usize>depth;
      let c00 = f32x4.splat(0);
      let c01 = c00;
      let c10 = c00;
      let c11 = c00;
      let c20 = c00;
      let c21 = c00;
      let c30 = c00;
      let c31 = c00;
      do {
        const b0 = v128.load(from);
        const b1 = v128.load(from, 16);
        let t = v128.load_splat<f32>(a0);
        c00 = madd(t, b0, c00);
        c01 = madd(t, b1, c01);
        t = v128.load_splat<f32>(a1);
        c10 = madd(t, b0, c10);
        c11 = madd(t, b1, c11);
        t = v128.load_splat<f32>(a2);
        c20 = madd(t, b0, c20);
        c21 = madd(t, b1, c21);
        t = v128.load_splat<f32>(a3);
        c30 = madd(t, b0, c30);
        c31 = madd(t, b1, c31);
        a0 += aStep;
        a1 += aStep;
        a2 += aStep;
        a3 += aStep;
        from += line;
      } while (from < end);
      let to = c + line * <usize>i + floats(j);
      if (add) {
        c00 = f32x4.add(c00, v128.load(to));
        c01 = f32x4.add(c01, v128.load(to, 16));
      }
      v128.store(to, c00);
      v128.store(to, c01, 16);
      if (more < 1) continue;
      to += line;
      if (add) {
        c10 = f32x4.add(c10, v128.load(to));
        c11 = f32x4.add(c11, v128.load(to, 16));
      }
      v128.store(to, c10);
      v128.store(to, c11, 16);
      if (more < 2) continue;
      to += line;
      if (add) {
        c20 = f32x4.add(c20, v128.load(to));
        c21 = f32x4.add(c21, v128.load(to, 16));
      }
      v128.store(to, c20);
      v128.store(to, c21, 16);
      if (more < 3) continue;
      to += line;
      if (add) {
        c30 = f32x4.add(c30, v128.load(to));
        c31 = f32x4.add(c31, v128.load(to, 16));
      }
      v128.store(to, c30);
      v128.store(to, c31, 16);
    }
  }
}

/**
 * One image's tiles (or a band's) from the points to its maps: y = max(Aᵀ·M·A + bias, least).
 * @param map  bytes from one map of y to the next
 * @returns zeros; NaN somewhere when a sum is NaN or infinite before its bias is added, or near to it
 */
@inline
export function pointsToMaps(
  size: i32,
  m: usize,
  plane: usize,
  filters: i32,
  rows: i32,
  columns: i32,
  bias: usize,
  least: v128,
  y: usize,
  map: usize,
  scratch: usize,
  staging: usize,
): v128 {
  let odd = f32x4.splat(0);
  const tileColumns = tilesIn(columns);
  const pixel = floats(eights(filters));
  const line = pixel * <usize>(4 * tileColumns);
  const down = plane * <usize>(size + 3);
  for (let i = 0; i < rows; i += 4) {
    for (let j = 0; j < tileColumns; j++, m += pixel) {
      const to = staging + pixel * <usize>(4 * j);
      for (let f: usize = 0; f < pixel; f += 16) square(size, OUTPUT, m + f, down, plane, scratch, to + f, line, pixel);
    }
    for (let r = 0; r < min(4, rows - i); r++) {
      for (let f = 0; f < filters; f += 4) {
        const high = min(4, filters - f);
        const shift = bias ? v128.load(bias + floats(f)) : f32x4.splat(0);
        let from = staging + line * <usize>r + floats(f);
        let to = y + map * <usize>f + floats((i + r) * columns);
        for (let v = 0; v < columns; v += 4, to += 16, from += 4 * pixel) {
          const s0 = v128.load(from);
          const s1 = v128.load(from + pixel);
          const s2 = v128.load(from + 2 * pixel);
          const s3 = v128.load(from + 3 * pixel);
          // x − x is 0 for a finite number and NaN for any other. (Biases of filters beyond the last may be anything.)
          const sum = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
          odd = f32x4.add(odd, f32x4.sub(sum, sum));
          const r0 = f32x4.pmax(f32x4.add(s0, shift), least);
          const r1 = f32x4.pmax(f32x4.add(s1, shift), least);
          const r2 = f32x4.pmax(f32x4.add(s2, shift), least);
          const r3 = f32x4.pmax(f32x4.add(s3, shift), least);
          const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
          const b = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
          const c = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
          const d = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
          const m0 = v128.shuffle<i64>(a, c, 0, 2);
          const m1 = v128.shuffle<i64>(a, c, 1, 3);
          const m2 = v128.shuffle<i64>(b, d, 0, 2);
          const m3 = v128.shuffle<i64>(b, d, 1, 3);
          if (v + 4 <= columns && high == 4) {
            v128.store(to, m0);
            v128.store(to + map, m1);
            v128.store(to + 2 * map, m2);
            v128.store(to + 3 * map, m3);
          } else {
            v128.store(scratch, m0);
            v128.store(scratch, m1, 16);
            v128.store(scratch, m2, 32);
            v128.store(scratch, m3, 48);
            for (let o = 0; o < high; o++) {
              for (let q = 0; q < min(4, columns - v); q++) {
                store<f32>(to + map * <usize>o + floats(q), load<f32>(scratch + floats(4 * o + q)));
              }
            }
          }
        }
      }
    }
  }
  return odd;
}
