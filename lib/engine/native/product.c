/**
 * The product of the linear layer: C = A·B (+ bias), for the columns 8·first … 8·last−1 of C. A strip of B's columns is laid
 * side by side in scratch for so many steps of the depth as stay in the first-level cache, and used for all rows of A. The sums
 * of a block of the depth are made in registers and then added to C, in the order of ../wasm/assembly/product.ts.
 */
#include "kernels.h"

/** Depth of a block. */
#define DEPTH 256
/** Columns of a strip. */
#define STRIP (2 * LANES)
/** Rows whose edge is computed at once. */
#define EDGE_ROWS 96
/** Columns of a row whose sums stay in the first-level cache. */
#define ALONG 4096

size_t NAME(productScratch)(void) {
  const size_t strip = DEPTH * STRIP + EDGE_ROWS * 8;
  return 4 * (strip > ALONG ? strip : ALONG);
}

/** Columns of B side by side, up to a multiple of eight: for each step their numbers, zeros right of the last one. */
static void pack(ptrdiff_t columns, ptrdiff_t depth, const float *b, ptrdiff_t bStep, ptrdiff_t bColumn, float *to) {
  const ptrdiff_t line = eights(columns);
  for (ptrdiff_t j = 0; j < columns; j += 8, b += 8 * bColumn, to += 8) {
    const ptrdiff_t count = least(8, columns - j);
    ptrdiff_t k = 0;
    if (count == 8 && bColumn == 1) {
      for (; k < depth; k++) store(to + k * line, load(b + k * bStep));
    } else if (count == 8 && bStep == 1) {
      for (; k + 8 <= depth; k += 8) {
        v8 r[8];
        for (int i = 0; i < 8; i++) r[i] = load(b + i * bColumn + k);
        transpose(r);
        for (int i = 0; i < 8; i++) store(to + (k + i) * line, r[i]);
      }
    }
    for (; k < depth; k++) {
      for (int i = 0; i < 8; i++) to[k * line + i] = i < count ? b[k * bStep + i * bColumn] : 0;
    }
  }
}

/** A single row of C from columns of B that lie side by side: B is read once, in the order in which it lies. */
static void rowAlong(ptrdiff_t first, ptrdiff_t last, float *sums, ptrdiff_t depth, const float *a, ptrdiff_t aStep,
                     const float *b, ptrdiff_t bStep, float *c, const float *bias) {
  for (ptrdiff_t j0 = first; j0 < last; j0 += ALONG) {
    const ptrdiff_t count = least(ALONG, last - j0);
    for (ptrdiff_t k0 = 0; k0 < depth; k0 += DEPTH) {
      const ptrdiff_t stop = least(k0 + DEPTH, depth);
      memset(sums, 0, 4 * count);
      ptrdiff_t k = k0;
      for (; k + 4 <= stop; k += 4) {
        const float *row = b + k * bStep + j0, *factor = a + k * aStep;
        const v8 f0 = splat(factor[0]), f1 = splat(factor[aStep]), f2 = splat(factor[2 * aStep]), f3 = splat(factor[3 * aStep]);
        for (ptrdiff_t j = 0; j < count; j += 8) {
          v8 sum = madd(f0, load(row + j), load(sums + j));
          sum = madd(f1, load(row + bStep + j), sum);
          sum = madd(f2, load(row + 2 * bStep + j), sum);
          store(sums + j, madd(f3, load(row + 3 * bStep + j), sum));
        }
      }
      for (; k < stop; k++) {
        const float *row = b + k * bStep + j0;
        const v8 f = splat(a[k * aStep]);
        for (ptrdiff_t j = 0; j < count; j += 8) store(sums + j, madd(f, load(row + j), load(sums + j)));
      }
      const float *base = k0 > 0 ? c : bias;
      for (ptrdiff_t j = 0; j < count; j += 8) {
        store(c + j0 + j, base ? load(sums + j) + load(base + j0 + j) : load(sums + j));
      }
    }
  }
}

/** The same from columns of B that lie one after another, eight at a time. */
static void rowAcross(ptrdiff_t first, ptrdiff_t last, ptrdiff_t depth, const float *a, ptrdiff_t aStep, const float *b,
                      ptrdiff_t bColumn, float *c, const float *bias) {
  for (ptrdiff_t j = first; j < last; j += 8) {
    const float *columns = b + j * bColumn;
    for (ptrdiff_t k0 = 0; k0 < depth; k0 += DEPTH) {
      const ptrdiff_t stop = least(k0 + DEPTH, depth);
      v8 sum = splat(0);
      ptrdiff_t k = k0;
      for (; k + 8 <= stop; k += 8) {
        v8 r[8];
        for (int i = 0; i < 8; i++) r[i] = load(columns + i * bColumn + k);
        transpose(r);
        for (int i = 0; i < 8; i++) sum = madd(splat(a[(k + i) * aStep]), r[i], sum);
      }
      for (; k < stop; k++) {
        v8 column;
        for (int i = 0; i < 8; i++) column[i] = columns[i * bColumn + k];
        sum = madd(splat(a[k * aStep]), column, sum);
      }
      const float *base = k0 > 0 ? c : bias;
      store(c + j, base ? sum + load(base + j) : sum);
    }
  }
}

/** Of A's steps one is 1, as the linear layer has it. */
void NAME(product)(int first, int last, float *scratch, int rows, int columns, int depth, const float *a, int aRow, int aStep,
                   const float *b, int bStep, int bColumn, float *c, const float *bias) {
  ptrdiff_t start = 8 * (ptrdiff_t)first;
  const ptrdiff_t end = least(columns, 8 * (ptrdiff_t)last);
  if (rows == 1 && (bColumn == 1 || bStep == 1)) {
    const ptrdiff_t whole = end & ~(ptrdiff_t)7;
    if (bColumn == 1) rowAlong(start, whole, scratch, depth, a, aStep, b, bStep, c, bias);
    else rowAcross(start, whole, depth, a, aStep, b, bColumn, c, bias);
    start = most(start, whole);
  }
  float *edge = scratch + DEPTH * STRIP;
  for (ptrdiff_t k0 = 0; k0 < depth; k0 += DEPTH) {
    const ptrdiff_t deep = least(DEPTH, depth - k0);
    const float *from = a + k0 * aStep;
    const enum start begin = k0 > 0 ? ADD : bias ? BIAS : FRESH;
    for (ptrdiff_t j = start; j < end; j += STRIP) {
      const ptrdiff_t count = least(STRIP, end - j), line = eights(count), whole = count & ~(ptrdiff_t)7;
      pack(count, deep, b + k0 * bStep + j * bColumn, bStep, bColumn, scratch);
      NAME(multiply)(rows, whole, deep, from, aRow, aStep, scratch, line, c + j, columns, begin, bias ? bias + j : NULL);
      if (whole == count) continue;
      // Fewer than eight columns are left of C: they are computed beside it, as eight.
      for (ptrdiff_t i = 0; i < rows; i += EDGE_ROWS) {
        const ptrdiff_t high = least(EDGE_ROWS, rows - i);
        NAME(multiply)(high, 8, deep, from + i * aRow, aRow, aStep, scratch + whole, line, edge, 8, FRESH, NULL);
        for (ptrdiff_t r = 0; r < high; r++) {
          float *to = c + (i + r) * columns + j + whole;
          const float *base = k0 > 0 ? to : bias ? bias + j + whole : NULL;
          for (ptrdiff_t q = 0; q < count - whole; q++) to[q] = base ? edge[8 * r + q] + base[q] : edge[8 * r + q];
        }
      }
    }
  }
}
