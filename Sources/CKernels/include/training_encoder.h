#ifndef OSUSUME_TRAINING_ENCODER_H
#define OSUSUME_TRAINING_ENCODER_H
#include "training.h"

// What training a BERT encoder (Devlin et al. 2019) computes beside what training.h has. Widths are multiples of 16; the rules of training.h
// hold: rows of several texts one after the other, the same bits for any number of members, gradients of weights are added to what is there.

/// y = (x - mean) * inverse * gamma + beta with inverse = 1 / sqrt(variance + epsilon) of each row (Ba et al. 2016). x, y: [rows][width];
/// mean, inverse: [rows], which backward reads.
void osu_train_layer_norm(osu_trainer *trainer, const float *x, const float *gamma, const float *beta, float *y, float *mean, float *inverse,
                          size_t rows, size_t width, float epsilon);
/// dx, which may be dy, becomes the gradient of x; dgamma and dbeta grow by theirs.
void osu_train_layer_norm_backward(osu_trainer *trainer, const float *dy, const float *x, const float *gamma, const float *mean,
                                   const float *inverse, float *dx, float *dgamma, float *dbeta, size_t rows, size_t width);

/// x[r] += bias.
void osu_train_bias(osu_trainer *trainer, float *x, const float *bias, size_t rows, size_t width);
/// dbias += the sum of all rows.
void osu_train_bias_backward(osu_trainer *trainer, const float *dx, float *dbias, size_t rows, size_t width);

/// y = x Phi(x) (Hendrycks and Gimpel 2016) over n numbers, a multiple of 16.
void osu_train_gelu(osu_trainer *trainer, const float *x, float *y, size_t n);
/// dx, which may be dy.
void osu_train_gelu_backward(osu_trainer *trainer, const float *dy, const float *x, float *dx, size_t n);

/// Attention within short texts, in which every row sees every row.
typedef struct {
  size_t heads, head_dim;
  /// Rows [starts[t], starts[t + 1]) are text t.
  const int32_t *starts;
  size_t texts;
  /// Where the probabilities of each text's heads stand: [heads][rows of t][rows of t].
  const size_t *places;
  /// Floats from row to row of q, k and v (and their gradients), and of out (and its).
  size_t in_stride, out_stride;
  float scale;
} osu_train_texts;

/// out = softmax(scale q k^T) v, and the probabilities, which backward reads.
void osu_train_text_attention(osu_trainer *trainer, const osu_train_texts *texts, const float *q, const float *k, const float *v, float *out,
                              float *probabilities);
/// dq, dk and dv from dout. The probabilities are overwritten.
void osu_train_text_attention_backward(osu_trainer *trainer, const osu_train_texts *texts, const float *q, const float *k, const float *v,
                                       const float *dout, float *dq, float *dk, float *dv, float *probabilities);
#endif
