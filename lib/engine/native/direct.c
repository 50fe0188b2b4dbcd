/**
 * Convolution without im2col, as ../wasm/assembly/direct.ts explains it: an image is copied once into a buffer with its padding,
 * a table says how many bytes each tap lies from a window's first element, and a tile of sums stays in registers while a loop
 * runs down the table. At a column stride s the copy deals the columns out into s runs, so that neighbouring outputs read
 * neighbouring floats. The sums run in the same order there.
 */
#include "kernels.h"

#define UNROLLED _Pragma("GCC unroll 8")

/** Where the maps of an image go in the padded buffer: a row there is `stride` runs of `run` floats. */
static void padImage(const float *x, ptrdiff_t maps, ptrdiff_t height, ptrdiff_t width, ptrdiff_t above, ptrdiff_t left,
                     ptrdiff_t rows, ptrdiff_t run, ptrdiff_t stride, float *to) {
  const ptrdiff_t firstRow = most(0, -above), lastRow = least(height, rows - above);
  const ptrdiff_t firstColumn = most(0, -left), lastColumn = least(width, run * stride - left);
  if (lastColumn <= firstColumn) return;
  for (ptrdiff_t map = 0; map < maps; map++) {
    for (ptrdiff_t h = firstRow; h < lastRow; h++) {
      const float *from = x + (map * height + h) * width;
      float *row = to + run * stride * (map * rows + h + above);
      if (stride == 1) {
        memcpy(row + firstColumn + left, from + firstColumn, 4 * (lastColumn - firstColumn));
      } else {
        for (ptrdiff_t v = firstColumn, place = (v + left) % stride, at = (v + left) / stride; v < lastColumn; v++) {
          row[place * run + at] = from[v];
          if (++place == stride) place = 0, at++;
        }
      }
    }
  }
}

/** Four filters × 8·vectors neighbouring outputs, their rows `map` apart. */
INLINE void outputs(int vectors, const char *window, const uint32_t *table, ptrdiff_t taps, const float *w, const float *bias,
                    float lowest, float *to, ptrdiff_t map) {
  v8 sums[4][3];
  UNROLLED for (int r = 0; r < 4; r++) UNROLLED for (int v = 0; v < vectors; v++) sums[r][v] = splat(0);
  for (ptrdiff_t k = 0; k < taps; k++, w += 4) {
    const float *from = (const float *)(window + table[k]);
    v8 row[3];
    UNROLLED for (int v = 0; v < vectors; v++) row[v] = load(from + 8 * v);
    UNROLLED for (int r = 0; r < 4; r++) {
      const v8 weight = splat(w[r]);
      UNROLLED for (int v = 0; v < vectors; v++) sums[r][v] = madd(weight, row[v], sums[r][v]);
    }
  }
  UNROLLED for (int r = 0; r < 4; r++) UNROLLED for (int v = 0; v < vectors; v++) {
    store(to + r * map + 8 * v, floored(bias ? sums[r][v] + splat(bias[r]) : sums[r][v], splat(lowest)));
  }
}

void NAME(direct)(int first, int last, float *scratch, const float *x, int xImage, int maps, int height, int width, int above,
                  int left, int paddedRows, int run, int stride, int padded, const uint32_t *table, int taps,
                  const float *weights, const float *bias, int filters, int rows, int columns, int rowStep, float *y,
                  int yImage, int yMap, int yRow, int yColumn, float lowest) {
  float edge[4 * 24], shifts[4], *image = scratch + 32;
  memset(image, 0, 4 * (ptrdiff_t)padded);
  for (ptrdiff_t n = first; n < last; n++) {
    padImage(x + n * xImage, maps, height, width, above, left, paddedRows, run, stride, image);
    for (ptrdiff_t f = 0; f < filters; f += 4) {
      const int high = (int)least(4, filters - f);
      const float *panel = weights + f * taps;
      const float *shift = bias ? shifts : NULL;
      for (int r = 0; r < high && bias; r++) shifts[r] = bias[f + r];
      for (int r = high; r < 4; r++) shifts[r] = 0;
      for (ptrdiff_t i = 0; i < rows; i++) {
        for (ptrdiff_t j = 0; j < columns;) {
          const ptrdiff_t left_ = columns - j;
          const int vectors = left_ > 16 ? 3 : left_ > 8 ? 2 : 1, wide = (int)least(8 * vectors, left_);
          const char *window = (const char *)(image + i * rowStep + j);
          float *to = y + n * yImage + f * yMap + i * yRow + j * yColumn;
          const int fits = high == 4 && yColumn == 1 && wide == 8 * vectors;
          float *into = fits ? to : edge;
          const ptrdiff_t map = fits ? yMap : 24;
          if (vectors == 3) outputs(3, window, table, taps, panel, shift, lowest, into, map);
          else if (vectors == 2) outputs(2, window, table, taps, panel, shift, lowest, into, map);
          else outputs(1, window, table, taps, panel, shift, lowest, into, map);
          if (!fits) {
            for (int r = 0; r < high; r++, to += yMap) {
              if (yColumn == 1) memcpy(to, edge + 24 * r, 4 * wide);
              else for (int q = 0; q < wide; q++) to[q * yColumn] = edge[24 * r + q];
            }
          }
          j += wide;
        }
      }
    }
  }
}

/** One image's dy in panels of eight filters: for each place the eight filters' numbers, zeros beyond the last. */
static void packUpstream(const float *dy, ptrdiff_t filters, ptrdiff_t size, float *to) {
  for (ptrdiff_t f = 0; f < filters; f += 8) {
    const float *from = dy + size * f;
    const int count = (int)least(8, filters - f);
    ptrdiff_t p = 0;
    if (count == 8) {
      for (; p + 8 <= size; p += 8, to += 64) {
        v8 r[8];
        for (int i = 0; i < 8; i++) r[i] = load(from + size * i + p);
        transpose(r);
        for (int i = 0; i < 8; i++) store(to + 8 * i, r[i]);
      }
    }
    for (; p < size; p++) for (int i = 0; i < 8; i++) *to++ = i < count ? from[size * i + p] : 0;
  }
}

/** The sums of `rows` taps × eight filters (of one panel of dy, or of two at once) over all places of an image. */
INLINE void correlate(int rows, int panels, const float *image, const uint32_t *table, ptrdiff_t height, ptrdiff_t width,
                      ptrdiff_t rowStep, const float *dy, ptrdiff_t panel, float *sums, ptrdiff_t sumRow) {
  v8 sum[6][2];
  const float *x[6];
  UNROLLED for (int r = 0; r < rows; r++) {
    x[r] = (const float *)((const char *)image + table[r]);
    UNROLLED for (int q = 0; q < panels; q++) sum[r][q] = splat(0);
  }
  for (ptrdiff_t i = 0; i < height; i++) {
    const ptrdiff_t from = i * rowStep;
    for (ptrdiff_t v = from; v < from + width; v++, dy += 8) {
      v8 d[2];
      UNROLLED for (int q = 0; q < panels; q++) d[q] = load(dy + q * panel);
      UNROLLED for (int r = 0; r < rows; r++) {
        const v8 number = splat(x[r][v]);
        UNROLLED for (int q = 0; q < panels; q++) sum[r][q] = madd(number, d[q], sum[r][q]);
      }
    }
  }
  UNROLLED for (int r = 0; r < rows; r++) UNROLLED for (int q = 0; q < panels; q++) {
    float *to = sums + r * sumRow + 8 * q;
    store(to, load(to) + sum[r][q]);
  }
}

#define TAPS(count, panels) \
  case count: correlate(count, panels, image, table + k, rows, columns, rowStep, dy, size * 8, to, filters8); break;

void NAME(directWeights)(int first, int last, float *scratch, int batch, int parts, const float *x, int xImage, int maps,
                         int height, int width, int above, int left, int paddedRows, int run, int stride, int padded,
                         const uint32_t *table, int taps, int filters, int rows, int columns, int rowStep,
                         const float *upstream, int dyImage, float *sums) {
  float *image = scratch, *packed = scratch + padded;
  const ptrdiff_t size = (ptrdiff_t)rows * columns, filters8 = eights(filters);
  memset(image, 0, 4 * (ptrdiff_t)padded);
  for (ptrdiff_t part = first; part < last; part++) {
    float *total = sums + filters8 * part * taps;
    memset(total, 0, 4 * filters8 * taps);
    for (ptrdiff_t n = part * batch / parts; n < (part + 1) * batch / parts; n++) {
      padImage(x + n * xImage, maps, height, width, above, left, paddedRows, run, stride, image);
      packUpstream(upstream + n * dyImage, filters, size, packed);
      for (ptrdiff_t f = 0; f < filters8;) {
        const int panels = f + 16 <= filters8 ? 2 : 1;
        const float *dy = packed + f * size;
        for (ptrdiff_t k = 0; k < taps; k += 6) {
          float *to = total + filters8 * k + f;
          const int count = (int)least(6, taps - k);
          if (panels == 2) switch (count) { TAPS(1, 2) TAPS(2, 2) TAPS(3, 2) TAPS(4, 2) TAPS(5, 2) TAPS(6, 2) }
          else switch (count) { TAPS(1, 1) TAPS(2, 1) TAPS(3, 1) TAPS(4, 1) TAPS(5, 1) TAPS(6, 1) }
        }
        f += 8 * panels;
      }
    }
  }
}
