// The choice of instruction set, and what needs none.
#include "../include/CKernels.h"
#include "level.h"

static const osu_encoder_level *at(int level) {
#if defined(__x86_64__)
  if (level >= OSU_SIMD_AVX512_BF16) return &osu_encoder_avx512_bf16;
  if (level >= OSU_SIMD_AVX512) return &osu_encoder_avx512;
  if (level >= OSU_SIMD_AVX2) return &osu_encoder_avx2;
#endif
  (void)level;
  return &osu_encoder_portable;
}

size_t osu_encoder_packed_bytes(size_t outputs, size_t inputs, int level) { return outputs * inputs * at(level)->weight_bytes; }

void osu_encoder_pack(const float *weight, size_t outputs, size_t inputs, void *packed, int level) {
  at(level)->pack(weight, outputs, inputs, packed);
}

size_t osu_encoder_scratch_bytes(const osu_encoder_shape *shape, size_t tokens, size_t longest) {
  size_t attention = osu_encoder_round_up(longest, OSU_ENCODER_MULTIPLE) * (shape->width / shape->heads + OSU_ENCODER_TILE_ROWS);
  return (tokens * (2 * shape->width + osu_encoder_widest(shape)) + attention) * sizeof(float);
}

void osu_encoder_embed(const osu_encoder_shape *shape, osu_encoder_texts texts, const int32_t *tokens, const float *words,
                       const float *positions, osu_encoder_norm norm, float *x, int level) {
  at(level)->embed(shape, texts, tokens, words, positions, norm, x);
}

void osu_encoder_layer_forward(const osu_encoder_shape *shape, const osu_encoder_layer *layer, osu_encoder_texts texts, float *x,
                               void *scratch, int level) {
  at(level)->layer(shape, layer, texts, x, scratch);
}

static void to_length_1(float *x, size_t n) {
  float squares = 0;
  for (size_t i = 0; i < n; i++) squares += x[i] * x[i];
  float size = sqrtf(squares);
  for (size_t i = 0; i < n; i++) x[i] /= size > 1e-12f ? size : 1e-12f;
}

void osu_encoder_mean(const osu_encoder_shape *shape, osu_encoder_texts texts, const float *x, float *means) {
  size_t width = shape->width;
  for (size_t text = 0; text < texts.count; text++) {
    float *mean = means + text * width;
    memset(mean, 0, width * sizeof *mean);
    for (size_t row = texts.starts[text]; row < texts.starts[text + 1]; row++)
      for (size_t i = 0; i < width; i++) mean[i] += x[row * width + i];
    to_length_1(mean, width);
  }
}

void osu_encoder_first(const osu_encoder_shape *shape, osu_encoder_texts texts, const float *x, float *firsts) {
  size_t width = shape->width;
  for (size_t text = 0; text < texts.count; text++) {
    memcpy(firsts + text * width, x + texts.starts[text] * width, width * sizeof *x);
    to_length_1(firsts + text * width, width);
  }
}

void osu_encoder_gelu(float *x, size_t n, int level) { at(level)->gelu(x, n); }

float osu_encoder_exponents(float *x, size_t length, size_t n, int level) { return at(level)->exponents(x, length, n); }

void osu_encoder_product(const float *a, size_t m, const osu_encoder_dense *dense, float *y, void *scratch, int level) {
  at(level)->product(a, m, dense, y, scratch);
}
