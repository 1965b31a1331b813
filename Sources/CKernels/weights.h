// What reading and writing of ggml's storage formats share. The results are those of ggml's reference code to the bit, so that
// a product is never fused with a sum here; the wide forms are the same source compiled for wider registers.
#ifndef OSUSUME_WEIGHTS_H
#define OSUSUME_WEIGHTS_H
#include "CKernels.h"
#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

#define EACH static inline __attribute__((always_inline))

EACH float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

EACH uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return bits;
}

EACH uint16_t load16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }

EACH void store16(uint8_t *p, uint16_t v) {
  p[0] = (uint8_t)v;
  p[1] = (uint8_t)(v >> 8);
}

// Half precision has 5 exponent bits with bias 15, single 8 with 127: moved into place, a half is 2^112 times too small.
EACH float float_of_f16(uint16_t half) {
  const uint32_t magnitude = (uint32_t)(half & 0x7fff) << 13;
  const uint32_t finite = bits_of(float_of(magnitude) * 0x1p112f);
  const uint32_t bits = magnitude >= 0x0f800000 ? magnitude | 0x7f800000 : finite;
  return float_of(bits | (uint32_t)(half & 0x8000) << 16);
}

// To the nearest, ties to even; beyond 65,504 to infinity.
EACH uint16_t f16_of_float(float value) {
  const uint32_t bits = bits_of(value), magnitude = bits & 0x7fffffff;
  // Below 2^-14 a half is a multiple of 2^-24, which is one unit in the last place of 0.5.
  const uint32_t small = bits_of(float_of(magnitude) + 0.5f) - 0x3f000000;
  const uint32_t normal = (magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13;
  uint32_t half = magnitude < 0x38800000 ? small : normal;
  half = magnitude >= 0x477ff000 ? 0x7c00 : half;
  half = magnitude > 0x7f800000 ? 0x7e00 : half;
  return (uint16_t)(half | (bits >> 16 & 0x8000));
}

#if defined(__x86_64__)
#define WIDE256 __attribute__((target("avx2")))
#define WIDE512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))
#endif

#endif
