// The layer for AVX-512 with bf16: products of weights take half the memory and twice the numbers a step; sums, attention, norms and the
// residual stay floats.
#include "level.h"
#if defined(__x86_64__)
#define VECTORS 2
#define TILE_ROWS 12
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16"))), apply_to = function)
#include "rowwise.h"
#include "product.h"

/// The upper half of a float, rounded to the nearest.
typedef uint16_t input;

INLINE void store_input(input *p, v16 v) {
  __m256bh y = _mm512_cvtneps_pbh((__m512)v);
  memcpy(p, &y, sizeof y);
}
INLINE const input *to_inputs(const float *x, input *buffer, size_t n) {
  for (size_t i = 0; i < n; i += 16) store_input(buffer + i, load16(x + i));
  return buffer;
}

/// c[rows][PANEL] = a[rows][k] * panel, in which two neighbouring inputs of an output stand side by side: [k / 2][PANEL][2].
INLINE void tile_bf16(int rows, const input *a, size_t k, const input *panel, float *c) {
  __m512 s[TILE_ROWS][2];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) s[r][0] = s[r][1] = _mm512_setzero_ps();
  for (size_t p = 0; p < k; p += 2) {
    __m512bh b0 = (__m512bh)_mm512_loadu_si512(panel + p * PANEL), b1 = (__m512bh)_mm512_loadu_si512(panel + p * PANEL + PANEL);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      int32_t pair;
      memcpy(&pair, a + (size_t)r * k + p, sizeof pair);
      __m512bh x = (__m512bh)_mm512_set1_epi32(pair);
      s[r][0] = _mm512_dpbf16_ps(s[r][0], x, b0);
      s[r][1] = _mm512_dpbf16_ps(s[r][1], x, b1);
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
    _mm512_storeu_ps(c + r * PANEL, s[r][0]);
    _mm512_storeu_ps(c + r * PANEL + 16, s[r][1]);
  }
}
static void multiply(size_t rows, const input *a, size_t k, const input *panel, float *c) {
  switch (rows) { TILE_CASES(TILE_ROWS, tile_bf16, a, k, panel, c) }
}

static void pack(const float *weight, size_t outputs, size_t inputs, void *packed) {
  input *to = packed;
  for (size_t j = 0; j < outputs; j += PANEL)
    for (size_t p = 0; p < inputs; p += 2)
      for (size_t y = 0; y < PANEL; y += 8) {
        float pairs[16];
        for (size_t i = 0; i < 16; i++) pairs[i] = weight[(j + y + i / 2) * inputs + p + i % 2];
        store_input(to, load16(pairs));
        to += 16;
      }
}

#include "layer.h"
#pragma clang attribute pop

const osu_encoder_level osu_encoder_avx512_bf16 = LEVEL_TABLE;
#endif
