// What stands between the matrix products of a decoder: norms, gates, rotations, and quantising the inputs of the next product.
#include "CKernels.h"
#include "vectors.h"
#include <math.h>

INLINE void osu_rms_norm_body(const float *x, const float *gamma, float *y, size_t n, float eps, int wide) {
  (void)wide;
  v16 squares = {0};
  float rest = 0;
  size_t i = 0;
  for (; i + 16 <= n; i += 16) squares += load16(x + i) * load16(x + i);
  for (; i < n; i++) rest += x[i] * x[i];
  float scale = 1.0f / sqrtf((sum16(squares) + rest) / (float)n + eps);
  for (i = 0; i + 16 <= n; i += 16) store16(y + i, load16(x + i) * scale * load16(gamma + i));
  for (; i < n; i++) y[i] = x[i] * scale * gamma[i];
}
FOR_EACH_LEVEL(osu_rms_norm, (const float *x, const float *gamma, float *y, size_t n, float eps, int level), x, gamma, y, n, eps)

INLINE v16 silu_gate16(v16 gate, v16 up) { return gate / (exp16(-gate) + 1.0f) * up; }

INLINE void osu_silu_gate_body(const float *gate, const float *up, float *y, size_t n, int wide) {
  (void)wide;
  size_t i = 0;
  for (; i + 16 <= n; i += 16) store16(y + i, silu_gate16(load16(gate + i), load16(up + i)));
  if (i < n) {
    float g[16] = {0}, u[16] = {0};
    memcpy(g, gate + i, (n - i) * 4);
    memcpy(u, up + i, (n - i) * 4);
    store16(g, silu_gate16(load16(g), load16(u)));
    memcpy(y + i, g, (n - i) * 4);
  }
}
FOR_EACH_LEVEL(osu_silu_gate, (const float *gate, const float *up, float *y, size_t n, int level), gate, up, y, n)

// To the eleven bits of a half float, as ggml keeps a block's scale, so that quantised products agree with its own; what a half would
// hold less precisely stays.
INLINE float half_rounded(float x) {
  if (x < 0x1p-14f || x > 65504.0f) return x;
  uint32_t bits;
  memcpy(&bits, &x, 4);
  bits = (bits + 0xfff + (bits >> 13 & 1)) & ~0x1fffu;
  memcpy(&x, &bits, 4);
  return x;
}

// One block of 32; the sums of its halves are what products of unsigned weights subtract.
INLINE void quantize32(const float *x, int8_t *q, float *scale, float *sum, int32_t *bias32, int32_t *bias16) {
  v16 low = load16(x), high = load16(x + 16);
  float top = top16(max16(abs16(low), abs16(high)));
  float inverse = top > 0 ? 127.0f / top : 0.0f;
  i16 a = __builtin_convertvector(round16(low * inverse), i16), b = __builtin_convertvector(round16(high * inverse), i16);
  b16 bytes = __builtin_convertvector(a, b16);
  memcpy(q, &bytes, 16);
  bytes = __builtin_convertvector(b, b16);
  memcpy(q + 16, &bytes, 16);
  int32_t first = __builtin_reduce_add(a), second = __builtin_reduce_add(b);
  *scale = half_rounded(top / 127.0f);
  *sum = *scale * (float)(first + second);
  bias16[0] = -128 * first;
  bias16[1] = -128 * second;
  *bias32 = bias16[0] + bias16[1];
}

INLINE void osu_quantize_body(const osu_activations *a, size_t first, size_t last, int wide) {
  (void)wide;
  for (size_t b = first; b < last; b++)
    quantize32(a->x + b * 32, a->q + b * 32, a->scale + b, a->sum + b, a->bias32 + b, a->bias16 + b * 2);
}
FOR_EACH_LEVEL(osu_quantize, (const osu_activations *a, size_t first, size_t last, int level), a, first, last)

void osu_rope_angles(double position, const float *frequencies, float magnitude, size_t pairs, float *table) {
  for (size_t i = 0; i < pairs; i++) {
    double angle = position * frequencies[i];
    table[i] = (float)cos(angle) * magnitude;
    table[pairs + i] = (float)sin(angle) * magnitude;
  }
}

INLINE void osu_rope_body(float *x, const float *table, size_t pairs, int halves, int wide) {
  (void)wide;
  const float *cosines = table, *sines = table + pairs;
  size_t i = 0;
  for (; halves && i + 16 <= pairs; i += 16) {
    v16 a = load16(x + i), b = load16(x + pairs + i), c = load16(cosines + i), s = load16(sines + i);
    store16(x + i, a * c - b * s);
    store16(x + pairs + i, a * s + b * c);
  }
  size_t step = halves ? 1 : 2, apart = halves ? pairs : 1;
  for (; i < pairs; i++) {
    float a = x[i * step], b = x[i * step + apart], c = cosines[i], s = sines[i];
    x[i * step] = a * c - b * s;
    x[i * step + apart] = a * s + b * c;
  }
}
FOR_EACH_LEVEL(osu_rope, (float *x, const float *table, size_t pairs, int halves, int level), x, table, pairs, halves)
