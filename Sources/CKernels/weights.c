// Weights between ggml's storage formats and float. The results are those of ggml's reference code to the bit, so that a
// product is never fused with a sum here; the wide forms are the same source compiled for wider registers.
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

EACH uint16_t bf16_of_float(float value) {
  const uint32_t bits = bits_of(value);
  const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? bits >> 16 | 64 : rounded);
}

EACH void from_f16(const uint8_t *x, float *y, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = float_of_f16(load16(x + 2 * i));
}

EACH void from_bf16(const uint8_t *x, float *y, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = float_of((uint32_t)load16(x + 2 * i) << 16);
}

EACH void from_q8_0(const uint8_t *x, float *y, size_t n) {
  for (size_t b = 0; b < n / 32; b++, x += 34, y += 32) {
    const float d = float_of_f16(load16(x));
    const int8_t *q = (const int8_t *)(x + 2);
    for (int i = 0; i < 32; i++) y[i] = (float)q[i] * d;
  }
}

EACH void from_q4_0(const uint8_t *x, float *y, size_t n) {
  for (size_t b = 0; b < n / 32; b++, x += 18, y += 32) {
    const float d = float_of_f16(load16(x));
    for (int i = 0; i < 16; i++) y[i] = (float)((x[2 + i] & 15) - 8) * d;
    for (int i = 0; i < 16; i++) y[16 + i] = (float)((x[2 + i] >> 4) - 8) * d;
  }
}

// Twelve bytes hold eight scales and eight minima of six bits: the first four of each in the low six bits of bytes 0-3 and
// 4-7, the last four as low nibbles (scales) and high nibbles (minima) of bytes 8-11 with the top bits of bytes 0-3 and 4-7.
EACH void scale_and_minimum(const uint8_t *p, int i, int *scale, int *minimum) {
  if (i < 4) {
    *scale = p[i] & 63;
    *minimum = p[4 + i] & 63;
  } else {
    *scale = (p[4 + i] & 15) | (p[i - 4] >> 6) << 4;
    *minimum = p[4 + i] >> 4 | (p[i] >> 6) << 4;
  }
}

EACH void from_q4_k(const uint8_t *x, float *y, size_t n) {
  for (size_t b = 0; b < n / 256; b++, x += 144, y += 256) {
    const float d = float_of_f16(load16(x)), m = float_of_f16(load16(x + 2));
    for (int part = 0; part < 8; part++) {
      int scale, minimum;
      scale_and_minimum(x + 4, part, &scale, &minimum);
      const float step = d * (float)scale, low = m * (float)minimum;
      const uint8_t *q = x + 16 + part / 2 * 32;
      const int shift = part % 2 * 4;
      for (int i = 0; i < 32; i++) y[part * 32 + i] = step * (float)(q[i] >> shift & 15) - low;
    }
  }
}

EACH void from_q6_k(const uint8_t *x, float *y, size_t n) {
  for (size_t b = 0; b < n / 256; b++, x += 210, y += 256) {
    const float d = float_of_f16(load16(x + 208));
    const int8_t *scales = (const int8_t *)(x + 192);
    for (int part = 0; part < 8; part++) {
      // Each half of 128 numbers: 64 bytes of low nibbles read twice, 32 bytes with two high bits for each of four parts.
      const uint8_t *low = x + part / 4 * 64 + part % 2 * 32, *high = x + 128 + part / 4 * 32;
      const int low_shift = part % 4 / 2 * 4, high_shift = part % 4 * 2;
      for (int half = 0; half < 2; half++) {
        const float step = d * (float)scales[part * 2 + half];
        for (int i = half * 16; i < half * 16 + 16; i++)
          y[part * 32 + i] = step * (float)(((low[i] >> low_shift & 15) | (high[i] >> high_shift & 3) << 4) - 32);
      }
    }
  }
}

// The largest magnitude as bits: above those of the largest number for infinities and what is no number.
EACH uint32_t widest_bits(const float *x, size_t n) {
  uint32_t widest = 0;
  for (size_t i = 0; i < n; i++) {
    const uint32_t magnitude = bits_of(x[i]) & 0x7fffffff;
    widest = magnitude > widest ? magnitude : widest;
  }
  return widest;
}

EACH void to_f16(const float *x, uint8_t *y, size_t n) {
  for (size_t i = 0; i < n; i++) store16(y + 2 * i, f16_of_float(x[i]));
}

EACH void to_bf16(const float *x, uint8_t *y, size_t n) {
  for (size_t i = 0; i < n; i++) store16(y + 2 * i, bf16_of_float(x[i]));
}

// roundf for numbers far below 2^23: the largest float under a half, added and cut, takes halves away from zero.
EACH int round_away(float value) { return (int)(value + (value < 0 ? -0x1.fffffep-2f : 0x1.fffffep-2f)); }

EACH void to_q8_0(const float *x, uint8_t *y, size_t n) {
  for (size_t b = 0; b < n / 32; b++, x += 32, y += 34) {
    const float d = float_of(widest_bits(x, 32)) / 127.0f, inverse = d >= 0x1p-126f ? 1.0f / d : 0;
    store16(y, f16_of_float(d));
    for (int i = 0; i < 32; i++) y[2 + i] = (uint8_t)(int8_t)round_away(x[i] * inverse);
  }
}

EACH void to_q4_0(const float *x, uint8_t *y, size_t n) {
  for (size_t b = 0; b < n / 32; b++, x += 32, y += 18) {
    // The number of the largest magnitude, the first of several, becomes -8.
    float extreme = 0;
    for (int i = 0; i < 32; i++) extreme = fabsf(x[i]) > fabsf(extreme) ? x[i] : extreme;
    const float d = extreme / -8, inverse = fabsf(d) >= 0x1p-126f ? 1.0f / d : 0;
    store16(y, f16_of_float(d));
    for (int i = 0; i < 16; i++) {
      const int a = (int)(x[i] * inverse + 8.5f), b = (int)(x[16 + i] * inverse + 8.5f);
      y[2 + i] = (uint8_t)((a < 15 ? a : 15) | (b < 15 ? b : 15) << 4);
    }
  }
}

// To the nearest, ties to even, for magnitudes below 2^22, where 1.5 * 2^23 leaves no room for a fraction.
EACH int round_even(float value) { return (int)((value + 12582912.0f) - 12582912.0f); }

EACH int clamp(int value, int low, int high) { return value < low ? low : value > high ? high : value; }

// Sixteen numbers as multiples, from -32 to 31, of the returned scale, which is of nineteen candidates around the number of
// the largest magnitude the one with the least squared error, each number weighing as its own square.
EACH float best_scale_q6(const float *x, int8_t *q) {
  float extreme = 0;
  for (int i = 0; i < 16; i++) extreme = fabsf(x[i]) > fabsf(extreme) ? x[i] : extreme;
  if (fabsf(extreme) < 1e-15f) {
    // With a scale of zero any multiple will do; the reference takes this one.
    memset(q, -32, 16);
    return 0;
  }
  float scale = 0, best = 0;
  for (int candidate = 0; candidate <= 19; candidate++) {
    // The plain one first: in a tie it is kept.
    const int step = candidate == 0 ? 0 : candidate - 10;
    if (candidate == 10) continue;
    const float inverse = -(32 + 0.1f * (float)step) / extreme;
    int8_t tried[16];
    float product = 0, square = 0;
    for (int i = 0; i < 16; i++) {
      tried[i] = (int8_t)clamp(round_even(inverse * x[i]), -32, 31);
      const float weight = x[i] * x[i], l = (float)tried[i];
      product += weight * x[i] * l;
      square += weight * l * l;
    }
    if (candidate != 0 && !(square > 0 && product * product > best * square)) continue;
    scale = square != 0 ? product / square : 0;
    best = scale * product;
    memcpy(q, tried, 16);
  }
  return scale;
}

EACH void to_q6_k(const float *x, uint8_t *y, size_t n) {
  for (size_t b = 0; b < n / 256; b++, x += 256, y += 210) {
    int8_t q[256];
    float scales[16], widest = 0;
    for (int part = 0; part < 16; part++) {
      scales[part] = best_scale_q6(x + part * 16, q + part * 16);
      widest = fabsf(scales[part]) > fabsf(widest) ? scales[part] : widest;
    }
    memset(y, 0, 210);
    if (fabsf(widest) < 1e-15f) continue;
    const float inverse = -128.0f / widest;
    store16(y + 208, f16_of_float(1 / inverse));
    const float d = float_of_f16(load16(y + 208));
    for (int part = 0; part < 16; part++) {
      const int scale = clamp(round_even(inverse * scales[part]), -128, 127);
      y[192 + part] = (uint8_t)(int8_t)scale;
      const float step = d * (float)scale;
      for (int i = part * 16; step != 0 && i < part * 16 + 16; i++) q[i] = (int8_t)clamp(round_even(x[i] / step), -32, 31);
    }
    for (int i = 0; i < 256; i++) {
      const int value = q[i] + 32, half = i / 128, part = i % 128 / 32, column = i % 32;
      y[half * 64 + part % 2 * 32 + column] |= (uint8_t)((value & 15) << part / 2 * 4);
      y[128 + half * 32 + column] |= (uint8_t)(value >> 4 << part * 2);
    }
  }
}

EACH int decode(const uint8_t *x, float *y, size_t n, int type) {
  switch (type) {
  case 0: memcpy(y, x, n * 4); return 1;
  case 1: from_f16(x, y, n); return 1;
  case 2: from_q4_0(x, y, n); return 1;
  case 8: from_q8_0(x, y, n); return 1;
  case 12: from_q4_k(x, y, n); return 1;
  case 14: from_q6_k(x, y, n); return 1;
  case 30: from_bf16(x, y, n); return 1;
  default: return 0;
  }
}

EACH int encode(const float *x, uint8_t *y, size_t n, int type) {
  // The scales of blocks are halves, and 65,520 is the first number that a half rounds to infinity.
  const float range = type == 1 ? 65520.0f : type == 2 ? 65520.0f * 8 : type == 8 ? 65520.0f * 127 : type == 14 ? 65520.0f * 128 * 24 : HUGE_VALF;
  if (widest_bits(x, n) >= bits_of(range)) return 0;
  switch (type) {
  case 0: memcpy(y, x, n * 4); return 1;
  case 1: to_f16(x, y, n); return 1;
  case 2: to_q4_0(x, y, n); return 1;
  case 8: to_q8_0(x, y, n); return 1;
  case 14: to_q6_k(x, y, n); return 1;
  case 30: to_bf16(x, y, n); return 1;
  default: return 0;
  }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static int decode_avx2(const uint8_t *x, float *y, size_t n, int type) { return decode(x, y, n, type); }
__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))) static int decode_avx512(const uint8_t *x, float *y, size_t n, int type) {
  return decode(x, y, n, type);
}
__attribute__((target("avx2"))) static int encode_avx2(const float *x, uint8_t *y, size_t n, int type) { return encode(x, y, n, type); }
__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))) static int encode_avx512(const float *x, uint8_t *y, size_t n, int type) {
  return encode(x, y, n, type);
}
#endif

int osu_decode_weights(const uint8_t *x, float *y, size_t n, int type, int level) {
#if defined(__x86_64__)
  if (level == OSU_SIMD_AVX512) return decode_avx512(x, y, n, type);
  if (level == OSU_SIMD_AVX2) return decode_avx2(x, y, n, type);
#endif
  return decode(x, y, n, type);
}

int osu_encode_weights(const float *x, uint8_t *y, size_t n, int type, int level) {
#if defined(__x86_64__)
  if (level == OSU_SIMD_AVX512) return encode_avx512(x, y, n, type);
  if (level == OSU_SIMD_AVX2) return encode_avx2(x, y, n, type);
#endif
  return encode(x, y, n, type);
}
