// What stands between an encoder's products, row by row. See training_encoder.h.
#include "../gelu.h"
#include "trainer.h"
#include <math.h>

typedef struct {
  const float *x, *gamma, *beta, *dy;
  float *y, *mean, *inverse, *dgamma, *dbeta;
  size_t rows, width;
  float epsilon;
  int level;
} encoder_rows;

INLINE void layer_norm_rows_body(const encoder_rows *call, size_t first, size_t last, int wide) {
  (void)wide;
  size_t n = call->width;
  for (size_t row = first; row < last; row++) {
    const float *x = call->x + row * n;
    v16 total = splat(0), squares = splat(0);
    for (size_t i = 0; i < n; i += 16) total += load16(x + i);
    float mean = sum16(total) / (float)n;
    for (size_t i = 0; i < n; i += 16) {
      v16 d = load16(x + i) - mean;
      squares += d * d;
    }
    float inverse = 1.0f / sqrtf(sum16(squares) / (float)n + call->epsilon);
    call->mean[row] = mean;
    call->inverse[row] = inverse;
    for (size_t i = 0; i < n; i += 16)
      store16(call->y + row * n + i, (load16(x + i) - mean) * inverse * load16(call->gamma + i) + load16(call->beta + i));
  }
}
FOR_EACH_LEVEL_STATIC(layer_norm_rows, (const encoder_rows *call, size_t first, size_t last, int level), call, first, last)

// With x' = (x - mean) * inverse and g = dy * gamma: dx = inverse * (g - mean(g) - x' * mean(g x')).
INLINE void layer_norm_rows_backward_body(const encoder_rows *call, size_t first, size_t last, int wide) {
  (void)wide;
  size_t n = call->width;
  for (size_t row = first; row < last; row++) {
    const float *x = call->x + row * n, *dy = call->dy + row * n;
    float mean = call->mean[row], inverse = call->inverse[row];
    v16 total = splat(0), along = splat(0);
    for (size_t i = 0; i < n; i += 16) {
      v16 g = load16(dy + i) * load16(call->gamma + i);
      total += g;
      along += g * (load16(x + i) - mean);
    }
    float level = sum16(total) / (float)n, share = sum16(along) * inverse * inverse / (float)n;
    for (size_t i = 0; i < n; i += 16) {
      v16 g = load16(dy + i) * load16(call->gamma + i);
      store16(call->y + row * n + i, (g - level - (load16(x + i) - mean) * share) * inverse);
    }
  }
}
FOR_EACH_LEVEL_STATIC(layer_norm_rows_backward, (const encoder_rows *call, size_t first, size_t last, int level), call, first, last)

// dgamma (if there is one) and dbeta of the vectors [first, last) of sixteen columns, over all rows in their order.
INLINE void column_sums_body(const encoder_rows *call, size_t first, size_t last, int wide) {
  (void)wide;
  for (size_t i = first * 16; i < last * 16; i += 16) {
    v16 gamma = splat(0), beta = splat(0);
    for (size_t row = 0; row < call->rows; row++) {
      v16 dy = load16(call->dy + row * call->width + i);
      beta += dy;
      if (call->dgamma) gamma += dy * (load16(call->x + row * call->width + i) - call->mean[row]) * call->inverse[row];
    }
    store16(call->dbeta + i, load16(call->dbeta + i) + beta);
    if (call->dgamma) store16(call->dgamma + i, load16(call->dgamma + i) + gamma);
  }
}
FOR_EACH_LEVEL_STATIC(column_sums, (const encoder_rows *call, size_t first, size_t last, int level), call, first, last)

INLINE void bias_rows_body(const encoder_rows *call, size_t first, size_t last, int wide) {
  (void)wide;
  for (size_t row = first; row < last; row++)
    for (size_t i = 0; i < call->width; i += 16) {
      float *y = call->y + row * call->width + i;
      store16(y, load16(y) + load16(call->beta + i));
    }
}
FOR_EACH_LEVEL_STATIC(bias_rows, (const encoder_rows *call, size_t first, size_t last, int level), call, first, last)

INLINE void gelu_vectors_body(const encoder_rows *call, size_t first, size_t last, int wide) {
  (void)wide;
  for (size_t i = first * 16; i < last * 16; i += 16) {
    v16 x = load16(call->x + i);
    store16(call->y + i, x * normal_cdf16(x));
  }
}
FOR_EACH_LEVEL_STATIC(gelu_vectors, (const encoder_rows *call, size_t first, size_t last, int level), call, first, last)

// (x Phi(x))' = Phi(x) + x e^(-x^2 / 2) / sqrt(2 pi).
INLINE void gelu_vectors_backward_body(const encoder_rows *call, size_t first, size_t last, int wide) {
  (void)wide;
  for (size_t i = first * 16; i < last * 16; i += 16) {
    v16 x = load16(call->x + i);
    store16(call->y + i, load16(call->dy + i) * (normal_cdf16(x) + x * exp16(x * x * -0.5f) * 0.398942280f));
  }
}
FOR_EACH_LEVEL_STATIC(gelu_vectors_backward, (const encoder_rows *call, size_t first, size_t last, int level), call, first, last)

#define WORK(NAME)                                                                \
  static void NAME##_work(void *context, size_t first, size_t last, int member) { \
    (void)member;                                                                 \
    NAME(context, first, last, ((const encoder_rows *)context)->level);           \
  }
WORK(layer_norm_rows)
WORK(layer_norm_rows_backward)
WORK(column_sums)
WORK(bias_rows)
WORK(gelu_vectors)
WORK(gelu_vectors_backward)

enum { VECTORS_AT_ONCE = 1024 };

void osu_train_layer_norm(osu_trainer *trainer, const float *x, const float *gamma, const float *beta, float *y, float *mean, float *inverse,
                          size_t rows, size_t width, float epsilon) {
  encoder_rows call = {.x = x, .gamma = gamma, .beta = beta, .y = y, .mean = mean, .inverse = inverse, .width = width,
                       .epsilon = epsilon, .level = trainer->level};
  osu_train_share(trainer, rows, osu_train_grain(width), layer_norm_rows_work, &call);
}

void osu_train_layer_norm_backward(osu_trainer *trainer, const float *dy, const float *x, const float *gamma, const float *mean,
                                   const float *inverse, float *dx, float *dgamma, float *dbeta, size_t rows, size_t width) {
  encoder_rows call = {.x = x, .gamma = gamma, .dy = dy, .y = dx, .mean = (float *)mean, .inverse = (float *)inverse, .dgamma = dgamma,
                       .dbeta = dbeta, .rows = rows, .width = width, .level = trainer->level};
  // First, since dx may take dy's place.
  osu_train_share(trainer, width / 16, 4, column_sums_work, &call);
  osu_train_share(trainer, rows, osu_train_grain(width), layer_norm_rows_backward_work, &call);
}

void osu_train_bias(osu_trainer *trainer, float *x, const float *bias, size_t rows, size_t width) {
  encoder_rows call = {.beta = bias, .y = x, .width = width, .level = trainer->level};
  osu_train_share(trainer, rows, osu_train_grain(width), bias_rows_work, &call);
}

void osu_train_bias_backward(osu_trainer *trainer, const float *dx, float *dbias, size_t rows, size_t width) {
  encoder_rows call = {.dy = dx, .dbeta = dbias, .rows = rows, .width = width, .level = trainer->level};
  osu_train_share(trainer, width / 16, 4, column_sums_work, &call);
}

void osu_train_gelu(osu_trainer *trainer, const float *x, float *y, size_t n) {
  encoder_rows call = {.x = x, .y = y, .level = trainer->level};
  osu_train_share(trainer, n / 16, VECTORS_AT_ONCE, gelu_vectors_work, &call);
}

void osu_train_gelu_backward(osu_trainer *trainer, const float *dy, const float *x, float *dx, size_t n) {
  encoder_rows call = {.x = x, .dy = dy, .y = dx, .level = trainer->level};
  osu_train_share(trainer, n / 16, VECTORS_AT_ONCE, gelu_vectors_backward_work, &call);
}
