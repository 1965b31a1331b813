#ifndef OSUSUME_TRAINING_H
#define OSUSUME_TRAINING_H
#include <stddef.h>
#include <stdint.h>

// What training a transformer computes, forward and backward, over row-major floats. Rows are positions: those of several documents one
// after the other, without padding. Every function runs on all members of a trainer's team and returns when they have ended; the
// numbers are the same bits for any number of members, because no sum's order depends on who computes it.
// Gradients that several terms add to (of weights, of table rows) are added to what is there; the others are written, unless said
// otherwise.

/// A team of threads with the memory that these functions need. For one thread at a time.
typedef struct osu_trainer osu_trainer;
/// NULL if there is no memory; fewer members than asked for if the system gives fewer.
osu_trainer *osu_trainer_create(int members, int level);
void osu_trainer_destroy(osu_trainer *trainer);
int osu_trainer_members(const osu_trainer *trainer);

/// What the numbers of a product are rounded to before they are multiplied; sums are floats. Products of bf16 numbers have instructions at
/// the level OSU_SIMD_AVX512_BF16 and take as long as those of floats elsewhere.
typedef enum { OSU_TRAIN_F32 = 0, OSU_TRAIN_BF16 = 1 } osu_train_precision;

/// C[m][n] = A B, or C += A B with `accumulate`. A is [m][k], stored as [k][m] with `transpose_a`; B is [k][n], stored as [n][k] with
/// `transpose_b`; rows are lda, ldb and ldc floats apart. C overlaps neither.
void osu_train_matmul(osu_trainer *trainer, osu_train_precision precision, int transpose_a, int transpose_b, size_t m, size_t n, size_t k,
                      const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, int accumulate);

/// y = x * inverse * gamma with inverse = 1 / sqrt(mean(x^2) + epsilon) of each row (Zhang and Sennrich 2019), which backward reads.
/// x, y: [rows][width]; inverse: [rows].
void osu_train_rms_norm(osu_trainer *trainer, const float *x, const float *gamma, float *y, float *inverse, size_t rows, size_t width,
                        float epsilon);
/// dx, which may be dy, becomes the gradient of x or with `accumulate` grows by it; dgamma, if it isn't NULL, grows by that of gamma.
void osu_train_rms_norm_backward(osu_trainer *trainer, const float *dy, const float *x, const float *gamma, const float *inverse, float *dx,
                                 float *dgamma, size_t rows, size_t width, int accumulate);

/// Rotates, in place, `heads` heads of 2 * pairs numbers each, of rows that are `stride` floats apart (Su et al. 2021): neighbours
/// (x[2i], x[2i+1]), or with `halves` (x[i], x[i + pairs]). Row r takes the cosines and sines at tables + positions[r] * 2 * pairs, as
/// osu_rope_angles writes them. With `backward` it turns the other way, which makes a gradient of the output that of the input.
void osu_train_rope(osu_trainer *trainer, float *x, size_t stride, size_t rows, size_t heads, size_t pairs, const int32_t *positions,
                    const float *tables, int halves, int backward);

/// Causal attention with grouped queries (Ainslie et al. 2023): query head h reads the key and value head h / (heads / kv_heads).
typedef struct {
  size_t heads, kv_heads;
  /// A multiple of 16, at most OSU_TRAIN_HEAD_DIM.
  size_t head_dim;
  size_t rows;
  /// The row at which each row's document begins: what a row sees is from there to itself. Ascending; starts[r] <= r.
  const int32_t *starts;
  /// Floats from row to row of q and out (and their gradients), and of k and v (and theirs).
  size_t q_stride, kv_stride, out_stride;
  /// What a query's product with a key is multiplied with, above 0: usually 1 / sqrt(head_dim).
  float scale;
  osu_train_precision precision;
} osu_train_attention_shape;
enum { OSU_TRAIN_HEAD_DIM = 512 };

/// out = softmax(scale q k^T) v. `logs` receives the logarithm of the sum of each softmax, [heads][rows]: all that backward needs to
/// compute the probabilities again a tile at a time (Dao et al. 2022).
void osu_train_attention(osu_trainer *trainer, const osu_train_attention_shape *shape, const float *q, const float *k, const float *v,
                         float *out, float *logs);
/// dq, dk, dv from dout; dq and dout have the strides of q and out. Those written may not overlap what is read. `dots` is scratch,
/// [heads][rows].
void osu_train_attention_backward(osu_trainer *trainer, const osu_train_attention_shape *shape, const float *q, const float *k,
                                  const float *v, const float *out, const float *logs, const float *dout, float *dq, float *dk, float *dv,
                                  float *dots);

/// y = silu(gate) * up (Shazeer 2020); rows of gate and up are in_stride apart, those of y out_stride.
void osu_train_silu_gate(osu_trainer *trainer, const float *gate, const float *up, size_t in_stride, float *y, size_t out_stride,
                         size_t rows, size_t width);
/// The gradients of gate and up, in_stride apart too; they may take the places of gate and up.
void osu_train_silu_gate_backward(osu_trainer *trainer, const float *dy, size_t out_stride, const float *gate, const float *up,
                                  float *dgate, float *dup, size_t in_stride, size_t rows, size_t width);

/// y[r] = table[tokens[r]], [rows][width]; rows whose token is negative stay as they are.
void osu_train_gather(osu_trainer *trainer, const float *table, const int32_t *tokens, float *y, size_t rows, size_t width);
/// dtable[tokens[r]] += dy[r] in the order of the rows; rows whose token is negative are left out.
void osu_train_scatter_add(osu_trainer *trainer, float *dtable, const int32_t *tokens, const float *dy, size_t rows, size_t width);

/// Floats of the scratch memory of osu_train_cross_entropy: some megabytes, whatever the number of rows.
size_t osu_train_cross_entropy_scratch(size_t rows, size_t width, size_t vocabulary);
/// Softmax cross-entropy of the logits x W^T against `targets`, over blocks of rows, so that the logits of all of them are never in memory.
/// A row whose target is negative counts for nothing and costs nothing. x: [rows][width], weight: [vocabulary][width].
/// - Returns the sum of the losses in nats, not scaled; `losses`, if it isn't NULL, receives each row's.
/// With dx not NULL, dx receives the gradient of scale * sum, and dweight, if it isn't NULL, grows by it.
double osu_train_cross_entropy(osu_trainer *trainer, osu_train_precision precision, const float *x, const float *weight,
                               const int32_t *targets, size_t rows, size_t width, size_t vocabulary, float scale, float *losses,
                               float *dx, float *dweight, float *scratch);

/// One step of AdamW (Loshchilov and Hutter 2019) at step t, which counts from 1.
typedef struct {
  float rate, beta1, beta2, epsilon, decay;
  /// 1 - beta1^t and 1 - beta2^t.
  float correction1, correction2;
  /// What gradients are multiplied with first: for clipping, and for a mean over accumulated batches.
  float gradient_scale;
} osu_adamw;
/// m += (1 - beta1)(g - m), v += (1 - beta2)(g^2 - v), w -= rate (m / correction1 / (sqrt(v / correction2) + epsilon) + decay w) over
/// n weights; g becomes 0 with `clear`.
void osu_train_adamw(osu_trainer *trainer, const osu_adamw *step, float *w, float *m, float *v, float *g, size_t n, int clear);

/// The sum of squares, in doubles.
double osu_train_squared_norm(osu_trainer *trainer, const float *x, size_t n);
/// y += factor * x.
void osu_train_add(osu_trainer *trainer, float *y, const float *x, float factor, size_t n);
/// x *= factor.
void osu_train_scale(osu_trainer *trainer, float *x, float factor, size_t n);
/// Upper halves of floats, rounded to the nearest, ties to even; NaN stays one.
void osu_train_to_bf16(osu_trainer *trainer, const float *x, uint16_t *y, size_t n);
void osu_train_from_bf16(osu_trainer *trainer, const uint16_t *x, float *y, size_t n);
#endif
