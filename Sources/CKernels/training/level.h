// What one instruction set's file offers to matmul.c and attention.c, and how much memory their tiles take.
#ifndef OSUSUME_TRAINING_LEVEL_H
#define OSUSUME_TRAINING_LEVEL_H
#include "../include/CKernels.h"
#include <math.h>
#include <string.h>
#if defined(__x86_64__)
// Here, so that what includes it again under an attribute for its own functions leaves these alone.
#include <immintrin.h>
#endif

enum {
  /// Of a packed matrix: a unit is one number of k, or a pair of neighbouring bf16 numbers in 32 bits. One pass takes OSU_TRAIN_UNITS
  /// units of at most so many rows of A and columns of B.
  OSU_TRAIN_UNITS = 256,
  OSU_TRAIN_ROWS = 3072,
  OSU_TRAIN_COLUMNS = 2048,
  OSU_TRAIN_PACKED_FLOATS = (OSU_TRAIN_ROWS + OSU_TRAIN_COLUMNS) * OSU_TRAIN_UNITS,
  /// Attention's queries and keys of one tile; a multiple of the rows and columns of every level's tile.
  OSU_TRAIN_ATTENTION_TILE = 96,
  /// Of each member: seven tiles of vectors, three of probabilities, and two numbers for each row.
  OSU_TRAIN_ATTENTION_FLOATS = OSU_TRAIN_ATTENTION_TILE * (7 * OSU_TRAIN_HEAD_DIM + 3 * OSU_TRAIN_ATTENTION_TILE + 32),
};

/// A matrix of `lines` rows of A or columns of B by k; element (line, p) at x[line * stride + p], or x[p * stride + line] with `along`.
typedef struct {
  const float *x;
  size_t stride, lines, k;
  int along;
} osu_train_lines;

/// Where one pass of a product writes.
typedef struct {
  float *c;
  size_t stride, m, n;
  int accumulate;
} osu_train_output;

typedef struct {
  const osu_train_attention_shape *shape;
  const float *q, *k, *v, *logs, *dout, *dots;
  float *out, *new_logs, *dq, *dk, *dv;
} osu_train_attention_call;

typedef struct {
  /// Rows and columns of a tile, and numbers of k in a unit of bf16.
  size_t rows, columns, pair;
  /// Packs the lines of the panels [first, last), `width` (one of rows and columns) lines each: [panel][units][width].
  void (*pack)(const osu_train_lines *lines, osu_train_precision precision, size_t width, float *packed, size_t first, size_t last);
  /// c (+)= a b over the tiles of m rows and n columns, from panels of `units` units.
  void (*multiply)(const float *a, const float *b, size_t units, osu_train_precision precision, const osu_train_output *output);
  /// The queries [first, last) (at most a tile) of the heads that share a key and value head.
  void (*attention)(const osu_train_attention_call *call, size_t kv_head, size_t first, size_t last, float *memory);
  /// The rows [first, last), whole documents, likewise.
  void (*attention_backward)(const osu_train_attention_call *call, size_t kv_head, size_t first, size_t last, float *memory);
} osu_train_level;

extern const osu_train_level osu_train_portable;
#if defined(__x86_64__)
extern const osu_train_level osu_train_avx2, osu_train_avx512, osu_train_avx512_bf16;
#endif

static inline const osu_train_level *osu_train_at(int level) {
#if defined(__x86_64__)
  if (level >= OSU_SIMD_AVX512_BF16) return &osu_train_avx512_bf16;
  if (level >= OSU_SIMD_AVX512) return &osu_train_avx512;
  if (level >= OSU_SIMD_AVX2) return &osu_train_avx2;
#endif
  (void)level;
  return &osu_train_portable;
}

static inline size_t osu_train_round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }
#endif
