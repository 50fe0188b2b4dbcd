/** What the kernels offer each other, once for every set of instructions. What the arguments of a routine are, ../wasm/assembly says. */
#pragma once
#include "vector.h"

/** What a product's sums are added to at the end: nothing, what stands in C, or a row of biases. */
enum start { FRESH, ADD, BIAS };

/**
 * C = A·B (+ start). `columns` is a multiple of eight. Rows of A lie aRow apart and steps of the depth aStep, one of which is 1;
 * steps of B lie bStep apart.
 */
void NAME(multiply)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t depth, const float *a, ptrdiff_t aRow, ptrdiff_t aStep,
                    const float *b, ptrdiff_t bStep, float *c, ptrdiff_t cRow, enum start start, const float *bias);

size_t NAME(productScratch)(void);
void NAME(product)(int first, int last, float *scratch, int rows, int columns, int depth, const float *a, int aRow, int aStep,
                   const float *b, int bStep, int bColumn, float *c, const float *bias);

size_t NAME(winogradPointBytes)(int size, int rows, int columns);
size_t NAME(winogradScratch)(int size, int block, int band, int maps, int filters, int rows, int columns);
void NAME(winogradFilters)(int first, int last, int size, int filters, int maps, const float *w, int filterBytes,
                           int mapBytes, int flip, float *u);
void NAME(winograd)(int first, int last, float *scratch, int size, int block, int band, int batch, const float *x,
                    int xImage, int maps, int height, int width, int above, int left, const float *u, const float *bias,
                    int filters, int rows, int columns, float *y, int yImage, int32_t *strange, float lowest);
void NAME(winogradWeights)(int first, int last, float *scratch, int size, int block, int band, int batch, int parts,
                           const float *x, int xImage, int maps, int height, int width, int above, int left, const float *dy,
                           int dyImage, int filters, int rows, int columns, float *sums);
void NAME(winogradFilterGradient)(int first, int last, int size, int filters, int maps, int parts, const float *sums, int flip,
                                  float *dw);

void NAME(direct)(int first, int last, float *scratch, const float *x, int xImage, int maps, int height, int width, int above,
                  int left, int paddedRows, int run, int stride, int padded, const uint32_t *table, int taps,
                  const float *weights, const float *bias, int filters, int rows, int columns, int rowStep, float *y,
                  int yImage, int yMap, int yRow, int yColumn, float lowest);
void NAME(directWeights)(int first, int last, float *scratch, int batch, int parts, const float *x, int xImage, int maps,
                         int height, int width, int above, int left, int paddedRows, int run, int stride, int padded,
                         const uint32_t *table, int taps, int filters, int rows, int columns, int rowStep, const float *dy,
                         int dyImage, float *sums);
