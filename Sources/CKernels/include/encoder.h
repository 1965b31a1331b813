#ifndef OSUSUME_ENCODER_H
#define OSUSUME_ENCODER_H
#include <stddef.h>
#include <stdint.h>

// A BERT encoder (Devlin et al. 2019) over several texts at once: their tokens stand one after the other, so that one product serves
// all rows, and attention stays within each text. Nothing is padded, and a row's result does not depend on the rows beside it.
// A call is one thread's: the sums of a short text are some microseconds long, and two threads that wait for each other after every one
// of them take ten times as long on a machine that has anything else to do.

/// Sizes of a model. heads divides width; width / heads, width and inner are multiples of OSU_ENCODER_MULTIPLE.
typedef struct {
  size_t width, heads, inner;
  float epsilon;
} osu_encoder_shape;
enum { OSU_ENCODER_MULTIPLE = 32 };

/// y = W x + b with W packed by osu_encoder_pack for the level that runs it.
typedef struct {
  const void *weight;
  const float *bias;
  size_t outputs, inputs;
} osu_encoder_dense;

/// Weight and bias of a layer norm: [width] each.
typedef struct {
  const float *gamma, *beta;
} osu_encoder_norm;

typedef struct {
  /// Query, key and value one after the other, [3 * width][width]; the query is scaled by 1 / sqrt(width / heads) already.
  osu_encoder_dense attention;
  osu_encoder_dense output, up, down;
  osu_encoder_norm output_norm, down_norm;
} osu_encoder_layer;

/// Text i has the tokens starts[i]..<starts[i + 1]; starts has count + 1 entries, the first is 0.
typedef struct {
  const size_t *starts;
  size_t count;
} osu_encoder_texts;

/// Bytes of a packed matrix.
size_t osu_encoder_packed_bytes(size_t outputs, size_t inputs, int level);
/// Packs a row-major [outputs][inputs] matrix into panels, in bf16 where the level has products of it. `packed` is aligned to 64 bytes.
void osu_encoder_pack(const float *weight, size_t outputs, size_t inputs, void *packed, int level);

/// Bytes of the scratch memory of `tokens` tokens, the longest text having `longest`; it is aligned to 64 bytes.
size_t osu_encoder_scratch_bytes(const osu_encoder_shape *shape, size_t tokens, size_t longest);

/// x[row] = norm(words[tokens[row]] + positions[row within its text]), [tokens][width]; the caller has checked both indices.
void osu_encoder_embed(const osu_encoder_shape *shape, osu_encoder_texts texts, const int32_t *tokens, const float *words,
                       const float *positions, osu_encoder_norm norm, float *x, int level);
/// One layer in place over x, [tokens][width], 64-byte aligned.
void osu_encoder_layer_forward(const osu_encoder_shape *shape, const osu_encoder_layer *layer, osu_encoder_texts texts, float *x, void *scratch,
                               int level);
/// means[text] = the mean of the text's rows, brought to length 1: [texts][width].
void osu_encoder_mean(const osu_encoder_shape *shape, osu_encoder_texts texts, const float *x, float *means);
/// firsts[text] = the text's first row, brought to length 1: [texts][width].
void osu_encoder_first(const osu_encoder_shape *shape, osu_encoder_texts texts, const float *x, float *firsts);

// The layer's parts, for tests against their definitions.

/// In place: 0.5 x (1 + erf(x / sqrt 2)) within 1e-5, n a multiple of 16.
void osu_encoder_gelu(float *x, size_t n, int level);
/// In place over one row of n, a multiple of 16 of which the first `length` count: x = exp(x - the largest), 0 beyond; returns the sum.
float osu_encoder_exponents(float *x, size_t length, size_t n, int level);
/// y[m][outputs] = a[m][inputs] * W^T + bias.
void osu_encoder_product(const float *a, size_t m, const osu_encoder_dense *dense, float *y, void *scratch, int level);
#endif
