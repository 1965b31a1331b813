// W x for quantised weights with AVX2. vpmaddubsw, the only byte product, saturates at 16 bits; so weights of more than six bits
// are multiplied in two halves of four bits, whose products fit.
#include "products.h"
#include "vectors.h"
#if defined(__x86_64__)
#define UNROLL _Pragma("clang loop unroll(full)")
#define KERNEL TARGET_AVX2 static inline __attribute__((always_inline))

// Eight rows x 4 tokens.
enum { TOKENS = 4 };

KERNEL __m256i masked(__m256i v, int mask) { return _mm256_and_si256(v, _mm256_set1_epi8((char)mask)); }

// Half `h` (eight rows) of line g of a span: its low four bits, and what remains, both as 0...15; 0...3 for the remainder of Q6_K.
KERNEL void halves_of_line(const int type, const uint8_t *lines, const int g, const int h, __m256i *low, __m256i *high) {
  if (type == OSU_Q8_0) {
    __m256i v = _mm256_loadu_si256((const __m256i *)(lines + g * 64 + h * 32));
    *low = masked(v, 15);
    *high = masked(_mm256_srli_epi16(v, 4), 15);
    return;
  }
  __m256i pairs = _mm256_loadu_si256((const __m256i *)(lines + g % 8 * 64 + h * 32));
  *low = masked(g < 8 ? pairs : _mm256_srli_epi16(pairs, 4), 15);
  if (type != OSU_Q6_K) return;
  __m256i bits = _mm256_loadu_si256((const __m256i *)(lines + 512 + g % 4 * 64 + h * 32));
  *high = masked(_mm256_srl_epi16(bits, _mm_cvtsi32_si128(g / 4 * 2)), 3);
}

KERNEL __m256i four(const int8_t *p) {
  int32_t v;
  memcpy(&v, p, 4);
  return _mm256_set1_epi32(v);
}
KERNEL __m256 halves(const uint8_t *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)); }
KERNEL __m256 bytes(const uint8_t *p) { return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p))); }
KERNEL __m256 signed_bytes(const uint8_t *p) { return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p))); }

KERNEL void tile(const product *p, const uint8_t *group, size_t token, float *y, const int type, const int h, const int count) {
  const int super = type == OSU_Q4_K || type == OSU_Q6_K, part = type == OSU_Q6_K ? 4 : 8;
  const int two = type == OSU_Q8_0 || type == OSU_Q6_K;
  const size_t span_bytes = type == OSU_Q8_0 ? Q8_0_SPAN : type == OSU_Q4_0 ? Q4_0_SPAN : type == OSU_Q4_K ? 512 : 768;
  const osu_activations *a = p->a;
  const size_t stride = a->stride, blocks = stride / 32;
  const int8_t *q = a->q + token * stride;
  const float *scales = a->scale + token * blocks, *sums = a->sum + token * blocks;
  const int32_t *bias32 = a->bias32 + token * blocks, *bias16 = a->bias16 + token * blocks * 2;
  const __m256i ones = _mm256_set1_epi16(1), sixteens = _mm256_set1_epi16(16);
  __m256 total[TOKENS];
  UNROLL for (int t = 0; t < count; t++) total[t] = _mm256_setzero_ps();
  for (size_t span = 0; span * 64 < p->columns; span++, q += 64) {
    const uint8_t *head = group + span * span_bytes, *lines = head + 64;
    if (super) {
      head = group + span / 4 * (type == OSU_Q4_K ? Q4_K_SUPER : Q6_K_SUPER);
      lines = head + 320 + span % 4 * span_bytes;
    }
    UNROLL for (int first = 0; first < 16; first += part) {
      const size_t block = span * 2 + (size_t)first / 8, index = span % 4 * 4 + (size_t)first / 4;
      // The zero of the weights in units of 1/128 of the bias.
      __m256i dot[TOKENS];
      UNROLL for (int t = 0; t < count; t++) {
        int32_t bias = type == OSU_Q4_K   ? 0
                       : type == OSU_Q4_0 ? bias32[(size_t)t * blocks + block] / 16
                       : type == OSU_Q6_K ? bias16[(size_t)t * blocks * 2 + span * 4 + (size_t)first / 4] / 4
                                          : bias32[(size_t)t * blocks + block];
        dot[t] = _mm256_set1_epi32(bias);
      }
      UNROLL for (int g = first; g < first + part; g++) {
        __m256i low, high = _mm256_setzero_si256();
        halves_of_line(type, lines, g, h, &low, &high);
        UNROLL for (int t = 0; t < count; t++) {
          __m256i x = four(q + (size_t)t * stride + g * 4);
          dot[t] = _mm256_add_epi32(dot[t], _mm256_madd_epi16(_mm256_maddubs_epi16(low, x), ones));
          if (two) dot[t] = _mm256_add_epi32(dot[t], _mm256_madd_epi16(_mm256_maddubs_epi16(high, x), sixteens));
        }
      }
      __m256 scale = type == OSU_Q4_K   ? _mm256_mul_ps(halves(head + h * 16), bytes(head + 64 + index / 2 * 16 + h * 8))
                     : type == OSU_Q6_K ? _mm256_mul_ps(halves(head + h * 16), signed_bytes(head + 64 + index * 16 + h * 8))
                                        : halves(head + first / 8 * 32 + h * 16);
      UNROLL for (int t = 0; t < count; t++) {
        __m256 both = _mm256_mul_ps(scale, _mm256_set1_ps(scales[(size_t)t * blocks + block]));
        total[t] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot[t]), both, total[t]);
      }
      if (type == OSU_Q4_K) {
        __m256 minimum = _mm256_mul_ps(halves(head + 32 + h * 16), bytes(head + 192 + index / 2 * 16 + h * 8));
        UNROLL for (int t = 0; t < count; t++)
          total[t] = _mm256_fnmadd_ps(minimum, _mm256_set1_ps(sums[(size_t)t * blocks + block]), total[t]);
      }
    }
  }
  UNROLL for (int t = 0; t < count; t++) {
    float *to = y + (size_t)t * p->stride + h * 8;
    _mm256_storeu_ps(to, p->accumulate ? _mm256_add_ps(total[t], _mm256_loadu_ps(to)) : total[t]);
  }
}

#define BOTH(TYPE, COUNT)               \
  tile(p, group, t, y, TYPE, 0, COUNT); \
  tile(p, group, t, y, TYPE, 1, COUNT); \
  break;
#define TILES(NAME, TYPE)                                                     \
  TARGET_AVX2 static void NAME(const product *p, size_t first, size_t last) { \
    for (size_t g = first; g < last; g++) {                                   \
      const uint8_t *group = p->packed + g * p->group_bytes;                  \
      for (size_t t = 0; t < p->tokens; t += TOKENS) {                        \
        float *y = p->y + t * p->stride + g * OSU_ROWS;                       \
        switch (p->tokens - t) {                                              \
        case 1: BOTH(TYPE, 1)                                                 \
        case 2: BOTH(TYPE, 2)                                                 \
        case 3: BOTH(TYPE, 3)                                                 \
        default: BOTH(TYPE, TOKENS)                                           \
        }                                                                     \
      }                                                                       \
    }                                                                         \
  }
TILES(q8_0, OSU_Q8_0)
TILES(q4_0, OSU_Q4_0)
TILES(q4_k, OSU_Q4_K)
TILES(q6_k, OSU_Q6_K)

void product_avx2(const product *p, size_t first, size_t last) {
  switch (p->type) {
  case OSU_Q8_0: return q8_0(p, first, last);
  case OSU_Q4_0: return q4_0(p, first, last);
  case OSU_Q4_K: return q4_k(p, first, last);
  default: return q6_k(p, first, last);
  }
}
#endif
