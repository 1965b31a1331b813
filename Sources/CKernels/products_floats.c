// W x for weights that are floats or half floats: a column of sixteen rows at a time.
#include "products.h"
#include "vectors.h"

// Tokens that share one pass over the weights.
enum { TOKENS = 6 };

INLINE v16 column16(const uint8_t *group, size_t c, const int type, int wide) {
  if (type == OSU_F32) return load16((const float *)group + c * OSU_ROWS);
  if (type == OSU_F16) return halves16((const uint16_t *)group + c * OSU_ROWS, wide);
  return bfloats16((const uint16_t *)group + c * OSU_ROWS);
}

INLINE void tile(const product *p, const uint8_t *group, size_t token, float *y, const int type, const int count, int wide) {
  const float *x = p->a->x + token * p->a->stride;
  v16 sums[TOKENS] = {{0}}, odd = {0};
  size_t c = 0;
  // A single token has one chain of sums; a second one hides half of the wait for each.
  for (; count == 1 && c + 2 <= p->columns; c += 2) {
    sums[0] += column16(group, c, type, wide) * x[c];
    odd += column16(group, c + 1, type, wide) * x[c + 1];
  }
  for (; c < p->columns; c++) {
    v16 w = column16(group, c, type, wide);
#pragma clang loop unroll(full)
    for (int t = 0; t < count; t++) sums[t] += w * x[(size_t)t * p->a->stride + c];
  }
  sums[0] += odd;
  for (int t = 0; t < count; t++) {
    float *to = y + (size_t)t * p->stride;
    store16(to, p->accumulate ? load16(to) + sums[t] : sums[t]);
  }
}

INLINE void tiles(const product *p, size_t first, size_t last, const int type, int wide) {
  for (size_t g = first; g < last; g++) {
    const uint8_t *group = p->packed + g * p->group_bytes;
    for (size_t t = 0; t < p->tokens; t += TOKENS) {
      float *y = p->y + t * p->stride + g * OSU_ROWS;
      switch (p->tokens - t) {
      case 1: tile(p, group, t, y, type, 1, wide); break;
      case 2: tile(p, group, t, y, type, 2, wide); break;
      case 3: tile(p, group, t, y, type, 3, wide); break;
      case 4: tile(p, group, t, y, type, 4, wide); break;
      case 5: tile(p, group, t, y, type, 5, wide); break;
      default: tile(p, group, t, y, type, TOKENS, wide); break;
      }
    }
  }
}

INLINE void product_floats_body(const product *p, size_t first, size_t last, int wide) {
  switch (p->type) {
  case OSU_F32: return tiles(p, first, last, OSU_F32, wide);
  case OSU_F16: return tiles(p, first, last, OSU_F16, wide);
  default: return tiles(p, first, last, OSU_BF16, wide);
  }
}
FOR_EACH_LEVEL(product_floats, (const product *p, size_t first, size_t last, int level), p, first, last)
