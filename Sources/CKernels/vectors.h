// Sixteen floats as one vector of the compiler, so that a kernel is written once and compiled for each instruction set: one
// register with AVX-512, two with AVX2, four without.
#ifndef OSUSUME_VECTORS_H
#define OSUSUME_VECTORS_H
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#define TARGET_AVX2 __attribute__((target("avx2,fma,f16c")))
#define TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")))
#define TARGET_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")))
#endif
#define INLINE static inline __attribute__((always_inline))

// Vectors pass between inlined functions only, so that how a call would pass them does not matter.
#pragma GCC diagnostic ignored "-Wpsabi"

typedef float v16 __attribute__((vector_size(64)));
typedef int32_t i16 __attribute__((vector_size(64)));
typedef uint16_t h16 __attribute__((vector_size(32)));
typedef int8_t b16 __attribute__((vector_size(16)));

INLINE v16 load16(const float *p) {
  v16 v;
  memcpy(&v, p, 64);
  return v;
}
INLINE void store16(float *p, v16 v) { memcpy(p, &v, 64); }
INLINE v16 splat(float x) { return x - (v16){0}; }
INLINE v16 max16(v16 a, v16 b) { return __builtin_elementwise_max(a, b); }
INLINE v16 abs16(v16 a) { return __builtin_elementwise_abs(a); }
INLINE float sum16(v16 v) {
  for (int width = 8; width; width /= 2)
    for (int i = 0; i < width; i++) v[i] += v[i + width];
  return v[0];
}
INLINE float top16(v16 v) {
  float top = v[0];
  for (int i = 1; i < 16; i++) top = v[i] > top ? v[i] : top;
  return top;
}
// To the nearest integer, ties to even, for |x| < 2^22: the sum's last bit is worth one.
INLINE v16 round16(v16 x) { return (x + 0x1.8p23f) - 0x1.8p23f; }

// e^x by 2^n times a polynomial of the rest (Cephes), relative error below 2e-7; x is held to -87...88.
INLINE v16 exp16(v16 x) {
  x = __builtin_elementwise_min(max16(x, splat(-87.0f)), splat(88.0f));
  v16 n = round16(x * 1.44269504088896341f);
  v16 r = x - n * 0.693359375f + n * 2.12194440e-4f;
  v16 p = splat(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  i16 exponent = (__builtin_convertvector(n, i16) + 127) << 23;
  return p * (v16)exponent;
}

// Half floats. `wide` (a constant) says that the instruction set has conversions (F16C); without, the exponent's bias grows or
// shrinks by a product, which holds for all finite numbers and rounds to the nearest, ties to even.
typedef _Float16 f16x16 __attribute__((vector_size(32)));
INLINE v16 halves16(const uint16_t *p, int wide) {
  if (wide) {
    f16x16 h;
    memcpy(&h, p, 32);
    return __builtin_convertvector(h, v16);
  }
  h16 h;
  memcpy(&h, p, 32);
  i16 bits = __builtin_convertvector(h, i16);
  v16 magnitude = (v16)((bits & 0x7fff) << 13) * 0x1p112f;
  return (v16)((i16)magnitude | (bits & 0x8000) << 16);
}
INLINE void store_halves16(uint16_t *p, v16 x, int wide) {
  if (wide) {
    f16x16 h = __builtin_convertvector(x, f16x16);
    memcpy(p, &h, 32);
    return;
  }
  // What is beyond 65504 becomes 65504. A sum with 2^(exponent + 13) rounds away the thirteen bits that a half does not have;
  // below 2^-14 the smallest step stays 2^-24.
  v16 magnitude = __builtin_elementwise_min(abs16(x), splat(65504.0f));
  i16 exponent = (i16)magnitude & 0x7f800000;
  exponent = __builtin_elementwise_max(exponent, (i16){0} + (113 << 23));
  v16 step = (v16)(exponent + (13 << 23));
  magnitude = (magnitude + step) - step;
  i16 bits = ((i16)(magnitude * 0x1p-112f) >> 13) | ((i16)x >> 16 & 0x8000);
  h16 h = __builtin_convertvector(bits, h16);
  memcpy(p, &h, 32);
}
INLINE v16 bfloats16(const uint16_t *p) {
  h16 h;
  memcpy(&h, p, 32);
  return (v16)(__builtin_convertvector(h, i16) << 16);
}

// Defines NAME PARAMETERS as the body NAME_body ARGUMENTS, compiled for each instruction set and chosen by `level`; the body's
// last argument, added here, says whether half floats have instructions. FOR_EACH_LEVEL_STATIC does so for this file alone.
#if defined(__x86_64__)
#define FOR_EACH_LEVEL_STORED(STORAGE, NAME, PARAMETERS, ...)                       \
  TARGET_AVX512 static void NAME##_avx512 PARAMETERS { (void)level; NAME##_body(__VA_ARGS__, 1); } \
  TARGET_AVX2 static void NAME##_avx2 PARAMETERS { (void)level; NAME##_body(__VA_ARGS__, 1); } \
  STORAGE void NAME PARAMETERS {                                                    \
    if (level >= OSU_SIMD_AVX512) return NAME##_avx512(__VA_ARGS__, level);         \
    if (level >= OSU_SIMD_AVX2) return NAME##_avx2(__VA_ARGS__, level);             \
    NAME##_body(__VA_ARGS__, 0);                                                    \
  }
#else
#define FOR_EACH_LEVEL_STORED(STORAGE, NAME, PARAMETERS, ...) \
  STORAGE void NAME PARAMETERS { (void)level; NAME##_body(__VA_ARGS__, 0); }
#endif
#define FOR_EACH_LEVEL(NAME, PARAMETERS, ...) FOR_EACH_LEVEL_STORED(, NAME, PARAMETERS, __VA_ARGS__)
#define FOR_EACH_LEVEL_STATIC(NAME, PARAMETERS, ...) FOR_EACH_LEVEL_STORED(static, NAME, PARAMETERS, __VA_ARGS__)
#endif
