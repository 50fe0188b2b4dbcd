/**
 * C = A·B, the product that the linear layer and Winograd's convolution are made of. A tile of sums stays in registers: a few
 * rows of C and two vectors of its columns. In each step of the depth every number of A is spread over a vector and multiplied
 * with both vectors of B. A multiply-add takes four steps and the processor begins two in each, so it takes eight sums that do
 * not wait for each other; twelve of AVX2's sixteen registers are as many as fit beside B, 24 of the 32 of AVX-512 and NEON.
 *
 * Every sum runs down the depth in order. So its bits depend neither on the tile that it falls into nor on the thread, and they
 * are those of ../wasm/assembly/tiles.ts.
 */
#include "kernels.h"

#define UNROLLED _Pragma("GCC unroll 12")

#define DEFINE_TILE(name, vector, vector_anywhere, multiply_add)                                                            \
  INLINE void name(int rows, int vectors, ptrdiff_t depth, const float *a, ptrdiff_t aRow, ptrdiff_t aStep, const float *b, \
                   ptrdiff_t bStep, float *c, ptrdiff_t cRow, enum start start, const float *bias) {                        \
    enum { lanes = sizeof(vector) / 4 };                                                                                    \
    vector sums[12][2];                                                                                                     \
    UNROLLED for (int r = 0; r < rows; r++) UNROLLED for (int v = 0; v < vectors; v++) sums[r][v] = (vector){0};            \
    for (ptrdiff_t k = 0; k < depth; k++, a += aStep, b += bStep) {                                                         \
      vector row[2];                                                                                                        \
      UNROLLED for (int v = 0; v < vectors; v++) row[v] = *(const vector_anywhere *)(b + lanes * v);                        \
      UNROLLED for (int r = 0; r < rows; r++) {                                                                             \
        const vector factor = a[r * aRow] - (vector){0};                                                                    \
        UNROLLED for (int v = 0; v < vectors; v++) sums[r][v] = multiply_add(factor, row[v], sums[r][v]);                   \
      }                                                                                                                     \
    }                                                                                                                       \
    UNROLLED for (int r = 0; r < rows; r++, c += cRow) {                                                                    \
      UNROLLED for (int v = 0; v < vectors; v++) {                                                                          \
        vector sum = sums[r][v];                                                                                            \
        if (start == ADD) sum += *(const vector_anywhere *)(c + lanes * v);                                                 \
        if (start == BIAS) sum += *(const vector_anywhere *)(bias + lanes * v);                                             \
        *(vector_anywhere *)(c + lanes * v) = sum;                                                                          \
      }                                                                                                                     \
    }                                                                                                                       \
  }
DEFINE_TILE(wide_tile, wide, wide_anywhere, madd_wide)
DEFINE_TILE(narrow_tile, v8, v8_anywhere, madd)

#define CASE(tile, rows, vectors)                                                                                           \
  case rows: tile(rows, vectors, depth, a, aRow, aStep, b, bStep, c, cRow, start, bias); break;
#define UP_TO_6(tile, vectors)                                                                                              \
  CASE(tile, 1, vectors) CASE(tile, 2, vectors) CASE(tile, 3, vectors)                                                      \
  CASE(tile, 4, vectors) CASE(tile, 5, vectors) CASE(tile, 6, vectors)
#define UP_TO_12(tile, vectors)                                                                                             \
  UP_TO_6(tile, vectors)                                                                                                    \
  CASE(tile, 7, vectors) CASE(tile, 8, vectors) CASE(tile, 9, vectors)                                                      \
  CASE(tile, 10, vectors) CASE(tile, 11, vectors) CASE(tile, 12, vectors)

/** All rows of C for so many vectors of columns; `high` rows at a time, in the one of the cases that has so many. */
#define DEFINE_COLUMNS(name, tile, vectors, high, cases)                                                                    \
  INLINE void name(ptrdiff_t rows, ptrdiff_t depth, const float *a, ptrdiff_t aRow, ptrdiff_t aStep, const float *b,        \
                   ptrdiff_t bStep, float *c, ptrdiff_t cRow, enum start start, const float *bias) {                        \
    while (rows > 0) {                                                                                                      \
      const int these = (int)least(rows, high);                                                                             \
      switch (these) { cases(tile, vectors) }                                                                               \
      rows -= these, a += these * aRow, c += these * cRow;                                                                  \
    }                                                                                                                       \
  }
#if LANES == 16
DEFINE_COLUMNS(columns32, wide_tile, 2, 12, UP_TO_12)
DEFINE_COLUMNS(columns16, wide_tile, 1, 12, UP_TO_12)
#else
DEFINE_COLUMNS(columns16, wide_tile, 2, 6, UP_TO_6)
#endif
DEFINE_COLUMNS(columns8, narrow_tile, 1, 12, UP_TO_12)

INLINE void all(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t depth, const float *a, ptrdiff_t aRow, ptrdiff_t aStep,
                const float *b, ptrdiff_t bStep, float *c, ptrdiff_t cRow, enum start start, const float *bias) {
  ptrdiff_t j = 0;
#if LANES == 16
  for (; j + 32 <= columns; j += 32) columns32(rows, depth, a, aRow, aStep, b + j, bStep, c + j, cRow, start, bias + j);
#endif
  for (; j + 16 <= columns; j += 16) columns16(rows, depth, a, aRow, aStep, b + j, bStep, c + j, cRow, start, bias + j);
  for (; j < columns; j += 8) columns8(rows, depth, a, aRow, aStep, b + j, bStep, c + j, cRow, start, bias + j);
}

void NAME(multiply)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t depth, const float *a, ptrdiff_t aRow, ptrdiff_t aStep,
                    const float *b, ptrdiff_t bStep, float *c, ptrdiff_t cRow, enum start start, const float *bias) {
  // With one of A's steps known the compiler needs no pointer for each row.
  if (aStep == 1) all(rows, columns, depth, a, aRow, 1, b, bStep, c, cRow, start, bias);
  else all(rows, columns, depth, a, 1, aStep, b, bStep, c, cRow, start, bias);
}
