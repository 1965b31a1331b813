// Attention within short texts: their probabilities are few, so that they stay in memory for the way back, and the products are done
// where they are. A piece of work is one head of one text. See training_encoder.h.
#include "../vectors.h"
#include "trainer.h"
#include <math.h>

typedef struct {
  const osu_train_texts *texts;
  const float *q, *k, *v, *dout;
  float *out, *dq, *dk, *dv, *probabilities;
  int level;
} text_call;

typedef struct {
  size_t rows, in, out;
  float *p;
} text_head;

/// Where a piece's rows and probabilities are.
INLINE text_head head_of(const text_call *call, size_t piece) {
  const osu_train_texts *t = call->texts;
  size_t text = piece / t->heads, head = piece % t->heads, start = (size_t)t->starts[text];
  size_t rows = (size_t)t->starts[text + 1] - start;
  return (text_head){rows, start * t->in_stride + head * t->head_dim, start * t->out_stride + head * t->head_dim,
                     call->probabilities + t->places[text] + head * rows * rows};
}

INLINE float dot(const float *a, const float *b, size_t n) {
  v16 sum = splat(0);
  for (size_t i = 0; i < n; i += 16) sum += load16(a + i) * load16(b + i);
  return sum16(sum);
}

/// y = the sum of factor[i * step] * x[i]; rows of x are `stride` apart.
INLINE void mix(float *y, const float *factors, size_t step, const float *x, size_t stride, size_t rows, size_t n) {
  for (size_t i = 0; i < n; i += 16) {
    v16 sum = splat(0);
    for (size_t r = 0; r < rows; r++) sum += load16(x + r * stride + i) * factors[r * step];
    store16(y + i, sum);
  }
}

INLINE void text_heads_body(const text_call *call, size_t first, size_t last, int wide) {
  (void)wide;
  const osu_train_texts *t = call->texts;
  for (size_t piece = first; piece < last; piece++) {
    text_head at = head_of(call, piece);
    for (size_t r = 0; r < at.rows; r++) {
      float *p = at.p + r * at.rows, top = -INFINITY, sum = 0;
      for (size_t c = 0; c < at.rows; c++) {
        p[c] = t->scale * dot(call->q + at.in + r * t->in_stride, call->k + at.in + c * t->in_stride, t->head_dim);
        top = p[c] > top ? p[c] : top;
      }
      for (size_t c = 0; c < at.rows; c++) sum += p[c] = expf(p[c] - top);
      for (size_t c = 0; c < at.rows; c++) p[c] /= sum;
      mix(call->out + at.out + r * t->out_stride, p, 1, call->v + at.in, t->in_stride, at.rows, t->head_dim);
    }
  }
}
FOR_EACH_LEVEL_STATIC(text_heads, (const text_call *call, size_t first, size_t last, int level), call, first, last)

INLINE void text_heads_backward_body(const text_call *call, size_t first, size_t last, int wide) {
  (void)wide;
  const osu_train_texts *t = call->texts;
  for (size_t piece = first; piece < last; piece++) {
    text_head at = head_of(call, piece);
    const float *dout = call->dout + at.out;
    for (size_t c = 0; c < at.rows; c++)
      mix(call->dv + at.in + c * t->in_stride, at.p + c, at.rows, dout, t->out_stride, at.rows, t->head_dim);
    for (size_t r = 0; r < at.rows; r++) {
      // The slope of a softmax: p (dp - sum of p dp), with dp = dout . v; sum of p dp is out . dout, summed here from the parts.
      float *p = at.p + r * at.rows, sum = 0;
      for (size_t c = 0; c < at.rows; c++) sum += p[c] * dot(dout + r * t->out_stride, call->v + at.in + c * t->in_stride, t->head_dim);
      for (size_t c = 0; c < at.rows; c++)
        p[c] *= (dot(dout + r * t->out_stride, call->v + at.in + c * t->in_stride, t->head_dim) - sum) * t->scale;
      mix(call->dq + at.in + r * t->in_stride, p, 1, call->k + at.in, t->in_stride, at.rows, t->head_dim);
    }
    for (size_t c = 0; c < at.rows; c++)
      mix(call->dk + at.in + c * t->in_stride, at.p + c, at.rows, call->q + at.in, t->in_stride, at.rows, t->head_dim);
  }
}
FOR_EACH_LEVEL_STATIC(text_heads_backward, (const text_call *call, size_t first, size_t last, int level), call, first, last)

static void forward(void *context, size_t first, size_t last, int member) {
  (void)member;
  text_heads(context, first, last, ((const text_call *)context)->level);
}
static void backward(void *context, size_t first, size_t last, int member) {
  (void)member;
  text_heads_backward(context, first, last, ((const text_call *)context)->level);
}

void osu_train_text_attention(osu_trainer *trainer, const osu_train_texts *texts, const float *q, const float *k, const float *v, float *out,
                              float *probabilities) {
  text_call call = {.texts = texts, .q = q, .k = k, .v = v, .out = out, .probabilities = probabilities, .level = trainer->level};
  osu_train_share(trainer, texts->texts * texts->heads, texts->heads, forward, &call);
}

void osu_train_text_attention_backward(osu_trainer *trainer, const osu_train_texts *texts, const float *q, const float *k, const float *v,
                                       const float *dout, float *dq, float *dk, float *dv, float *probabilities) {
  text_call call = {.texts = texts, .q = q, .k = k, .v = v, .dout = dout, .dq = dq, .dk = dk, .dv = dv, .probabilities = probabilities,
                    .level = trainer->level};
  osu_train_share(trainer, texts->texts * texts->heads, texts->heads, backward, &call);
}
