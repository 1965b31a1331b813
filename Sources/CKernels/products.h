// The parts of osu_linear (products.c); not public.
#ifndef OSUSUME_PRODUCTS_H
#define OSUSUME_PRODUCTS_H
#include "quants.h"

/// What one call multiplies; see osu_linear.
typedef struct {
  int type;
  const uint8_t *packed;
  size_t columns, group_bytes;
  const osu_activations *a;
  size_t tokens;
  float *y;
  size_t stride;
  int accumulate;
} product;

void product_floats(const product *p, size_t first, size_t last, int level);
void product_portable(const product *p, size_t first, size_t last);
#if defined(__x86_64__)
void product_avx2(const product *p, size_t first, size_t last);
void product_vnni(const product *p, size_t first, size_t last);
#endif
#endif
