// W x for quantised weights with AVX-512 VNNI: one vpdpbusd multiplies four columns of sixteen rows by four numbers of a token.
#include "products.h"
#include "vectors.h"
#if defined(__x86_64__)
#define UNROLL _Pragma("clang loop unroll(full)")
#define KERNEL TARGET_VNNI static inline __attribute__((always_inline))

// 32 rows x 6 tokens: twelve integer and twelve float sums, two lines of weights and a token's number fit the 32 registers.
enum { ROWS = 2, TOKENS = 6 };
// A single token is bound by memory: its weights are fetched this many bytes before they are needed, across the ends of pages, where
// the hardware's own prefetching stops, and one group after the other, as they stand.
enum { AHEAD = 4096 };

// Line g (0 to 15) of a span, in the form of `value` in products.c.
KERNEL __m512i line_of(const int type, const uint8_t *lines, const int g) {
  if (type == OSU_Q8_0) return _mm512_loadu_si512(lines + g * 64);
  __m512i pairs = _mm512_loadu_si512(lines + g % 8 * 64);
  if (type != OSU_Q6_K) return _mm512_and_si512(g < 8 ? _mm512_slli_epi16(pairs, 4) : pairs, _mm512_set1_epi8((char)0xF0));
  __m512i low = _mm512_and_si512(g < 8 ? _mm512_slli_epi16(pairs, 2) : _mm512_srli_epi16(pairs, 2), _mm512_set1_epi8(0x3C));
  __m512i high = _mm512_loadu_si512(lines + 512 + g % 4 * 64);
  if (g / 4 == 0) high = _mm512_slli_epi16(high, 6);
  if (g / 4 == 1) high = _mm512_slli_epi16(high, 4);
  if (g / 4 == 2) high = _mm512_slli_epi16(high, 2);
  // low | (high & 0xC0)
  return _mm512_ternarylogic_epi32(low, high, _mm512_set1_epi8((char)0xC0), 0xF8);
}

KERNEL __m512 halves(const uint8_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }
KERNEL __m512 bytes(const uint8_t *p) { return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p))); }
KERNEL __m512 signed_bytes(const uint8_t *p) { return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p))); }
KERNEL __m512i four(const int8_t *p) {
  int32_t v;
  memcpy(&v, p, 4);
  return _mm512_set1_epi32(v);
}

// y of `rows` groups and `count` tokens, both constants. Columns go by spans of 64, whose scales are those of their 32s or 16s.
KERNEL void tile(const product *p, const uint8_t *group, size_t token, float *y, const int type, const int rows, const int count) {
  const int super = type == OSU_Q4_K || type == OSU_Q6_K, part = type == OSU_Q6_K ? 4 : 8;
  const size_t span_bytes = type == OSU_Q8_0 ? Q8_0_SPAN : type == OSU_Q4_0 ? Q4_0_SPAN : type == OSU_Q4_K ? 512 : 768;
  const osu_activations *a = p->a;
  const size_t stride = a->stride, blocks = stride / 32;
  const int8_t *q = a->q + token * stride;
  const float *scales = a->scale + token * blocks, *sums = a->sum + token * blocks;
  const int32_t *biases = type == OSU_Q6_K ? a->bias16 + token * blocks * 2 : a->bias32 + token * blocks;
  __m512 total[ROWS][TOKENS];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int t = 0; t < count; t++) total[r][t] = _mm512_setzero_ps();
  __m512 d[ROWS], dmin[ROWS];
  const uint8_t *head[ROWS], *lines[ROWS];
  for (size_t span = 0; span * 64 < p->columns; span++, q += 64) {
    UNROLL for (int r = 0; r < rows; r++) {
      const uint8_t *here = group + r * p->group_bytes;
      if (super) {
        head[r] = here + span / 4 * (type == OSU_Q4_K ? Q4_K_SUPER : Q6_K_SUPER);
        lines[r] = head[r] + 320 + span % 4 * span_bytes;
        d[r] = _mm512_mul_ps(halves(head[r]), _mm512_set1_ps(type == OSU_Q4_K ? 1.0f / 16 : 1.0f / 4));
        if (type == OSU_Q4_K) dmin[r] = halves(head[r] + 32);
      } else {
        head[r] = here + span * span_bytes;
        lines[r] = head[r] + 64;
      }
      if (count == 1)
        UNROLL for (size_t b = 0; b < span_bytes; b += 64) _mm_prefetch((const char *)lines[r] + b + AHEAD, _MM_HINT_T0);
    }
    UNROLL for (int first = 0; first < 16; first += part) {
      const size_t block = span * 2 + (size_t)first / 8;
      __m512i dot[ROWS][TOKENS];
      UNROLL for (int t = 0; t < count; t++) {
        __m512i bias = type == OSU_Q4_K   ? _mm512_setzero_si512()
                       : type == OSU_Q6_K ? _mm512_set1_epi32(biases[(size_t)t * blocks * 2 + span * 4 + (size_t)first / 4])
                                          : _mm512_set1_epi32(biases[(size_t)t * blocks + block]);
        UNROLL for (int r = 0; r < rows; r++) dot[r][t] = bias;
      }
      UNROLL for (int g = first; g < first + part; g++) {
        __m512i w[ROWS];
        UNROLL for (int r = 0; r < rows; r++) w[r] = line_of(type, lines[r], g);
        UNROLL for (int t = 0; t < count; t++) {
          __m512i x = four(q + (size_t)t * stride + g * 4);
          UNROLL for (int r = 0; r < rows; r++) dot[r][t] = _mm512_dpbusd_epi32(dot[r][t], w[r], x);
        }
      }
      UNROLL for (int r = 0; r < rows; r++) {
        const size_t index = span % 4 * 4 + (size_t)first / 4;
        __m512 scale = type == OSU_Q4_K   ? _mm512_mul_ps(d[r], bytes(head[r] + 64 + index / 2 * 16))
                       : type == OSU_Q6_K ? _mm512_mul_ps(d[r], signed_bytes(head[r] + 64 + index * 16))
                                          : halves(head[r] + first / 8 * 32);
        UNROLL for (int t = 0; t < count; t++) {
          __m512 both = _mm512_mul_ps(scale, _mm512_set1_ps(scales[(size_t)t * blocks + block]));
          total[r][t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot[r][t]), both, total[r][t]);
        }
        if (type == OSU_Q4_K) {
          __m512 minimum = _mm512_mul_ps(dmin[r], bytes(head[r] + 192 + index / 2 * 16));
          UNROLL for (int t = 0; t < count; t++)
            total[r][t] = _mm512_fnmadd_ps(minimum, _mm512_set1_ps(sums[(size_t)t * blocks + block]), total[r][t]);
        }
      }
    }
  }
  UNROLL for (int t = 0; t < count; t++)
    UNROLL for (int r = 0; r < rows; r++) {
      float *to = y + (size_t)t * p->stride + r * OSU_ROWS;
      __m512 sum = type == OSU_Q4_0 ? _mm512_mul_ps(total[r][t], _mm512_set1_ps(1.0f / 16)) : total[r][t];
      _mm512_storeu_ps(to, p->accumulate ? _mm512_add_ps(sum, _mm512_loadu_ps(to)) : sum);
    }
}

#define COUNTS(TYPE, RANK)                                              \
  switch (p->tokens - t) {                                              \
  case 1: tile(p, group, t, y, TYPE, RANK, 1); break;                   \
  case 2: tile(p, group, t, y, TYPE, RANK, 2); break;                   \
  case 3: tile(p, group, t, y, TYPE, RANK, 3); break;                   \
  case 4: tile(p, group, t, y, TYPE, RANK, 4); break;                   \
  case 5: tile(p, group, t, y, TYPE, RANK, 5); break;                   \
  default: tile(p, group, t, y, TYPE, RANK, TOKENS); break;             \
  }
#define TILES(NAME, TYPE)                                                               \
  TARGET_VNNI static void NAME(const product *p, size_t first, size_t last) {           \
    const size_t rows = p->tokens == 1 ? 1 : ROWS;                                      \
    for (size_t g = first; g < last; g += rows) {                                       \
      const uint8_t *group = p->packed + g * p->group_bytes;                            \
      for (size_t t = 0; t < p->tokens; t += TOKENS) {                                  \
        float *y = p->y + t * p->stride + g * OSU_ROWS;                                 \
        if (rows == 1 || last - g == 1) { COUNTS(TYPE, 1) } else { COUNTS(TYPE, ROWS) } \
      }                                                                                 \
    }                                                                                   \
  }
TILES(q8_0, OSU_Q8_0)
TILES(q4_0, OSU_Q4_0)
TILES(q4_k, OSU_Q4_K)
TILES(q6_k, OSU_Q6_K)

void product_vnni(const product *p, size_t first, size_t last) {
  switch (p->type) {
  case OSU_Q8_0: return q8_0(p, first, last);
  case OSU_Q4_0: return q4_0(p, first, last);
  case OSU_Q4_K: return q4_k(p, first, last);
  default: return q6_k(p, first, last);
  }
}
#endif
