// What the layer does row by row.
#include "../gelu.h"

INLINE v16 gelu(v16 x) { return x * normal_cdf16(x); }

static void gelu_all(float *x, size_t n) {
  for (size_t i = 0; i < n; i += 16) store16(x + i, gelu(load16(x + i)));
}

/// One row in place: (x - mean) / sqrt(variance + epsilon) * gamma + beta (Ba et al. 2016).
INLINE void layer_norm(float *x, osu_encoder_norm norm, size_t n, float epsilon) {
  v16 total = splat(0), squares = splat(0);
  for (size_t i = 0; i < n; i += 16) total += load16(x + i);
  float mean = sum16(total) / (float)n;
  for (size_t i = 0; i < n; i += 16) {
    v16 d = load16(x + i) - mean;
    squares += d * d;
  }
  float scale = 1.0f / sqrtf(sum16(squares) / (float)n + epsilon);
  for (size_t i = 0; i < n; i += 16)
    store16(x + i, (load16(x + i) - mean) * scale * load16(norm.gamma + i) + load16(norm.beta + i));
}

static float exponents(float *x, size_t length, size_t n) {
  for (size_t i = length; i < n; i++) x[i] = -INFINITY;
  v16 most = load16(x), total = splat(0);
  for (size_t i = 16; i < n; i += 16) most = max16(most, load16(x + i));
  float top = top16(most);
  for (size_t i = 0; i < n; i += 16) {
    v16 e = exp16(load16(x + i) - top);
    store16(x + i, e);
    total += e;
  }
  // The places beyond hold e^-87, which is too little to be seen in the sum.
  for (size_t i = length; i < n; i++) x[i] = 0;
  return sum16(total);
}
