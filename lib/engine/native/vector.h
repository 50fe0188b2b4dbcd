/**
 * The few vector operations that all kernels share, in the vector extensions of GCC and Clang, which make of them what the
 * processor has: of eight floats one register of AVX2 or two of NEON, of sixteen one of AVX-512. Every kernel is compiled once
 * for each set of instructions, and its functions are named after it: NAME(product) is product_avx2.
 *
 * Counts and steps are in floats, as in ../wasm/assembly; addresses are pointers.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__FMA__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

#define JOIN(name, set) name##_##set
#define JOINED(name, set) JOIN(name, set)
#define NAME(name) JOINED(name, KERNELS)

#define INLINE static inline __attribute__((always_inline))

/** Eight floats, and eight floats that may lie anywhere in memory. */
typedef float v8 __attribute__((vector_size(32)));
typedef float v8_anywhere __attribute__((vector_size(32), aligned(4), may_alias));

/** Floats that a product takes at once. */
#ifdef __AVX512F__
#define LANES 16
#else
#define LANES 8
#endif
typedef float wide __attribute__((vector_size(4 * LANES)));
typedef float wide_anywhere __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

INLINE v8 load(const float *from) { return *(const v8_anywhere *)from; }
INLINE void store(float *to, v8 v) { *(v8_anywhere *)to = v; }
INLINE v8 splat(float x) { return (v8){x, x, x, x, x, x, x, x}; }

/** a·b + c in one rounding, as WebAssembly's relaxed SIMD has it on such processors: so the bits are the same. */
INLINE v8 madd(v8 a, v8 b, v8 c) {
#if defined(__FMA__)
  return (v8)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__ARM_NEON)
  union { v8 all; float32x4_t half[2]; } x = {a}, y = {b}, z = {c};
  z.half[0] = vfmaq_f32(z.half[0], x.half[0], y.half[0]);
  z.half[1] = vfmaq_f32(z.half[1], x.half[1], y.half[1]);
  return z.all;
#else
#error "these kernels need a processor with fused multiply-add"
#endif
}

#if LANES == 16
INLINE wide madd_wide(wide a, wide b, wide c) { return (wide)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
#else
#define madd_wide madd
#endif

/** What is less than `lowest` becomes that; NaN stays. As WebAssembly's pmax. */
INLINE v8 floored(v8 x, v8 lowest) {
  typedef int32_t mask __attribute__((vector_size(32)));
  const mask under = x < lowest;
  return (v8)((under & (mask)lowest) | (~under & (mask)x));
}

INLINE ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
INLINE ptrdiff_t most(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }
INLINE ptrdiff_t eights(ptrdiff_t count) { return (count + 7) & ~(ptrdiff_t)7; }

/** Eight rows of eight floats become eight columns. */
INLINE void transpose(v8 r[8]) {
  v8 a[8], b[8];
  for (int i = 0; i < 8; i += 2) {
    a[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    a[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int i = 0; i < 8; i += 4) {
    for (int j = i; j < i + 2; j++) {
      b[j] = __builtin_shufflevector(a[j], a[j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      b[j + 2] = __builtin_shufflevector(a[j], a[j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int i = 0; i < 4; i++) {
    r[i] = __builtin_shufflevector(b[i], b[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    r[i + 4] = __builtin_shufflevector(b[i], b[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}
