// W x for packed weights: which kernel runs, and the portable one, which says what the others compute.
#include "products.h"

// One of the 16 x 4 unsigned values of line g (0 to 15) of a span, scaled so that its zero is 128 (Q4_K: not offset, times 16).
static int value(int type, const uint8_t *lines, size_t g, size_t lane) {
  if (type == OSU_Q8_0) return lines[g * 64 + lane];
  int nibble = lines[g % 8 * 64 + lane] >> g / 8 * 4 & 15;
  if (type != OSU_Q6_K) return nibble * 16;
  return (nibble | (lines[512 + g % 4 * 64 + lane] >> g / 4 * 2 & 3) << 4) * 4;
}

// The scale of row r for the 16 columns `part` (0 to 15 of 256, or 0 to 3 of 64), divided by what `value` multiplies with.
static float scale_of(int type, const uint8_t *group, size_t part, size_t r) {
  switch (type) {
  case OSU_Q8_0: return half_float(group + part / 2 * 32 + r * 2);
  case OSU_Q4_0: return half_float(group + part / 2 * 32 + r * 2) / 16;
  case OSU_Q4_K: return half_float(group + r * 2) * group[64 + part / 2 * 16 + r] / 16;
  default: return half_float(group + r * 2) * (int8_t)group[64 + part * 16 + r] / 4;
  }
}

static float portable_dot(const product *p, const uint8_t *group, size_t token, size_t r) {
  const osu_activations *a = p->a;
  const int8_t *q = a->q + token * a->stride;
  const float *scale = a->scale + token * (a->stride / 32), *sum = a->sum + token * (a->stride / 32);
  const int32_t *bias = a->bias16 + token * (a->stride / 16);
  int wide = p->type == OSU_Q4_K || p->type == OSU_Q6_K;
  size_t span_bytes = p->type == OSU_Q8_0 ? Q8_0_SPAN : p->type == OSU_Q4_0 ? Q4_0_SPAN : p->type == OSU_Q4_K ? 512 : 768;
  float total = 0;
  for (size_t span = 0; span * 64 < p->columns; span++) {
    const uint8_t *head = group, *lines;
    size_t first = 0;
    if (wide) {
      head += span / 4 * (p->type == OSU_Q4_K ? Q4_K_SUPER : Q6_K_SUPER);
      lines = head + 320 + span % 4 * span_bytes;
      first = span % 4 * 4;
    } else {
      head += span * span_bytes;
      lines = head + 64;
    }
    for (size_t part = 0; part < 4; part++) {
      size_t column = span * 64 + part * 16;
      int32_t dot = p->type == OSU_Q4_K ? 0 : bias[column / 16];
      for (size_t i = 0; i < 16; i++) dot += value(p->type, lines, part * 4 + i / 4, r * 4 + i % 4) * q[column + i];
      total += (float)dot * (scale_of(p->type, head, first + part, r) * scale[column / 32]);
      if (p->type == OSU_Q4_K && part % 2 == 0)
        total -= half_float(head + 32 + r * 2) * head[192 + (first + part) / 2 * 16 + r] * sum[column / 32];
    }
  }
  return total;
}

void product_portable(const product *p, size_t first, size_t last) {
  for (size_t g = first; g < last; g++)
    for (size_t t = 0; t < p->tokens; t++)
      for (size_t r = 0; r < OSU_ROWS; r++) {
        float *y = p->y + t * p->stride + g * OSU_ROWS + r;
        *y = portable_dot(p, p->packed + g * p->group_bytes, t, r) + (p->accumulate ? *y : 0);
      }
}

void osu_linear(int type, const void *packed, size_t columns, const osu_activations *a, size_t tokens, float *y, size_t stride,
                size_t first, size_t last, int accumulate, int level) {
  product p = {type, packed, columns, osu_packed_group_bytes(type, columns), a, tokens, y, stride, accumulate};
  if (type == OSU_F32 || type == OSU_F16 || type == OSU_BF16) return product_floats(&p, first, last, level);
#if defined(__x86_64__)
  if (level >= OSU_SIMD_AVX512 && __builtin_cpu_supports("avx512vnni")) return product_vnni(&p, first, last);
  if (level >= OSU_SIMD_AVX2) return product_avx2(&p, first, last);
#endif
  product_portable(&p, first, last);
}
