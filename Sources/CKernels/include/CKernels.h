#ifndef OSUSUME_CKERNELS_H
#define OSUSUME_CKERNELS_H
#include <stddef.h>
#include <stdint.h>
#include "decoder.h"
#include "encoder.h"

/// Instruction sets, narrowest first; a kernel without a form of its own for one takes that of the next narrower.
enum { OSU_SIMD_PORTABLE = 0, OSU_SIMD_AVX2 = 1, OSU_SIMD_AVX512 = 2, OSU_SIMD_AVX512_BF16 = 3 };

/// The widest set that this processor has.
int osu_simd_available(void);
/// The set in use: the widest available, or the one that OSUSUME_SIMD (portable, avx2, avx512, avx512bf16) asks for if it is there.
int osu_simd_level(void);

/// sums[r] = rows[r] . query over dim int8 values.
void osu_scan_i8_level(const int8_t *rows, const int8_t *query, size_t count, size_t dim, int32_t *sums, int level);
void osu_scan_i8(const int8_t *rows, const int8_t *query, size_t count, size_t dim, int32_t *sums);

/// y[i] += a * x[i] over n values.
void osu_axpy_f32(float *y, const float *x, float a, size_t n, int level);
/// One AdaGrad step (Duchi et al. 2011) over n weights w with the sums h of their squared slopes (never 0) and the outputs' gradient g:
/// slope = g * value + decay * w, h += slope^2, w -= rate * slope / sqrt(h).
void osu_adagrad_f32(float *w, float *h, const float *g, float value, float rate, float decay, size_t n, int level);

#endif
