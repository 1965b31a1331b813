// Weights from float to ggml's storage formats.
#include "weights.h"

EACH uint16_t bf16_of_float(float value) {
  const uint32_t bits = bits_of(value);
  const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? bits >> 16 | 64 : rounded);
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

// Sixteen parts of sixteen numbers each as multiples, from -32 to 31, of a scale of the part's own: of nineteen candidates
// around the number of the largest magnitude the one with the least squared error, each number weighing as its own square.
// The parts lie side by side here, x[number][part], so that each sum keeps the reference's order while sixteen run at once.
EACH void best_scales_q6(const float x[16][16], int8_t q[16][16], float scales[16]) {
  float extreme[16] = {0}, best[16];
  for (int i = 0; i < 16; i++)
    for (int p = 0; p < 16; p++) extreme[p] = fabsf(x[i][p]) > fabsf(extreme[p]) ? x[i][p] : extreme[p];
  for (int candidate = 0; candidate < 20; candidate++) {
    // Minus nine to nine tenths; the plain one comes first, so that it is kept in a tie.
    const int step = candidate == 0 ? 0 : candidate - 10;
    if (candidate == 10) continue;
    float inverse[16], product[16] = {0}, square[16] = {0};
    int8_t tried[16][16];
    for (int p = 0; p < 16; p++) inverse[p] = fabsf(extreme[p]) < 1e-15f ? 0 : -(32 + 0.1f * (float)step) / extreme[p];
    for (int i = 0; i < 16; i++)
      for (int p = 0; p < 16; p++) {
        const int l = clamp(round_even(inverse[p] * x[i][p]), -32, 31);
        const float weight = x[i][p] * x[i][p];
        tried[i][p] = (int8_t)l;
        product[p] += weight * x[i][p] * (float)l;
        square[p] += weight * (float)l * (float)l;
      }
    int8_t better[16];
    for (int p = 0; p < 16; p++) {
      better[p] = candidate == 0 || (square[p] > 0 && product[p] * product[p] > best[p] * square[p]);
      if (!better[p]) continue;
      scales[p] = square[p] != 0 ? product[p] / square[p] : 0;
      best[p] = scales[p] * product[p];
    }
    for (int i = 0; i < 16; i++)
      for (int p = 0; p < 16; p++) q[i][p] = better[p] ? tried[i][p] : q[i][p];
  }
  // With a scale of zero any multiple will do; the reference takes this one.
  for (int p = 0; p < 16; p++)
    for (int i = 0; i < 16 && fabsf(extreme[p]) < 1e-15f; i++) q[i][p] = -32;
}

EACH void to_q6_k(const float *x, uint8_t *y, size_t n) {
  for (size_t b = 0; b < n / 256; b++, x += 256, y += 210) {
    int8_t q[16][16];
    float columns[16][16], scales[16], widest = 0;
    for (int i = 0; i < 256; i++) columns[i % 16][i / 16] = x[i];
    best_scales_q6(columns, q, scales);
    for (int part = 0; part < 16; part++) widest = fabsf(scales[part]) > fabsf(widest) ? scales[part] : widest;
    memset(y, 0, 210);
    if (fabsf(widest) < 1e-15f) continue;
    const float inverse = -128.0f / widest;
    store16(y + 208, f16_of_float(1 / inverse));
    const float d = float_of_f16(load16(y + 208));
    for (int part = 0; part < 16; part++) {
      const int scale = clamp(round_even(inverse * scales[part]), -128, 127);
      y[192 + part] = (uint8_t)(int8_t)scale;
      const float step = d * (float)scale;
      for (int i = 0; step != 0 && i < 16; i++) q[i][part] = (int8_t)clamp(round_even(columns[i][part] / step), -32, 31);
    }
    for (int i = 0; i < 256; i++) {
      const int value = q[i % 16][i / 16] + 32, half = i / 128, part = i % 128 / 32, column = i % 32;
      y[half * 64 + part % 2 * 32 + column] |= (uint8_t)((value & 15) << part / 2 * 4);
      y[128 + half * 32 + column] |= (uint8_t)(value >> 4 << part * 2);
    }
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
WIDE256 static int encode_avx2(const float *x, uint8_t *y, size_t n, int type) { return encode(x, y, n, type); }
WIDE512 static int encode_avx512(const float *x, uint8_t *y, size_t n, int type) { return encode(x, y, n, type); }
#endif

int osu_encode_weights(const float *x, uint8_t *y, size_t n, int type, int level) {
#if defined(__x86_64__)
  if (level >= OSU_SIMD_AVX512) return encode_avx512(x, y, n, type);
  if (level >= OSU_SIMD_AVX2) return encode_avx2(x, y, n, type);
#endif
  return encode(x, y, n, type);
}
