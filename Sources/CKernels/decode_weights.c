// Weights from ggml's storage formats to float.
#include "weights.h"

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
    for (int i = 0; i < 16; i++) {
      y[i] = (float)((x[2 + i] & 15) - 8) * d;
      y[16 + i] = (float)((x[2 + i] >> 4) - 8) * d;
    }
  }
}

EACH void from_q5_0(const uint8_t *x, float *y, size_t n) {
  for (size_t b = 0; b < n / 32; b++, x += 22, y += 32) {
    const float d = float_of_f16(load16(x));
    const uint32_t fifth = (uint32_t)load16(x + 2) | (uint32_t)load16(x + 4) << 16;
    for (int i = 0; i < 16; i++) y[i] = (float)(((x[6 + i] & 15) | (int)(fifth >> i & 1) << 4) - 16) * d;
    for (int i = 0; i < 16; i++) y[16 + i] = (float)((x[6 + i] >> 4 | (int)(fifth >> (i + 16) & 1) << 4) - 16) * d;
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

EACH int decode(const uint8_t *x, float *y, size_t n, int type) {
  switch (type) {
  case 0: memcpy(y, x, n * 4); return 1;
  case 1: from_f16(x, y, n); return 1;
  case 2: from_q4_0(x, y, n); return 1;
  case 6: from_q5_0(x, y, n); return 1;
  case 8: from_q8_0(x, y, n); return 1;
  case 12: from_q4_k(x, y, n); return 1;
  case 14: from_q6_k(x, y, n); return 1;
  case 30: from_bf16(x, y, n); return 1;
  default: return 0;
  }
}

#if defined(__x86_64__)
WIDE256 static int decode_avx2(const uint8_t *x, float *y, size_t n, int type) { return decode(x, y, n, type); }
WIDE512 static int decode_avx512(const uint8_t *x, float *y, size_t n, int type) { return decode(x, y, n, type); }
#endif

int osu_decode_weights(const uint8_t *x, float *y, size_t n, int type, int level) {
#if defined(__x86_64__)
  if (level >= OSU_SIMD_AVX512) return decode_avx512(x, y, n, type);
  if (level >= OSU_SIMD_AVX2) return decode_avx2(x, y, n, type);
#endif
  return decode(x, y, n, type);
}
