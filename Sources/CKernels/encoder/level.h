// What one instruction set's file offers to the choice in encoder.c, and the layout of the scratch memory.
#ifndef OSUSUME_ENCODER_LEVEL_H
#define OSUSUME_ENCODER_LEVEL_H
#include "../include/encoder.h"
#include <math.h>
#include <string.h>
#if defined(__x86_64__)
// Here, so that what includes it again under an attribute for its own functions leaves these alone.
#include <immintrin.h>
#endif

typedef struct {
  void (*pack)(const float *weight, size_t outputs, size_t inputs, void *packed);
  void (*embed)(const osu_encoder_shape *shape, osu_encoder_texts texts, const int32_t *tokens, const float *words,
                const float *positions, osu_encoder_norm norm, float *x);
  void (*layer)(const osu_encoder_shape *shape, const osu_encoder_layer *layer, osu_encoder_texts texts, float *x, void *scratch);
  void (*gelu)(float *x, size_t n);
  float (*exponents)(float *x, size_t length, size_t n);
  void (*product)(const float *a, size_t m, const osu_encoder_dense *dense, float *y, void *scratch);
  /// Bytes of one packed weight.
  size_t weight_bytes;
} osu_encoder_level;

extern const osu_encoder_level osu_encoder_portable;
#if defined(__x86_64__)
extern const osu_encoder_level osu_encoder_avx2, osu_encoder_avx512, osu_encoder_avx512_bf16;
#endif

static inline size_t osu_encoder_round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

static inline size_t osu_encoder_longest(osu_encoder_texts texts) {
  size_t longest = 0;
  for (size_t i = 0; i < texts.count; i++) {
    size_t length = texts.starts[i + 1] - texts.starts[i];
    longest = length > longest ? length : longest;
  }
  return longest;
}

typedef struct {
  /// The layer's inputs, [tokens][width], and what attention mixed, likewise; in the inputs' type.
  void *inputs, *mixed;
  /// Query, key and value, [tokens][3 * width], which are done with when [tokens][inner] takes their place.
  void *wide;
  /// One head's keys, [longest, padded][head size], and the scores of a tile of rows, [tile rows][longest, padded].
  float *keys, *scores;
} osu_encoder_scratch;

/// The most rows of a tile at any level.
enum { OSU_ENCODER_TILE_ROWS = 12 };

static inline size_t osu_encoder_widest(const osu_encoder_shape *shape) {
  return shape->inner > 3 * shape->width ? shape->inner : 3 * shape->width;
}

static inline osu_encoder_scratch osu_encoder_scratch_of(const osu_encoder_shape *shape, void *memory, size_t tokens, size_t longest) {
  osu_encoder_scratch parts;
  float *at = memory;
  parts.inputs = at;
  parts.mixed = at += tokens * shape->width;
  parts.wide = at += tokens * shape->width;
  parts.keys = at += tokens * osu_encoder_widest(shape);
  parts.scores = at + osu_encoder_round_up(longest, OSU_ENCODER_MULTIPLE) * (shape->width / shape->heads);
  return parts;
}
#endif
