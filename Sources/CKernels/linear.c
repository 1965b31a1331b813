// Inner loops of sparse linear models: a row of weights is added to the outputs, or takes a step against their gradient.
#include "CKernels.h"
#include <math.h>
#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))
#endif

#if defined(__x86_64__)
AVX2 static void axpy_avx2(float *y, const float *x, float a, size_t n) {
  __m256 scale = _mm256_set1_ps(a);
  size_t i = 0;
  for (; i + 8 <= n; i += 8) _mm256_storeu_ps(y + i, _mm256_fmadd_ps(scale, _mm256_loadu_ps(x + i), _mm256_loadu_ps(y + i)));
  for (; i < n; i++) y[i] += a * x[i];
}

AVX512 static void axpy_avx512(float *y, const float *x, float a, size_t n) {
  __m512 scale = _mm512_set1_ps(a);
  for (size_t i = 0; i < n; i += 16) {
    __mmask16 part = n - i >= 16 ? 0xffff : (__mmask16)((1u << (n - i)) - 1);
    __m512 sum = _mm512_fmadd_ps(scale, _mm512_maskz_loadu_ps(part, x + i), _mm512_maskz_loadu_ps(part, y + i));
    _mm512_mask_storeu_ps(y + i, part, sum);
  }
}
#endif

void osu_axpy_f32(float *y, const float *x, float a, size_t n, int level) {
#if defined(__x86_64__)
  if (level >= OSU_SIMD_AVX512) return axpy_avx512(y, x, a, n);
  if (level >= OSU_SIMD_AVX2) return axpy_avx2(y, x, a, n);
#endif
  for (size_t i = 0; i < n; i++) y[i] += a * x[i];
}

static void adagrad_portable(float *w, float *h, const float *g, float value, float rate, float decay, size_t n) {
  for (size_t i = 0; i < n; i++) {
    float slope = g[i] * value + decay * w[i];
    h[i] += slope * slope;
    w[i] -= rate * slope / sqrtf(h[i]);
  }
}

#if defined(__x86_64__)
AVX2 static void adagrad_avx2(float *w, float *h, const float *g, float value, float rate, float decay, size_t n) {
  __m256 v = _mm256_set1_ps(value), r = _mm256_set1_ps(rate), d = _mm256_set1_ps(decay);
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    __m256 weight = _mm256_loadu_ps(w + i);
    __m256 slope = _mm256_fmadd_ps(_mm256_loadu_ps(g + i), v, _mm256_mul_ps(d, weight));
    __m256 history = _mm256_fmadd_ps(slope, slope, _mm256_loadu_ps(h + i));
    _mm256_storeu_ps(h + i, history);
    _mm256_storeu_ps(w + i, _mm256_sub_ps(weight, _mm256_div_ps(_mm256_mul_ps(r, slope), _mm256_sqrt_ps(history))));
  }
  adagrad_portable(w + i, h + i, g + i, value, rate, decay, n - i);
}

AVX512 static void adagrad_avx512(float *w, float *h, const float *g, float value, float rate, float decay, size_t n) {
  __m512 v = _mm512_set1_ps(value), r = _mm512_set1_ps(rate), d = _mm512_set1_ps(decay);
  for (size_t i = 0; i < n; i += 16) {
    __mmask16 part = n - i >= 16 ? 0xffff : (__mmask16)((1u << (n - i)) - 1);
    __m512 weight = _mm512_maskz_loadu_ps(part, w + i);
    __m512 slope = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(part, g + i), v, _mm512_mul_ps(d, weight));
    __m512 history = _mm512_fmadd_ps(slope, slope, _mm512_maskz_loadu_ps(part, h + i));
    _mm512_mask_storeu_ps(h + i, part, history);
    __m512 step = _mm512_div_ps(_mm512_mul_ps(r, slope), _mm512_sqrt_ps(history));
    _mm512_mask_storeu_ps(w + i, part, _mm512_sub_ps(weight, step));
  }
}
#endif

void osu_adagrad_f32(float *w, float *h, const float *g, float value, float rate, float decay, size_t n, int level) {
#if defined(__x86_64__)
  if (level >= OSU_SIMD_AVX512) return adagrad_avx512(w, h, g, value, rate, decay, n);
  if (level >= OSU_SIMD_AVX2) return adagrad_avx2(w, h, g, value, rate, decay, n);
#endif
  adagrad_portable(w, h, g, value, rate, decay, n);
}
