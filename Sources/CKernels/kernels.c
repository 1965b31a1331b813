// Inner loops with a run-time choice of instruction set. Each kernel has a portable form that defines its meaning;
// the wide forms are compiled by function attributes, so that no unsafe compiler flag leaves this file.
#include "CKernels.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))
#endif

int osu_simd_available(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq"))
    return __builtin_cpu_supports("avx512bf16") ? OSU_SIMD_AVX512_BF16 : OSU_SIMD_AVX512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return OSU_SIMD_AVX2;
#endif
  return OSU_SIMD_PORTABLE;
}

int osu_simd_level(void) {
  int level = osu_simd_available();
  const char *asked = getenv("OSUSUME_SIMD");
  if (!asked) return level;
  if (!strcmp(asked, "portable")) return OSU_SIMD_PORTABLE;
  if (!strcmp(asked, "avx2") && level > OSU_SIMD_AVX2) return OSU_SIMD_AVX2;
  if (!strcmp(asked, "avx512") && level > OSU_SIMD_AVX512) return OSU_SIMD_AVX512;
  return level;
}

static float dot_portable(const float *a, const float *b, size_t n) {
  float lanes[8] = {0};
  size_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (int l = 0; l < 8; l++) lanes[l] += a[i + l] * b[i + l];
  float sum = 0;
  for (int l = 0; l < 8; l++) sum += lanes[l];
  for (; i < n; i++) sum += a[i] * b[i];
  return sum;
}

#if defined(__x86_64__)
AVX2 static float sum256(__m256 v) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_shuffle_ps(s, s, 1)));
}

AVX2 static float dot_avx2(const float *a, const float *b, size_t n) {
  __m256 s0 = _mm256_setzero_ps(), s1 = _mm256_setzero_ps();
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
    s1 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8), s1);
  }
  float sum = sum256(_mm256_add_ps(s0, s1));
  for (; i < n; i++) sum += a[i] * b[i];
  return sum;
}

AVX512 static float dot_avx512(const float *a, const float *b, size_t n) {
  __m512 s0 = _mm512_setzero_ps(), s1 = _mm512_setzero_ps();
  size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    s0 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i), s0);
    s1 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i + 16), _mm512_loadu_ps(b + i + 16), s1);
  }
  for (; i < n; i += 16) {
    __mmask16 m = n - i >= 16 ? 0xFFFF : (__mmask16)((1u << (n - i)) - 1);
    s0 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(m, a + i), _mm512_maskz_loadu_ps(m, b + i), s0);
  }
  return _mm512_reduce_add_ps(_mm512_add_ps(s0, s1));
}

// A tile of `rows` (1 to 4, known at compile time) rows of A by 4 rows of B; k is a multiple of 16.
#define TILE(rows)                                                                                                      \
  AVX512 static void tile_##rows(const float *a, const float *b, const float *bias, float *c, size_t stride, size_t k) { \
    __m512 s[rows][4];                                                                                                  \
    for (int x = 0; x < rows; x++)                                                                                      \
      for (int y = 0; y < 4; y++) s[x][y] = _mm512_setzero_ps();                                                        \
    for (size_t p = 0; p < k; p += 16) {                                                                                \
      __m512 b0 = _mm512_loadu_ps(b + p), b1 = _mm512_loadu_ps(b + k + p);                                              \
      __m512 b2 = _mm512_loadu_ps(b + 2 * k + p), b3 = _mm512_loadu_ps(b + 3 * k + p);                                  \
      for (int x = 0; x < rows; x++) {                                                                                  \
        __m512 ax = _mm512_loadu_ps(a + (size_t)x * k + p);                                                             \
        s[x][0] = _mm512_fmadd_ps(ax, b0, s[x][0]);                                                                     \
        s[x][1] = _mm512_fmadd_ps(ax, b1, s[x][1]);                                                                     \
        s[x][2] = _mm512_fmadd_ps(ax, b2, s[x][2]);                                                                     \
        s[x][3] = _mm512_fmadd_ps(ax, b3, s[x][3]);                                                                     \
      }                                                                                                                 \
    }                                                                                                                   \
    for (int x = 0; x < rows; x++)                                                                                      \
      for (int y = 0; y < 4; y++) c[(size_t)x * stride + y] = _mm512_reduce_add_ps(s[x][y]) + (bias ? bias[y] : 0);     \
  }
TILE(1)
TILE(2)
TILE(3)
TILE(4)

AVX512 static void gemm_avx512(const float *a, const float *b, const float *bias, float *c, size_t m, size_t n, size_t k,
                               size_t stride) {
  static void (*const tiles[])(const float *, const float *, const float *, float *, size_t, size_t) = {tile_1, tile_2, tile_3,
                                                                                                        tile_4};
  for (size_t j = 0; j < n; j += 4) {
    size_t jn = n - j < 4 ? n - j : 4;
    for (size_t i = 0; i < m; i += 4) {
      size_t in = m - i < 4 ? m - i : 4;
      if (jn == 4 && k % 16 == 0) {
        tiles[in - 1](a + i * k, b + j * k, bias ? bias + j : NULL, c + i * stride + j, stride, k);
      } else {
        for (size_t x = 0; x < in; x++)
          for (size_t y = 0; y < jn; y++)
            c[(i + x) * stride + j + y] = dot_avx512(a + (i + x) * k, b + (j + y) * k, k) + (bias ? bias[j + y] : 0);
      }
    }
  }
}

// e^x for x <= 0 by 2^n times a polynomial of the rest (Cephes): relative error below 2e-7.
AVX512 static __m512 exp_avx512(__m512 x) {
  x = _mm512_max_ps(x, _mm512_set1_ps(-87.0f));
  __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), 0);
  x = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375f), x);
  x = _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4f), x);
  __m512 y = _mm512_set1_ps(1.9875691500e-4f);
  y = _mm512_fmadd_ps(y, x, _mm512_set1_ps(1.3981999507e-3f));
  y = _mm512_fmadd_ps(y, x, _mm512_set1_ps(8.3334519073e-3f));
  y = _mm512_fmadd_ps(y, x, _mm512_set1_ps(4.1665795894e-2f));
  y = _mm512_fmadd_ps(y, x, _mm512_set1_ps(1.6666665459e-1f));
  y = _mm512_fmadd_ps(y, x, _mm512_set1_ps(5.0000001201e-1f));
  y = _mm512_add_ps(_mm512_fmadd_ps(y, _mm512_mul_ps(x, x), x), _mm512_set1_ps(1.0f));
  return _mm512_scalef_ps(y, n);
}

// erf by Abramowitz & Stegun 7.1.26: absolute error below 1.5e-7.
AVX512 static void gelu_avx512(float *x, size_t n) {
  for (size_t i = 0; i + 16 <= n; i += 16) {
    __m512 v = _mm512_loadu_ps(x + i);
    __m512 z = _mm512_abs_ps(_mm512_mul_ps(v, _mm512_set1_ps(0.70710678f)));
    __m512 t = _mm512_div_ps(_mm512_set1_ps(1.0f), _mm512_fmadd_ps(z, _mm512_set1_ps(0.3275911f), _mm512_set1_ps(1.0f)));
    __m512 p = _mm512_set1_ps(1.061405429f);
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(-1.453152027f));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(1.421413741f));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(-0.284496736f));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(0.254829592f));
    __m512 e = exp_avx512(_mm512_sub_ps(_mm512_setzero_ps(), _mm512_mul_ps(z, z)));
    __m512 erf = _mm512_fnmadd_ps(_mm512_mul_ps(p, t), e, _mm512_set1_ps(1.0f));
    __mmask16 negative = _mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_LT_OQ);
    erf = _mm512_mask_sub_ps(erf, negative, _mm512_setzero_ps(), erf);
    __m512 half = _mm512_mul_ps(v, _mm512_set1_ps(0.5f));
    _mm512_storeu_ps(x + i, _mm512_fmadd_ps(half, erf, half));
  }
}

AVX512 static void scan_avx512(const int8_t *rows, const int8_t *q, size_t count, size_t dim, int32_t *sums) {
  for (size_t r = 0; r < count; r++) {
    const int8_t *row = rows + r * dim;
    __m512i s = _mm512_setzero_si512();
    size_t i = 0;
    for (; i + 32 <= dim; i += 32) {
      __m512i x = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(row + i)));
      __m512i y = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(q + i)));
      s = _mm512_add_epi32(s, _mm512_madd_epi16(x, y));
    }
    int32_t sum = _mm512_reduce_add_epi32(s);
    for (; i < dim; i++) sum += (int32_t)row[i] * q[i];
    sums[r] = sum;
  }
}

AVX2 static void scan_avx2(const int8_t *rows, const int8_t *q, size_t count, size_t dim, int32_t *sums) {
  for (size_t r = 0; r < count; r++) {
    const int8_t *row = rows + r * dim;
    __m256i s = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 16 <= dim; i += 16) {
      __m256i x = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(row + i)));
      __m256i y = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(q + i)));
      s = _mm256_add_epi32(s, _mm256_madd_epi16(x, y));
    }
    int32_t lanes[8];
    _mm256_storeu_si256((__m256i *)lanes, s);
    int32_t sum = 0;
    for (int l = 0; l < 8; l++) sum += lanes[l];
    for (; i < dim; i++) sum += (int32_t)row[i] * q[i];
    sums[r] = sum;
  }
}
#endif

float osu_dot_f32(const float *a, const float *b, size_t n, int level) {
#if defined(__x86_64__)
  if (level >= OSU_SIMD_AVX512) return dot_avx512(a, b, n);
  if (level >= OSU_SIMD_AVX2) return dot_avx2(a, b, n);
#endif
  return dot_portable(a, b, n);
}

void osu_gemm_nt_f32(const float *a, const float *b, const float *bias, float *c, size_t m, size_t n, size_t k,
                     size_t stride, int level) {
#if defined(__x86_64__)
  if (level >= OSU_SIMD_AVX512) {
    gemm_avx512(a, b, bias, c, m, n, k, stride);
    return;
  }
#endif
  for (size_t j = 0; j < n; j++)
    for (size_t i = 0; i < m; i++) c[i * stride + j] = osu_dot_f32(a + i * k, b + j * k, k, level) + (bias ? bias[j] : 0);
}

void osu_scan_i8_level(const int8_t *rows, const int8_t *q, size_t count, size_t dim, int32_t *sums, int level) {
#if defined(__x86_64__)
  if (level >= OSU_SIMD_AVX512) {
    scan_avx512(rows, q, count, dim, sums);
    return;
  }
  if (level >= OSU_SIMD_AVX2) {
    scan_avx2(rows, q, count, dim, sums);
    return;
  }
#endif
  for (size_t r = 0; r < count; r++) {
    int32_t sum = 0;
    for (size_t i = 0; i < dim; i++) sum += (int32_t)rows[r * dim + i] * q[i];
    sums[r] = sum;
  }
}

void osu_scan_i8(const int8_t *rows, const int8_t *q, size_t count, size_t dim, int32_t *sums) {
  osu_scan_i8_level(rows, q, count, dim, sums, osu_simd_level());
}

void osu_layer_norm_f32(float *x, const float *gamma, const float *beta, size_t m, size_t n, float eps) {
  for (size_t r = 0; r < m; r++) {
    float *row = x + r * n;
    float mean = 0, var = 0;
    for (size_t i = 0; i < n; i++) mean += row[i];
    mean /= (float)n;
    for (size_t i = 0; i < n; i++) var += (row[i] - mean) * (row[i] - mean);
    float scale = 1.0f / sqrtf(var / (float)n + eps);
    for (size_t i = 0; i < n; i++) row[i] = (row[i] - mean) * scale * gamma[i] + beta[i];
  }
}

void osu_gelu_f32(float *x, size_t n, int level) {
  size_t i = 0;
#if defined(__x86_64__)
  if (level >= OSU_SIMD_AVX512) {
    gelu_avx512(x, n);
    i = n & ~(size_t)15;
  }
#endif
  for (; i < n; i++) x[i] = 0.5f * x[i] * (1.0f + erff(x[i] * 0.70710678f));
}

void osu_softmax_f32(float *x, size_t m, size_t n) {
  for (size_t r = 0; r < m; r++) {
    float *row = x + r * n;
    float top = row[0], sum = 0;
    for (size_t i = 1; i < n; i++) top = row[i] > top ? row[i] : top;
    for (size_t i = 0; i < n; i++) sum += row[i] = expf(row[i] - top);
    for (size_t i = 0; i < n; i++) row[i] /= sum;
  }
}
