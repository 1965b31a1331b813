// Inner loops with a run-time choice of instruction set. Each kernel has a portable form that defines its meaning;
// the wide forms are compiled by function attributes, so that no unsafe compiler flag leaves this file.
#include "CKernels.h"
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

#if defined(__x86_64__)
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
