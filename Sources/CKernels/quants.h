// ggml's block formats (ggml/src/ggml-common.h) and what packing makes of them (packing.c); shared by the kernels, not public.
#ifndef OSUSUME_QUANTS_H
#define OSUSUME_QUANTS_H
#include "CKernels.h"
#include <string.h>

enum { Q8_0_BLOCK = 34, Q4_0_BLOCK = 18, Q5_0_BLOCK = 22, Q4_K_BLOCK = 144, Q6_K_BLOCK = 210 };
enum { Q8_0_SPAN = 64 + 1024, Q4_0_SPAN = 64 + 512, Q4_K_SUPER = 64 + 256 + 4 * 512, Q6_K_SUPER = 64 + 256 + 4 * 768 };

static inline size_t ggml_row_bytes(int type, size_t columns) {
  switch (type) {
  case OSU_F32: return columns * 4;
  case OSU_F16:
  case OSU_BF16: return columns * 2;
  case OSU_Q8_0: return columns / 32 * Q8_0_BLOCK;
  case OSU_Q4_0: return columns / 32 * Q4_0_BLOCK;
  case OSU_Q5_0: return columns / 32 * Q5_0_BLOCK;
  case OSU_Q4_K: return columns / 256 * Q4_K_BLOCK;
  case OSU_Q6_K: return columns / 256 * Q6_K_BLOCK;
  default: return 0;
  }
}

static inline float half_float(const void *source) {
  uint16_t h;
  memcpy(&h, source, 2);
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, rest = h & 0x7fff, bits;
  float f;
  if (rest >= 0x7c00) {  // infinity, not a number
    bits = sign | 0x7f800000 | (rest & 0x3ff) << 13;
    memcpy(&f, &bits, 4);
    return f;
  }
  // The exponent's bias grows from 15 to 127 by a product, which makes subnormal numbers normal.
  bits = rest << 13;
  memcpy(&f, &bits, 4);
  f *= 0x1p112f;
  return sign ? -f : f;
}

// The 32 five-bit values of a Q5_0 block, -16...15: low four bits as in Q4_0, fifth bits in four bytes before them.
static inline void q5_0_values(const uint8_t *block, int8_t *values) {
  uint32_t fifth;
  memcpy(&fifth, block + 2, 4);
  for (int i = 0; i < 16; i++) {
    uint8_t pair = block[6 + i];
    values[i] = (int8_t)(((pair & 15) | (fifth >> i & 1) << 4) - 16);
    values[i + 16] = (int8_t)((pair >> 4 | (fifth >> (i + 16) & 1) << 4) - 16);
  }
}

// Scale and minimum of sub-block j of a Q4_K block: 6 bits each, spread over twelve bytes.
static inline void q4_k_scale(const uint8_t *s, int j, uint8_t *scale, uint8_t *minimum) {
  if (j < 4) {
    *scale = s[j] & 63;
    *minimum = s[j + 4] & 63;
  } else {
    *scale = (uint8_t)((s[j + 4] & 15) | (s[j - 4] >> 6) << 4);
    *minimum = (uint8_t)(s[j + 4] >> 4 | (s[j] >> 6) << 4);
  }
}

// The 256 six-bit values of a Q6_K block, 0...63.
static inline void q6_k_values(const uint8_t *block, uint8_t *values) {
  for (int half = 0; half < 2; half++) {
    const uint8_t *low = block + half * 64, *high = block + 128 + half * 32;
    for (int i = 0; i < 32; i++)
      for (int j = 0; j < 4; j++) {
        uint8_t pair = low[i + j % 2 * 32];
        values[half * 128 + j * 32 + i] = (uint8_t)((j < 2 ? pair & 15 : pair >> 4) | (high[i] >> 2 * j & 3) << 4);
      }
  }
}
#endif
