// Softmax attention over a key-value cache of blocks (Vaswani et al. 2017; grouped queries: Ainslie et al. 2023). The keys of a
// block stand dimension by dimension, so that the scores of its sixteen positions are one vector and need no sum across lanes.
#include "CKernels.h"
#include "vectors.h"
#include <math.h>

// Queries that share one pass over the keys or values.
enum { TILE = 4 };

INLINE size_t bytes_of(const int half) { return half ? 2 : 4; }
INLINE uint8_t *block_of(const osu_kv_head *kv, size_t block) { return kv->base + (size_t)kv->blocks[block] * kv->block_bytes; }
INLINE v16 numbers16(const uint8_t *p, size_t index, int half, int wide) {
  return half ? halves16((const uint16_t *)p + index, wide) : load16((const float *)p + index);
}

INLINE void osu_kv_write_body(const osu_kv_head *kv, size_t position, const float *key, const float *value, int wide) {
  uint8_t *keys = block_of(kv, position / OSU_BLOCK), *values = keys + OSU_BLOCK * kv->head_dim * bytes_of(kv->half);
  size_t lane = position % OSU_BLOCK, n = kv->head_dim;
  if (!kv->half) {
    for (size_t d = 0; d < n; d++) ((float *)keys)[d * OSU_BLOCK + lane] = key[d];
    memcpy((float *)values + lane * n, value, n * 4);
    return;
  }
  for (size_t d = 0; d < n; d += 16) {
    uint16_t halves[16];
    store_halves16(halves, load16(key + d), wide);
    for (size_t i = 0; i < 16; i++) ((uint16_t *)keys)[(d + i) * OSU_BLOCK + lane] = halves[i];
    store_halves16((uint16_t *)values + lane * n + d, load16(value + d), wide);
  }
}
FOR_EACH_LEVEL(osu_kv_write, (const osu_kv_head *kv, size_t position, const float *key, const float *value, int level), kv,
               position, key, value)

// scores[i][0...] = q[i] . K of `count` (1 to TILE, a constant) queries over `blocks` blocks.
INLINE void score(const osu_kv_head *kv, const float *const *q, float *scores, size_t width, size_t blocks, const int count,
                  const int half, int wide) {
  for (size_t b = 0; b < blocks; b++) {
    // A sequence's blocks stand apart, so that only we know which memory comes next.
    const uint8_t *keys = block_of(kv, b), *next = b + 1 < blocks ? block_of(kv, b + 1) : keys;
    v16 even[TILE] = {{0}}, odd[TILE] = {{0}};
    for (size_t d = 0; d < kv->head_dim; d += 2) {
      __builtin_prefetch(next + d * OSU_BLOCK * bytes_of(half));
      v16 k0 = numbers16(keys, d * OSU_BLOCK, half, wide), k1 = numbers16(keys, (d + 1) * OSU_BLOCK, half, wide);
      for (int i = 0; i < count; i++) {
        even[i] += k0 * q[i][d];
        odd[i] += k1 * q[i][d + 1];
      }
    }
    for (int i = 0; i < count; i++) store16(scores + (size_t)i * width + b * OSU_BLOCK, even[i] + odd[i]);
  }
}

// Over the first n of whole blocks; the rest becomes 0. Returns the sum that divides.
INLINE float exponentials(float *scores, size_t n) {
  for (size_t i = n; i % OSU_BLOCK; i++) scores[i] = -INFINITY;
  v16 top = load16(scores);
  for (size_t i = 16; i < n; i += 16) top = max16(top, load16(scores + i));
  float largest = top16(top);
  v16 sum = {0};
  for (size_t i = 0; i < n; i += 16) {
    v16 e = exp16(load16(scores + i) - largest);
    store16(scores + i, e);
    sum += e;
  }
  // exp16 holds its input to -87: what is masked is set to 0 outright.
  float total = sum16(sum);
  for (size_t i = n; i % OSU_BLOCK; i++) {
    total -= scores[i];
    scores[i] = 0;
  }
  return total;
}

// out[i][d...] of `vectors` times sixteen dimensions (a constant): a pass over the values of all positions.
INLINE void weigh_part(const osu_kv_head *kv, const float *scores, size_t width, size_t positions, const float *sums, float *const *out,
                       size_t d, const int vectors, const int count, const int half, int wide) {
  size_t n = kv->head_dim;
  v16 total[TILE][8] = {{{0}}};
  for (size_t b = 0; b * OSU_BLOCK < positions; b++) {
    const uint8_t *values = block_of(kv, b) + OSU_BLOCK * n * bytes_of(half), *next = values;
    if ((b + 1) * OSU_BLOCK < positions) next = block_of(kv, b + 1) + OSU_BLOCK * n * bytes_of(half);
    size_t here = positions - b * OSU_BLOCK < OSU_BLOCK ? positions - b * OSU_BLOCK : OSU_BLOCK;
    for (size_t p = 0; p < here; p++) {
#pragma clang loop unroll(full)
      for (int j = 0; j < vectors; j++) {
        size_t index = p * n + d + (size_t)j * 16;
        if (j % 2 == 0) __builtin_prefetch(next + index * bytes_of(half));
        v16 v = numbers16(values, index, half, wide);
#pragma clang loop unroll(full)
        for (int i = 0; i < count; i++) total[i][j] += v * scores[(size_t)i * width + b * OSU_BLOCK + p];
      }
    }
  }
  for (int i = 0; i < count; i++)
    for (int j = 0; j < vectors; j++) store16(out[i] + d + j * 16, total[i][j] / sums[i]);
}

// As many dimensions at once as registers hold sums for.
INLINE void weigh(const osu_kv_head *kv, const float *scores, size_t width, size_t positions, const float *sums, float *const *out,
                  const int count, const int half, int wide) {
  size_t n = kv->head_dim, d = 0;
  for (; count <= 2 && d + 128 <= n; d += 128) weigh_part(kv, scores, width, positions, sums, out, d, 8, count, half, wide);
  for (; d + 64 <= n; d += 64) weigh_part(kv, scores, width, positions, sums, out, d, 4, count, half, wide);
  for (; d + 32 <= n; d += 32) weigh_part(kv, scores, width, positions, sums, out, d, 2, count, half, wide);
  if (d < n) weigh_part(kv, scores, width, positions, sums, out, d, 1, count, half, wide);
}

INLINE void attend(const osu_kv_head *kv, const float *q, float *out, const size_t *offsets, const size_t *visible, float *scores,
                   const int count, const int half, int wide) {
  const float *from[TILE];
  float *to[TILE], sums[TILE];
  size_t most = 0;
  for (int i = 0; i < count; i++) {
    from[i] = q + offsets[i];
    to[i] = out + offsets[i];
    if (visible[i] > most) most = visible[i];
  }
  size_t blocks = (most + OSU_BLOCK - 1) / OSU_BLOCK, width = blocks * OSU_BLOCK;
  score(kv, from, scores, width, blocks, count, half, wide);
  for (int i = 0; i < count; i++) {
    sums[i] = exponentials(scores + (size_t)i * width, visible[i]);
    size_t end = (visible[i] + OSU_BLOCK - 1) / OSU_BLOCK * OSU_BLOCK;
    memset(scores + (size_t)i * width + end, 0, (width - end) * 4);
  }
  weigh(kv, scores, width, most, sums, to, count, half, wide);
}

INLINE void osu_attention_body(const osu_kv_head *kv, const float *q, float *out, const size_t *offsets, const size_t *visible,
                               size_t queries, float *scores, int wide) {
#define ATTEND(count)                                                                             \
  if (kv->half) attend(kv, q, out, offsets + i, visible + i, scores, count, 1, wide);             \
  else attend(kv, q, out, offsets + i, visible + i, scores, count, 0, wide);
  for (size_t i = 0; i < queries; i += TILE) {
    switch (queries - i) {
    case 1: ATTEND(1) break;
    case 2: ATTEND(2) break;
    case 3: ATTEND(3) break;
    default: ATTEND(TILE) break;
    }
  }
#undef ATTEND
}
FOR_EACH_LEVEL(osu_attention,
               (const osu_kv_head *kv, const float *q, float *out, const size_t *offsets, const size_t *visible, size_t queries,
                float *scores, int level),
               kv, q, out, offsets, visible, queries, scores)
