/**
 * What brings a tile of Winograd's convolution to its points and back, for eight neighbouring channels at once. The transforms
 * are those of ../wasm/assembly/points.ts, term by term, so that they round alike: Bᵀ takes inputs to the points, G a filter,
 * Aᵀ takes the products to the outputs; A and Gᵀ are the way of the gradients.
 *
 * A square goes through one of them by its columns and then by its rows. `size` (3 or 5, the filter's extent) and the strides of
 * the square in between are known when the compiler unrolls.
 */
#pragma once
#include "vector.h"

INLINE v8 times(v8 a, float factor) { return a * splat(factor); }
INLINE v8 plus(v8 a, float factor, v8 b) { return madd(a, splat(factor), b); }

/** Bᵀ: the inputs of a tile's row or column, `step` apart, to its points. */
INLINE void inputToPoints(int size, const float *from, ptrdiff_t step, float *to, ptrdiff_t toStep) {
  const v8 x0 = load(from), x1 = load(from + step), x2 = load(from + 2 * step), x3 = load(from + 3 * step),
           x4 = load(from + 4 * step), x5 = load(from + 5 * step);
  if (size == 3) {
    const v8 even = plus(x2, -4, x4), odd = plus(x1, -4, x3);
    const v8 evenTwo = x4 - x2, oddTwo = times(x3 - x1, 2);
    store(to, plus(x0, 4, plus(x2, -5, x4)));
    store(to + toStep, even + odd);
    store(to + 2 * toStep, even - odd);
    store(to + 3 * toStep, evenTwo + oddTwo);
    store(to + 4 * toStep, evenTwo - oddTwo);
    store(to + 5 * toStep, plus(x1, 4, plus(x3, -5, x5)));
    return;
  }
  const v8 x6 = load(from + 6 * step), x7 = load(from + 7 * step);
  store(to, plus(x4 - x2, 5.25f, x0 - x6));
  v8 even = plus(x4, -4.25f, x2 + x6), odd = plus(x3, -4.25f, x1 + x5);
  store(to + toStep, even + odd);
  store(to + 2 * toStep, even - odd);
  even = plus(x2, 0.25f, plus(x4, -1.25f, x6));
  odd = plus(x1, 0.5f, plus(x3, -2.5f, x5 + x5));
  store(to + 3 * toStep, even + odd);
  store(to + 4 * toStep, even - odd);
  even = plus(x2, 4, plus(x4, -5, x6));
  odd = plus(x5, 0.5f, plus(x3, -2.5f, x1 + x1));
  store(to + 5 * toStep, even + odd);
  store(to + 6 * toStep, even - odd);
  store(to + 7 * toStep, plus(x3 - x5, 5.25f, x7 - x1));
}

/** Aᵀ: a row or column of points to its four outputs. */
INLINE void pointsToOutput(int size, const float *from, ptrdiff_t step, float *to, ptrdiff_t toStep) {
  const v8 m0 = load(from), m1 = load(from + step), m2 = load(from + 2 * step), m3 = load(from + 3 * step),
           m4 = load(from + 4 * step), m5 = load(from + 5 * step);
  const v8 even = m1 + m2, odd = m1 - m2, evenTwo = m3 + m4, oddTwo = m3 - m4;
  v8 y0 = m0 + even + evenTwo, y1 = plus(oddTwo, 2, odd), y2 = plus(evenTwo, 4, even), y3 = plus(oddTwo, 8, odd);
  if (size == 3) {
    y3 = y3 + m5;
  } else {
    const v8 m6 = load(from + 6 * step), m7 = load(from + 7 * step);
    const v8 evenHalf = m5 + m6, oddHalf = m5 - m6;
    y0 = y0 + evenHalf;
    y1 = plus(oddHalf, 0.5f, y1);
    y2 = plus(evenHalf, 0.25f, y2);
    y3 = plus(oddHalf, 0.125f, y3 + m7);
  }
  store(to, y0);
  store(to + toStep, y1);
  store(to + 2 * toStep, y2);
  store(to + 3 * toStep, y3);
}

/** A: a row or column of four upstream gradients to its points. */
INLINE void outputToPoints(int size, const float *from, ptrdiff_t step, float *to, ptrdiff_t toStep) {
  const v8 y0 = load(from), y1 = load(from + step), y2 = load(from + 2 * step), y3 = load(from + 3 * step);
  v8 even = y0 + y2, odd = y1 + y3;
  store(to, y0);
  store(to + toStep, even + odd);
  store(to + 2 * toStep, even - odd);
  even = plus(y2, 4, y0);
  odd = times(plus(y3, 4, y1), 2);
  store(to + 3 * toStep, even + odd);
  store(to + 4 * toStep, even - odd);
  if (size == 3) {
    store(to + 5 * toStep, y3);
    return;
  }
  even = plus(y2, 0.25f, y0);
  odd = times(plus(y3, 0.25f, y1), 0.5f);
  store(to + 5 * toStep, even + odd);
  store(to + 6 * toStep, even - odd);
  store(to + 7 * toStep, y3);
}

/** G: a row or column of a filter to its points. */
INLINE void filterToPoints(int size, const float *from, ptrdiff_t step, float *to, ptrdiff_t toStep) {
  const v8 w0 = load(from), w1 = load(from + step), w2 = load(from + 2 * step);
  if (size == 3) {
    v8 even = w0 + w2;
    store(to, times(w0, 0.25f));
    store(to + toStep, times(even + w1, -1.0 / 6));
    store(to + 2 * toStep, times(even - w1, -1.0 / 6));
    even = plus(w2, 4, w0);
    const v8 odd = times(w1, 2);
    store(to + 3 * toStep, times(even + odd, 1.0 / 24));
    store(to + 4 * toStep, times(even - odd, 1.0 / 24));
    store(to + 5 * toStep, w2);
    return;
  }
  const v8 w3 = load(from + 3 * step), w4 = load(from + 4 * step);
  v8 even = w0 + w2 + w4, odd = w1 + w3;
  store(to, w0);
  store(to + toStep, times(even + odd, -2.0 / 9));
  store(to + 2 * toStep, times(even - odd, -2.0 / 9));
  even = plus(w4, 16, plus(w2, 4, w0));
  odd = times(plus(w3, 4, w1), 2);
  store(to + 3 * toStep, times(even + odd, 1.0 / 90));
  store(to + 4 * toStep, times(even - odd, 1.0 / 90));
  even = plus(w4, 0.0625f, plus(w2, 0.25f, w0));
  odd = times(plus(w3, 0.25f, w1), 0.5f);
  store(to + 5 * toStep, times(even + odd, 32.0 / 45));
  store(to + 6 * toStep, times(even - odd, 32.0 / 45));
  store(to + 7 * toStep, w4);
}

/** Gᵀ: a row or column of points to the gradients of the filter's weights. */
INLINE void pointsToFilter(int size, const float *from, ptrdiff_t step, float *to, ptrdiff_t toStep) {
  const v8 m0 = load(from), m1 = load(from + step), m2 = load(from + 2 * step), m3 = load(from + 3 * step),
           m4 = load(from + 4 * step), m5 = load(from + 5 * step);
  if (size == 3) {
    const v8 even = times(m1 + m2, -1.0 / 6), odd = times(m1 - m2, -1.0 / 6);
    const v8 evenTwo = times(m3 + m4, 1.0 / 24), oddTwo = times(m3 - m4, 1.0 / 12);
    store(to, plus(m0, 0.25f, even) + evenTwo);
    store(to + toStep, odd + oddTwo);
    store(to + 2 * toStep, plus(evenTwo, 4, even) + m5);
    return;
  }
  const v8 m6 = load(from + 6 * step), m7 = load(from + 7 * step);
  const v8 even = times(m1 + m2, -2.0 / 9), odd = times(m1 - m2, -2.0 / 9);
  const v8 evenTwo = times(m3 + m4, 1.0 / 90), oddTwo = times(m3 - m4, 1.0 / 90);
  const v8 evenHalf = times(m5 + m6, 32.0 / 45), oddHalf = times(m5 - m6, 32.0 / 45);
  store(to, (m0 + even) + (evenTwo + evenHalf));
  store(to + toStep, plus(oddTwo, 2, plus(oddHalf, 0.5f, odd)));
  store(to + 2 * toStep, plus(evenTwo, 4, plus(evenHalf, 0.25f, even)));
  store(to + 3 * toStep, plus(oddTwo, 8, plus(oddHalf, 0.125f, odd)));
  store(to + 4 * toStep, plus(evenTwo, 16, plus(evenHalf, 0.0625f, even + m7)));
}

enum way { INPUT, OUTPUT, UPSTREAM, FILTER, WEIGHTS };

INLINE void one(int size, enum way way, const float *from, ptrdiff_t step, float *to, ptrdiff_t toStep) {
  if (way == INPUT) inputToPoints(size, from, step, to, toStep);
  if (way == OUTPUT) pointsToOutput(size, from, step, to, toStep);
  if (way == UPSTREAM) outputToPoints(size, from, step, to, toStep);
  if (way == FILTER) filterToPoints(size, from, step, to, toStep);
  if (way == WEIGHTS) pointsToFilter(size, from, step, to, toStep);
}

/** A square through one of the transforms. */
INLINE void square(int size, enum way way, const float *from, ptrdiff_t down, ptrdiff_t across, float *to, ptrdiff_t toDown,
                   ptrdiff_t toAcross) {
  float rows[8 * 8 * 8] __attribute__((aligned(64)));
  const int points = size + 3;
  const int inputs = way == FILTER ? size : way == UPSTREAM ? 4 : points;
  const int outputs = way == OUTPUT ? 4 : way == WEIGHTS ? size : points;
  for (int j = 0; j < inputs; j++) one(size, way, from + j * across, down, rows + 8 * j, 8 * inputs);
  for (int i = 0; i < outputs; i++) one(size, way, rows + 8 * inputs * i, 8, to + i * toDown, toAcross);
}
