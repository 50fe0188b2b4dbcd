/**
 * Winograd's convolution, as ../wasm/assembly/winograd.ts explains it, on eight channels at once: an image is laid out with its
 * channels last, its tiles go to the points, the product at each point is a product of matrices, and the results come back to
 * maps. A block of images, or a band of a large one, does all of this before the next begins, so that its numbers stay in the
 * second-level cache. Channels and filters are rounded up to eight; the planes of the points lie a cache line further apart
 * than they need to, since at a power of two they would share a few places of the cache.
 */
#include "kernels.h"
#include "points.h"

INLINE int pointsOf(int size) { return (size + 3) * (size + 3); }
INLINE ptrdiff_t tilesIn(ptrdiff_t outputs) { return (outputs + 3) >> 2; }
/** Floats from one point's plane of rows × columns to the next point's. */
INLINE ptrdiff_t plane(ptrdiff_t rows, ptrdiff_t columns) { return rows * columns + 16; }
/** Floats in a part of scratch, a whole number of cache lines. */
INLINE ptrdiff_t lines(ptrdiff_t count) { return (count + 31) & ~(ptrdiff_t)15; }

size_t NAME(winogradPointBytes)(int size, int rows, int columns) {
  return 4 * plane(rows, columns) * pointsOf(size);
}

size_t NAME(winogradScratch)(int size, int block, int band, int maps, int filters, int rows, int columns) {
  const ptrdiff_t tileRows = least(band, tilesIn(rows)), tileColumns = tilesIn(columns);
  const ptrdiff_t tiles = tileRows * tileColumns;
  const ptrdiff_t pixels = (4 * tileRows + size - 1) * (4 * tileColumns + size - 1);
  return 4 * (lines(pixels * eights(maps)) + lines(pixels * eights(filters)) + lines(16 * tileColumns * eights(filters)) +
              (plane(block * tiles, eights(maps)) + plane(block * tiles, eights(filters))) * pointsOf(size));
}

INLINE void filtersToPoints(int size, int c, int filters, int maps, const float *w, ptrdiff_t filterStep, int flip, float *u) {
  const int taps = size * size;
  const ptrdiff_t across = eights(filters), step = plane(maps, across);
  float weights[25 * 8];
  for (int f = 0; f < filters; f += 8) {
    for (int tap = 0; tap < taps; tap++) {
      const float *from = w + f * filterStep + (flip ? taps - 1 - tap : tap);
      for (int lane = 0; lane < 8; lane++) weights[8 * tap + lane] = f + lane < filters ? from[lane * filterStep] : 0;
    }
    square(size, FILTER, weights, 8 * size, 8, u + c * across + f, step * (size + 3), step);
  }
}

void NAME(winogradFilters)(int first, int last, int size, int filters, int maps, const float *w, int filterBytes,
                           int mapBytes, int flip, float *u) {
  for (int c = first; c < last; c++) {
    const float *map = w + c * (mapBytes / 4);
    if (size == 3) filtersToPoints(3, c, filters, maps, map, filterBytes / 4, flip, u);
    else filtersToPoints(5, c, filters, maps, map, filterBytes / 4, flip, u);
  }
}

/**
 * Copies an image into a buffer with channels last, its padding around it; the padding stays as it is. Channels beyond the
 * last, up to a multiple of eight, repeat it; nothing that is kept is made of them.
 */
static void channelsLast(const float *x, ptrdiff_t maps, ptrdiff_t height, ptrdiff_t width, ptrdiff_t above, ptrdiff_t left,
                         ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t across, float *to) {
  const ptrdiff_t map = height * width;
  const ptrdiff_t firstRow = most(0, -above), lastRow = least(height, rows - above);
  const ptrdiff_t firstColumn = most(0, -left), lastColumn = least(width, columns - left);
  for (ptrdiff_t c = 0; c < maps; c += 8) {
    const float *from[8];
    for (ptrdiff_t i = 0; i < 8; i++) from[i] = x + map * least(c + i, maps - 1);
    for (ptrdiff_t h = firstRow; h < lastRow; h++) {
      float *row = to + across * ((h + above) * columns + left) + c;
      if (lastColumn - firstColumn >= 8) {
        for (ptrdiff_t v = firstColumn; v < lastColumn; v += 8) {
          // The last eight columns may overlap those before.
          const ptrdiff_t column = least(v, lastColumn - 8), at = h * width + column;
          v8 r[8];
          for (int i = 0; i < 8; i++) r[i] = load(from[i] + at);
          transpose(r);
          for (int i = 0; i < 8; i++) store(row + across * (column + i), r[i]);
        }
      } else {
        for (ptrdiff_t v = firstColumn; v < lastColumn; v++) {
          const ptrdiff_t at = h * width + v;
          store(row + across * v, (v8){from[0][at], from[1][at], from[2][at], from[3][at], from[4][at], from[5][at],
                                       from[6][at], from[7][at]});
        }
      }
    }
  }
}

/** The tiles of one channels-last image (or of its upstream gradients) at the points. */
INLINE void tilesToPoints(int size, enum way way, const float *image, ptrdiff_t across, ptrdiff_t columns, ptrdiff_t tileRows,
                          ptrdiff_t tileColumns, float *to, ptrdiff_t step) {
  for (ptrdiff_t i = 0; i < tileRows; i++) {
    for (ptrdiff_t j = 0; j < tileColumns; j++, to += across) {
      const float *tile = image + across * (4 * i * columns + 4 * j);
      for (ptrdiff_t c = 0; c < across; c += 8) {
        square(size, way, tile + c, across * columns, across, to + c, step * (size + 3), step);
      }
    }
  }
}

/** The first `count` of eight floats. */
INLINE void put(float *to, v8 v, ptrdiff_t count) {
  if (count >= 8) store(to, v);
  else memcpy(to, &v, 4 * count);
}

/**
 * One image's tiles (or a band's) from the points to its maps: y = max(Aᵀ·M·A + bias, lowest).
 * @param map  floats from one map of y to the next
 * @returns zeros; NaN somewhere when a sum is NaN or infinite before its bias is added
 */
INLINE v8 pointsToMaps(int size, const float *m, ptrdiff_t step, ptrdiff_t filters, ptrdiff_t rows, ptrdiff_t columns,
                       const float *bias, v8 lowest, float *y, ptrdiff_t map, float *staging) {
  v8 odd = splat(0);
  const ptrdiff_t tileColumns = tilesIn(columns), pixel = eights(filters), line = 4 * tileColumns * pixel;
  for (ptrdiff_t i = 0; i < rows; i += 4) {
    for (ptrdiff_t j = 0; j < tileColumns; j++, m += pixel) {
      for (ptrdiff_t f = 0; f < pixel; f += 8) {
        square(size, OUTPUT, m + f, step * (size + 3), step, staging + 4 * j * pixel + f, line, pixel);
      }
    }
    for (ptrdiff_t r = 0; r < least(4, rows - i); r++) {
      for (ptrdiff_t f = 0; f < filters; f += 8) {
        const ptrdiff_t high = least(8, filters - f);
        v8 shift = splat(0);
        if (bias) memcpy(&shift, bias + f, 4 * high);
        for (ptrdiff_t v = 0; v < columns; v += 8) {
          // The last eight columns may overlap those before; of fewer than eight, the rest is nothing.
          const ptrdiff_t column = columns < 8 ? 0 : least(v, columns - 8), count = least(8, columns);
          const float *from = staging + line * r + column * pixel + f;
          v8 s[8], sum = splat(0);
          for (int q = 0; q < 8; q++) {
            s[q] = q < count ? load(from + q * pixel) : splat(0);
            sum += s[q];
            s[q] = floored(s[q] + shift, lowest);
          }
          odd += sum - sum; // 0 for finite numbers, NaN for any other
          transpose(s);
          float *to = y + map * f + (i + r) * columns + column;
          if (high == 8 && count == 8) for (int o = 0; o < 8; o++) store(to + map * o, s[o]);
          else for (int o = 0; o < high; o++) put(to + map * o, s[o], count);
        }
      }
    }
  }
  return odd;
}

void NAME(winograd)(int first, int last, float *scratch, int size, int block, int band, int batch, const float *x,
                    int xImage, int maps, int height, int width, int above, int left, const float *u, const float *bias,
                    int filters, int rows, int columns, float *y, int yImage, int32_t *strange, float lowest) {
  v8 odd = splat(0);
  const ptrdiff_t tileRows = tilesIn(rows), tileColumns = tilesIn(columns);
  const ptrdiff_t pieces = (tileRows + band - 1) / band, tallest = least(band, tileRows);
  const ptrdiff_t columnsIn = 4 * tileColumns + size - 1, across = eights(maps), results = eights(filters);
  const int points = pointsOf(size);
  const ptrdiff_t pixels = (4 * tallest + size - 1) * columnsIn;
  float *image = scratch, *v = image + lines(pixels * across);
  float *m = v + plane(block * tallest * tileColumns, across) * points;
  float *staging = m + plane(block * tallest * tileColumns, results) * points;
  const ptrdiff_t planeU = plane(maps, results);
  memset(image, 0, 4 * pixels * across);
  for (ptrdiff_t b = first; b < last; b++) {
    const ptrdiff_t from = b * block, count = least(block, batch * pieces - from);
    const ptrdiff_t top = (from % pieces) * band, here = least(band, tileRows - top), tiles = here * tileColumns;
    const ptrdiff_t planeV = plane(count * tiles, across), planeM = plane(count * tiles, results);
    if (pieces > 1) memset(image, 0, 4 * pixels * across); // a band's padding is not where the last one's was
    for (ptrdiff_t n = 0; n < count; n++) {
      channelsLast(x + (from + n) / pieces * xImage, maps, height, width, above - 4 * top, left, 4 * here + size - 1,
                   columnsIn, across, image);
      float *to = v + n * tiles * across;
      if (size == 3) tilesToPoints(3, INPUT, image, across, columnsIn, here, tileColumns, to, planeV);
      else tilesToPoints(5, INPUT, image, across, columnsIn, here, tileColumns, to, planeV);
    }
    for (int p = 0; p < points; p++) {
      NAME(multiply)(count * tiles, results, maps, v + planeV * p, across, 1, u + planeU * p, results, m + planeM * p, results,
                     FRESH, NULL);
    }
    const ptrdiff_t low = least(rows - 4 * top, 4 * here), map = (ptrdiff_t)rows * columns;
    for (ptrdiff_t n = 0; n < count; n++) {
      const float *product = m + n * tiles * results;
      float *to = y + (from + n) / pieces * yImage + 4 * top * columns;
      if (size == 3) odd += pointsToMaps(3, product, planeM, filters, low, columns, bias, splat(lowest), to, map, staging);
      else odd += pointsToMaps(5, product, planeM, filters, low, columns, bias, splat(lowest), to, map, staging);
    }
  }
  for (int lane = 0; lane < 8; lane++) if (odd[lane] != 0) *strange = 1; // NaN is not 0
}

void NAME(winogradWeights)(int first, int last, float *scratch, int size, int block, int band, int batch, int parts,
                           const float *x, int xImage, int maps, int height, int width, int above, int left, const float *dy,
                           int dyImage, int filters, int rows, int columns, float *sums) {
  const ptrdiff_t tileRows = tilesIn(rows), tileColumns = tilesIn(columns);
  const ptrdiff_t pieces = (tileRows + band - 1) / band, all = batch * pieces, tallest = least(band, tileRows);
  const ptrdiff_t columnsIn = 4 * tileColumns + size - 1, across = eights(maps), results = eights(filters);
  const int points = pointsOf(size);
  const ptrdiff_t pixels = (4 * tallest + size - 1) * columnsIn;
  float *image = scratch, *upstream = image + lines(pixels * across);
  float *v = upstream + lines(pixels * results);
  float *z = v + plane(block * tallest * tileColumns, across) * points;
  const ptrdiff_t planeSum = plane(maps, results);
  memset(image, 0, 4 * pixels * across);
  memset(upstream, 0, 4 * pixels * results);
  for (ptrdiff_t part = first; part < last; part++) {
    float *sum = sums + planeSum * part * points;
    const ptrdiff_t begin = part * all / parts, end = (part + 1) * all / parts;
    for (ptrdiff_t from = begin; from < end; from += block) {
      const ptrdiff_t count = least(block, end - from);
      const ptrdiff_t top = (from % pieces) * band, here = least(band, tileRows - top), tiles = here * tileColumns;
      const ptrdiff_t planeV = plane(count * tiles, across), planeZ = plane(count * tiles, results);
      if (pieces > 1) {
        memset(image, 0, 4 * pixels * across);
        memset(upstream, 0, 4 * pixels * results);
      }
      for (ptrdiff_t n = 0; n < count; n++) {
        const ptrdiff_t number = (from + n) / pieces;
        channelsLast(x + number * xImage, maps, height, width, above - 4 * top, left, 4 * here + size - 1, columnsIn, across,
                     image);
        channelsLast(dy + number * dyImage, filters, rows, columns, -4 * top, 0, 4 * here, 4 * tileColumns, results, upstream);
        float *toV = v + n * tiles * across, *toZ = z + n * tiles * results;
        if (size == 3) {
          tilesToPoints(3, INPUT, image, across, columnsIn, here, tileColumns, toV, planeV);
          tilesToPoints(3, UPSTREAM, upstream, results, 4 * tileColumns, here, tileColumns, toZ, planeZ);
        } else {
          tilesToPoints(5, INPUT, image, across, columnsIn, here, tileColumns, toV, planeV);
          tilesToPoints(5, UPSTREAM, upstream, results, 4 * tileColumns, here, tileColumns, toZ, planeZ);
        }
      }
      for (int p = 0; p < points; p++) {
        NAME(multiply)(maps, results, count * tiles, v + planeV * p, 1, across, z + planeZ * p, results, sum + planeSum * p,
                       results, from > begin ? ADD : FRESH, NULL);
      }
    }
  }
}

INLINE void pointsToFilters(int size, int c, int filters, int maps, int parts, const float *sums, int flip, float *dw) {
  const int taps = size * size, points = pointsOf(size);
  const ptrdiff_t across = eights(filters), step = plane(maps, across);
  float sum[64 * 8] __attribute__((aligned(64))), weights[25 * 8];
  for (int f = 0; f < filters; f += 8) {
    for (int p = 0; p < points; p++) {
      const float *from = sums + step * p + c * across + f;
      v8 total = load(from);
      for (int part = 1; part < parts; part++) total += load(from + step * points * part);
      store(sum + 8 * p, total);
    }
    square(size, WEIGHTS, sum, 8 * (size + 3), 8, weights, 8 * size, 8);
    for (int lane = 0; lane < least(8, filters - f); lane++) {
      float *to = dw + ((ptrdiff_t)(f + lane) * maps + c) * taps;
      for (int tap = 0; tap < taps; tap++) to[flip ? taps - 1 - tap : tap] = weights[8 * tap + lane];
    }
  }
}

void NAME(winogradFilterGradient)(int first, int last, int size, int filters, int maps, int parts, const float *sums, int flip,
                                  float *dw) {
  for (int c = first; c < last; c++) {
    if (size == 3) pointsToFilters(3, c, filters, maps, parts, sums, flip, dw);
    else pointsToFilters(5, c, filters, maps, parts, sums, flip, dw);
  }
}
