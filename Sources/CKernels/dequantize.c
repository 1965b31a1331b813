// ggml's blocks to floats, number by number: rows of the embedding table, norms, and the reference that tests hold the
// kernels against.
#include "quants.h"

static void q8_0(const uint8_t *block, float *y) {
  float d = half_float(block);
  for (int i = 0; i < 32; i++) y[i] = d * (int8_t)block[2 + i];
}

static void q4_0(const uint8_t *block, float *y) {
  float d = half_float(block);
  for (int i = 0; i < 16; i++) {
    y[i] = d * ((block[2 + i] & 15) - 8);
    y[i + 16] = d * ((block[2 + i] >> 4) - 8);
  }
}

static void q5_0(const uint8_t *block, float *y) {
  float d = half_float(block);
  int8_t values[32];
  q5_0_values(block, values);
  for (int i = 0; i < 32; i++) y[i] = d * values[i];
}

static void q4_k(const uint8_t *block, float *y) {
  float d = half_float(block), dmin = half_float(block + 2);
  for (int j = 0; j < 8; j++) {
    uint8_t scale, minimum;
    q4_k_scale(block + 4, j, &scale, &minimum);
    for (int i = 0; i < 32; i++) {
      uint8_t pair = block[16 + j / 2 * 32 + i];
      y[j * 32 + i] = d * scale * (j % 2 ? pair >> 4 : pair & 15) - dmin * minimum;
    }
  }
}

static void q6_k(const uint8_t *block, float *y) {
  float d = half_float(block + 208);
  uint8_t values[256];
  q6_k_values(block, values);
  for (int i = 0; i < 256; i++) y[i] = d * (int8_t)block[192 + i / 16] * (values[i] - 32);
}

void osu_dequantize(int type, const void *source, size_t n, float *values) {
  const uint8_t *bytes = source;
  switch (type) {
  case OSU_F32: memcpy(values, source, n * 4); break;
  case OSU_F16:
    for (size_t i = 0; i < n; i++) values[i] = half_float(bytes + i * 2);
    break;
  case OSU_BF16:
    for (size_t i = 0; i < n; i++) {
      uint32_t bits = (uint32_t)bytes[i * 2] << 16 | (uint32_t)bytes[i * 2 + 1] << 24;
      memcpy(values + i, &bits, 4);
    }
    break;
  case OSU_Q8_0:
    for (size_t i = 0; i < n / 32; i++) q8_0(bytes + i * Q8_0_BLOCK, values + i * 32);
    break;
  case OSU_Q4_0:
    for (size_t i = 0; i < n / 32; i++) q4_0(bytes + i * Q4_0_BLOCK, values + i * 32);
    break;
  case OSU_Q5_0:
    for (size_t i = 0; i < n / 32; i++) q5_0(bytes + i * Q5_0_BLOCK, values + i * 32);
    break;
  case OSU_Q4_K:
    for (size_t i = 0; i < n / 256; i++) q4_k(bytes + i * Q4_K_BLOCK, values + i * 256);
    break;
  case OSU_Q6_K:
    for (size_t i = 0; i < n / 256; i++) q6_k(bytes + i * Q6_K_BLOCK, values + i * 256);
    break;
  default: memset(values, 0, n * 4); break;
  }
}
