#ifndef OSUSUME_CKERNELS_H
#define OSUSUME_CKERNELS_H
#include <stddef.h>
#include <stdint.h>
#include "decoder.h"
#include "encoder.h"
#include "training.h"
#include "training_encoder.h"

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

/// n numbers stored as `type` (ggml's numbers: F32 0, F16 1, Q4_0 2, Q5_0 6, Q8_0 8, Q4_K 12, Q6_K 14, BF16 30) to float, as ggml's
/// reference does to the bit; n is a multiple of the type's block. 0 if the type is none of these.
int osu_decode_weights(const uint8_t *x, float *y, size_t n, int type, int level);
/// The way back for F32, F16, Q4_0, Q8_0, Q6_K and BF16. 0 if the type is none of these, or a number is none,
/// infinite or beyond what the type can hold.
int osu_encode_weights(const float *x, uint8_t *y, size_t n, int type, int level);

#endif
