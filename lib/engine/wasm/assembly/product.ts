/**
 * The matrix product C = A·B for the linear layer, after Goto and van de Geijn (2008): four rows of A and eight
 * columns of B are laid side by side in scratch, and a tile of 4×8 sums stays in registers while a loop runs down
 * them. A tile that large needs two loads of B and four of A for eight multiply-adds, and eleven of the sixteen
 * vector registers; with more the compiler spills.
 */
import { floats, madd, put, transpose4 } from "./simd";

/** Depth of a block: a panel of A and one of B stay in the first-level cache. */
const DEPTH = 256;
/** Rows of a block: its panels of A stay in the second-level cache. */
const ROWS = 128;

/** Bytes of scratch that `product` needs: the panels of A, a panel of B, an edge tile. */
export function productScratch(): i32 {
  return <i32>(floats(DEPTH * ROWS) + floats(DEPTH * 8) + floats(32));
}

/**
 * The columns 8·first … 8·last−1 of C. Strides are in floats; A is rows × depth, B depth × columns.
 * @param bias  0, or a number for each column that the sums begin with
 */
export function product(
  first: i32,
  last: i32,
  scratch: usize,
  rows: i32,
  columns: i32,
  depth: i32,
  a: usize,
  aRow: i32,
  aStep: i32,
  b: usize,
  bStep: i32,
  bColumn: i32,
  c: usize,
  bias: usize,
): void {
  let start = first;
  if (rows == 1 && (bColumn == 1 || bStep == 1)) {
    const whole = min(last, columns >> 3);
    if (bColumn == 1) rowAlong(8 * first, 8 * whole, scratch, depth, a, aStep, b, bStep, c, bias);
    else rowAcross(8 * first, 8 * whole, depth, a, aStep, b, bColumn, c, bias);
    start = max(first, whole);
    if (start >= last) return;
  }
  const panelsA = scratch;
  const panelB = panelsA + floats(DEPTH * ROWS);
  const edge = panelB + floats(DEPTH * 8);
  const cRow = floats(columns);
  const end = min(columns, 8 * last);
  for (let k0 = 0; k0 < depth; k0 += DEPTH) {
    const deep = min(DEPTH, depth - k0);
    for (let i0 = 0; i0 < rows; i0 += ROWS) {
      const high = min(ROWS, rows - i0);
      packRows(high, deep, a + floats(i0 * aRow + k0 * aStep), aRow, aStep, panelsA);
      for (let j = 8 * start; j < end; j += 8) {
        const wide = min(8, end - j);
        packColumns(wide, deep, b + floats(k0 * bStep + j * bColumn), bStep, bColumn, panelB);
        for (let i = 0; i < high; i += 4) {
          let pa = panelsA + floats(i * deep);
          let pb = panelB;
          const stop = pa + floats(4 * deep);
          let c00 = f32x4.splat(0);
          let c01 = c00;
          let c10 = c00;
          let c11 = c00;
          let c20 = c00;
          let c21 = c00;
          let c30 = c00;
          let c31 = c00;
          do {
            const b0 = v128.load(pb);
            const b1 = v128.load(pb, 16);
            let t = v128.load_splat<f32>(pa);
            c00 = madd(t, b0, c00);
            c01 = madd(t, b1, c01);
            t = v128.load_splat<f32>(pa, 4);
            c10 = madd(t, b0, c10);
            c11 = madd(t, b1, c11);
            t = v128.load_splat<f32>(pa, 8);
            c20 = madd(t, b0, c20);
            c21 = madd(t, b1, c21);
            t = v128.load_splat<f32>(pa, 12);
            c30 = madd(t, b0, c30);
            c31 = madd(t, b1, c31);
            pa += 16;
            pb += 32;
          } while (pa < stop);
          v128.store(edge, c00);
          v128.store(edge, c01, 16);
          v128.store(edge, c10, 32);
          v128.store(edge, c11, 48);
          v128.store(edge, c20, 64);
          v128.store(edge, c21, 80);
          v128.store(edge, c30, 96);
          v128.store(edge, c31, 112);
          addTile(edge, c + floats((i0 + i) * columns + j), cRow, min(4, high - i), wide, k0, bias ? bias + floats(j) : 0);
        }
      }
    }
  }
}

/** Columns of a row whose sums stay in the first-level cache. */
const ALONG = 4096;

/**
 * A single row of C, from columns of B that lie side by side: B is read once, in the order in which it lies. The sums are made
 * in the order of `product`, and have its bits.
 */
function rowAlong(
  first: i32,
  last: i32,
  sums: usize,
  depth: i32,
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  c: usize,
  bias: usize,
): void {
  const rowBytes = floats(bStep);
  const next = floats(aStep);
  for (let j0 = first; j0 < last; j0 += ALONG) {
    const bytes = floats(min(ALONG, last - j0));
    for (let k0 = 0; k0 < depth; k0 += DEPTH) {
      const stop = min(k0 + DEPTH, depth);
      memory.fill(sums, 0, bytes);
      let from = b + floats(k0 * bStep + j0);
      let factor = a + floats(k0 * aStep);
      let k = k0;
      for (; k + 4 <= stop; k += 4, from += 4 * rowBytes, factor += 4 * next) {
        const f0 = v128.load_splat<f32>(factor);
        const f1 = v128.load_splat<f32>(factor + next);
        const f2 = v128.load_splat<f32>(factor + 2 * next);
        const f3 = v128.load_splat<f32>(factor + 3 * next);
        let row = from;
        for (let at = sums; at < sums + bytes; at += 16, row += 16) {
          let sum = madd(f0, v128.load(row), v128.load(at));
          sum = madd(f1, v128.load(row + rowBytes), sum);
          sum = madd(f2, v128.load(row + 2 * rowBytes), sum);
          v128.store(at, madd(f3, v128.load(row + 3 * rowBytes), sum));
        }
      }
      for (; k < stop; k++, from += rowBytes, factor += next) {
        const f = v128.load_splat<f32>(factor);
        for (let i: usize = 0; i < bytes; i += 16) {
          v128.store(sums + i, madd(f, v128.load(from + i), v128.load(sums + i)));
        }
      }
      for (let i: usize = 0; i < bytes; i += 16) addSums(v128.load(sums + i), c, bias, floats(j0) + i, k0);
    }
  }
}

/** The same from columns of B that lie one after another, eight at a time. */
function rowAcross(
  first: i32,
  last: i32,
  depth: i32,
  a: usize,
  aStep: i32,
  b: usize,
  bColumn: i32,
  c: usize,
  bias: usize,
): void {
  const bytes = floats(bColumn);
  const next = floats(aStep);
  for (let j = first; j < last; j += 8) {
    const upper = b + floats(j * bColumn);
    for (let k0 = 0; k0 < depth; k0 += DEPTH) {
      const stop = min(k0 + DEPTH, depth);
      let low = f32x4.splat(0);
      let high = low;
      let factor = a + floats(k0 * aStep);
      let k = k0;
      for (; k + 4 <= stop; k += 4, factor += 4 * next) {
        const from = upper + floats(k);
        const under = from + 4 * bytes;
        low = fourSteps(low, from, bytes, factor, next);
        high = fourSteps(high, under, bytes, factor, next);
      }
      for (; k < stop; k++, factor += next) {
        const f = v128.load_splat<f32>(factor);
        const from = upper + floats(k);
        low = madd(f, column(from, bytes), low);
        high = madd(f, column(from + 4 * bytes, bytes), high);
      }
      addSums(low, c, bias, floats(j), k0);
      addSums(high, c, bias, floats(j + 4), k0);
    }
  }
}

/** Four steps of four sums: four rows of four numbers are read and used column by column. */
@inline
function fourSteps(sum: v128, from: usize, bytes: usize, factor: usize, next: usize): v128 {
  const r0 = v128.load(from);
  const r1 = v128.load(from + bytes);
  const r2 = v128.load(from + 2 * bytes);
  const r3 = v128.load(from + 3 * bytes);
  const p = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const q = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const r = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const s = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  sum = madd(v128.load_splat<f32>(factor), v128.shuffle<i64>(p, r, 0, 2), sum);
  sum = madd(v128.load_splat<f32>(factor + next), v128.shuffle<i64>(p, r, 1, 3), sum);
  sum = madd(v128.load_splat<f32>(factor + 2 * next), v128.shuffle<i64>(q, s, 0, 2), sum);
  return madd(v128.load_splat<f32>(factor + 3 * next), v128.shuffle<i64>(q, s, 1, 3), sum);
}

/** Four numbers that lie so many bytes apart. */
@inline
function column(from: usize, bytes: usize): v128 {
  let v = v128.load_splat<f32>(from);
  v = f32x4.replace_lane(v, 1, load<f32>(from + bytes));
  v = f32x4.replace_lane(v, 2, load<f32>(from + 2 * bytes));
  return f32x4.replace_lane(v, 3, load<f32>(from + 3 * bytes));
}

/** Four sums of a block of the depth: C = sums (+ bias) on the first, C += sums on the others. */
@inline
function addSums(sums: v128, c: usize, bias: usize, at: usize, block: i32): void {
  if (block > 0) sums = f32x4.add(sums, v128.load(c + at));
  else if (bias != 0) sums = f32x4.add(sums, v128.load(bias + at));
  v128.store(c + at, sums);
}

/** C = tile (+ bias) on the first block of the depth, C += tile on the others. */
@inline
function addTile(tile: usize, c: usize, cRow: usize, high: i32, wide: i32, block: i32, bias: usize): void {
  const start = block == 0 ? bias : 1;
  for (let r = 0; r < high; r++, tile += 32, c += cRow) {
    if (wide == 8) {
      let low = v128.load(tile);
      let top = v128.load(tile, 16);
      if (start != 0) {
        const base = block == 0 ? bias : c;
        low = f32x4.add(low, v128.load(base));
        top = f32x4.add(top, v128.load(base, 16));
      }
      v128.store(c, low);
      v128.store(c, top, 16);
    } else {
      for (let q = 0; q < wide; q++) {
        const base: f32 = start == 0 ? 0 : load<f32>((block == 0 ? bias : c) + floats(q));
        store<f32>(c + floats(q), base + load<f32>(tile + floats(q)));
      }
    }
  }
}

/** Panels of four rows: for each step the four rows' numbers, zeros below the last row. */
function packRows(rows: i32, depth: i32, a: usize, aRow: i32, aStep: i32, to: usize): void {
  for (let i = 0; i < rows; i += 4) {
    const high = min(4, rows - i);
    const from = a + floats(i * aRow);
    let k = 0;
    if (high == 4 && aStep == 1) {
      for (; k + 4 <= depth; k += 4, to += 64) transpose4(from + floats(k), floats(aRow), to, 16);
    } else if (high == 4 && aRow == 1) {
      for (; k < depth; k++, to += 16) v128.store(to, v128.load(from + floats(k * aStep)));
    }
    for (; k < depth; k++) {
      for (let r = 0; r < 4; r++, to += 4) store<f32>(to, r < high ? load<f32>(from + floats(r * aRow + k * aStep)) : 0);
    }
  }
}

/** A panel of eight columns: for each step the eight columns' numbers, zeros right of the last one. */
function packColumns(wide: i32, depth: i32, b: usize, bStep: i32, bColumn: i32, to: usize): void {
  let k = 0;
  if (wide == 8 && bColumn == 1) {
    for (; k < depth; k++, to += 32) {
      const from = b + floats(k * bStep);
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
    }
  } else if (wide == 8 && bStep == 1) {
    for (; k + 4 <= depth; k += 4, to += 128) {
      transpose4(b + floats(k), floats(bColumn), to, 32);
      transpose4(b + floats(k + 4 * bColumn), floats(bColumn), to + 16, 32);
    }
  }
  for (; k < depth; k++) {
    for (let q = 0; q < 8; q++, to += 4) store<f32>(to, q < wide ? load<f32>(b + floats(k * bStep + q * bColumn)) : 0);
  }
}

/** The rows first … last−1 of C = a·bᵀ for two vectors: every number of a times every number of b. */
export function outer(first: i32, last: i32, _scratch: usize, columns: i32, a: usize, b: usize, c: usize): void {
  const zero = f32x4.splat(0);
  for (let i = first; i < last; i++) {
    const factor = v128.load_splat<f32>(a + floats(i));
    const row = c + floats(i * columns);
    // Added to zero as in `product`, which has no −0.
    for (let j = 0; j < columns; j += 4) {
      put(row + floats(j), f32x4.add(f32x4.mul(factor, v128.load(b + floats(j))), zero), columns - j);
    }
  }
}
