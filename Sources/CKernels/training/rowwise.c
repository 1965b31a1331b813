// What stands between the products, row by row.
#include "../vectors.h"
#include "trainer.h"
#include <math.h>

// Loads and stores of the last, incomplete vector of a row.
INLINE v16 load_part(const float *p, size_t n) {
  v16 v = {0};
  memcpy(&v, p, n * sizeof(float));
  return v;
}

typedef struct {
  const float *x, *gamma, *dy;
  float *y, *inverse, *dgamma;
  size_t rows, width;
  float epsilon;
  int accumulate, level;
} norm_call;

INLINE void train_norm_rows_body(const norm_call *call, size_t first, size_t last, int wide) {
  (void)wide;
  size_t n = call->width;
  for (size_t row = first; row < last; row++) {
    const float *x = call->x + row * n;
    float *y = call->y + row * n;
    v16 squares = {0};
    size_t i = 0;
    for (; i + 16 <= n; i += 16) squares += load16(x + i) * load16(x + i);
    if (i < n) squares += load_part(x + i, n - i) * load_part(x + i, n - i);
    float inverse = 1.0f / sqrtf(sum16(squares) / (float)n + call->epsilon);
    call->inverse[row] = inverse;
    for (i = 0; i + 16 <= n; i += 16) store16(y + i, load16(x + i) * inverse * load16(call->gamma + i));
    for (; i < n; i++) y[i] = x[i] * inverse * call->gamma[i];
  }
}
FOR_EACH_LEVEL_STATIC(train_norm_rows, (const norm_call *call, size_t first, size_t last, int level), call, first, last)

// With x' = x * inverse and g = dy * gamma: dx = inverse * (g - x' * mean(g x')).
INLINE void train_norm_rows_backward_body(const norm_call *call, size_t first, size_t last, int wide) {
  (void)wide;
  size_t n = call->width;
  for (size_t row = first; row < last; row++) {
    const float *x = call->x + row * n, *dy = call->dy + row * n, *gamma = call->gamma;
    float *dx = call->y + row * n, inverse = call->inverse[row];
    v16 total = {0};
    size_t i = 0;
    for (; i + 16 <= n; i += 16) total += load16(dy + i) * load16(gamma + i) * load16(x + i);
    if (i < n) total += load_part(dy + i, n - i) * load_part(gamma + i, n - i) * load_part(x + i, n - i);
    float share = sum16(total) * inverse * inverse / (float)n;
    for (i = 0; i + 16 <= n; i += 16) {
      v16 d = (load16(dy + i) * load16(gamma + i) - load16(x + i) * share) * inverse;
      store16(dx + i, call->accumulate ? load16(dx + i) + d : d);
    }
    for (; i < n; i++) {
      float d = (dy[i] * gamma[i] - x[i] * share) * inverse;
      dx[i] = call->accumulate ? dx[i] + d : d;
    }
  }
}
FOR_EACH_LEVEL_STATIC(train_norm_rows_backward, (const norm_call *call, size_t first, size_t last, int level), call, first, last)

// dgamma of the vectors [first, last) of sixteen columns, over all rows in their order.
INLINE void train_norm_gamma_body(const norm_call *call, size_t first, size_t last, int wide) {
  (void)wide;
  size_t n = call->width;
  for (size_t i = first * 16; i < last * 16 && i < n; i += 16) {
    size_t part = n - i < 16 ? n - i : 16;
    v16 total = {0};
    for (size_t row = 0; row < call->rows; row++) {
      const float *x = call->x + row * n + i, *dy = call->dy + row * n + i;
      total += (part == 16 ? load16(dy) * load16(x) : load_part(dy, part) * load_part(x, part)) * call->inverse[row];
    }
    total += load_part(call->dgamma + i, part);
    memcpy(call->dgamma + i, &total, part * sizeof(float));
  }
}
FOR_EACH_LEVEL_STATIC(train_norm_gamma, (const norm_call *call, size_t first, size_t last, int level), call, first, last)

#define WORK(NAME, CALL)                                                             \
  static void NAME##_work(void *context, size_t first, size_t last, int member) {    \
    (void)member;                                                                    \
    NAME(context, first, last, ((const CALL *)context)->level);                      \
  }
WORK(train_norm_rows, norm_call)
WORK(train_norm_rows_backward, norm_call)
WORK(train_norm_gamma, norm_call)

void osu_train_rms_norm(osu_trainer *trainer, const float *x, const float *gamma, float *y, float *inverse, size_t rows, size_t width,
                        float epsilon) {
  norm_call call = {.x = x, .gamma = gamma, .y = y, .inverse = inverse, .width = width, .epsilon = epsilon, .level = trainer->level};
  osu_train_share(trainer, rows, osu_train_grain(width), train_norm_rows_work, &call);
}

void osu_train_rms_norm_backward(osu_trainer *trainer, const float *dy, const float *x, const float *gamma, const float *inverse, float *dx,
                                 float *dgamma, size_t rows, size_t width, int accumulate) {
  norm_call call = {.x = x, .gamma = gamma, .dy = dy, .y = dx, .inverse = (float *)inverse, .dgamma = dgamma, .rows = rows,
                    .width = width, .accumulate = accumulate, .level = trainer->level};
  // First, since dx may take dy's place.
  if (dgamma) osu_train_share(trainer, (width + 15) / 16, 4, train_norm_gamma_work, &call);
  osu_train_share(trainer, rows, osu_train_grain(width), train_norm_rows_backward_work, &call);
}

typedef struct {
  float *x;
  size_t stride, heads, pairs;
  const int32_t *positions;
  const float *tables;
  int halves, backward, level;
} rope_call;

INLINE void train_rope_rows_body(const rope_call *call, size_t first, size_t last, int wide) {
  (void)wide;
  size_t pairs = call->pairs;
  float turn = call->backward ? -1.0f : 1.0f;
  for (size_t row = first; row < last; row++) {
    const float *cosines = call->tables + (size_t)call->positions[row] * 2 * pairs, *sines = cosines + pairs;
    for (size_t head = 0; head < call->heads; head++) {
      float *x = call->x + row * call->stride + head * 2 * pairs;
      size_t i = 0;
      if (call->halves) {
        for (; i + 16 <= pairs; i += 16) {
          v16 a = load16(x + i), b = load16(x + pairs + i), c = load16(cosines + i), s = load16(sines + i) * turn;
          store16(x + i, a * c - b * s);
          store16(x + pairs + i, a * s + b * c);
        }
      } else {
        for (; i + 16 <= pairs; i += 16) {
          v16 low = load16(x + 2 * i), high = load16(x + 2 * i + 16), c = load16(cosines + i), s = load16(sines + i) * turn;
          v16 a = __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
          v16 b = __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
          v16 p = a * c - b * s, q = a * s + b * c;
          store16(x + 2 * i, __builtin_shufflevector(p, q, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
          store16(x + 2 * i + 16, __builtin_shufflevector(p, q, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
        }
      }
      size_t step = call->halves ? 1 : 2, apart = call->halves ? pairs : 1;
      for (; i < pairs; i++) {
        float a = x[i * step], b = x[i * step + apart], c = cosines[i], s = sines[i] * turn;
        x[i * step] = a * c - b * s;
        x[i * step + apart] = a * s + b * c;
      }
    }
  }
}
FOR_EACH_LEVEL_STATIC(train_rope_rows, (const rope_call *call, size_t first, size_t last, int level), call, first, last)
WORK(train_rope_rows, rope_call)

void osu_train_rope(osu_trainer *trainer, float *x, size_t stride, size_t rows, size_t heads, size_t pairs, const int32_t *positions,
                    const float *tables, int halves, int backward) {
  rope_call call = {x, stride, heads, pairs, positions, tables, halves, backward, trainer->level};
  osu_train_share(trainer, rows, osu_train_grain(heads * pairs * 2), train_rope_rows_work, &call);
}

typedef struct {
  const float *gate, *up, *dy;
  float *y, *dgate, *dup;
  size_t in_stride, out_stride, width;
  int level;
} gate_call;

INLINE void gate_part(const gate_call *call, size_t in, size_t out, size_t n) {
  v16 gate = load_part(call->gate + in, n), up = load_part(call->up + in, n);
  v16 y = gate / (exp16(-gate) + 1.0f) * up;
  memcpy(call->y + out, &y, n * sizeof(float));
}
INLINE void train_gate_rows_body(const gate_call *call, size_t first, size_t last, int wide) {
  (void)wide;
  size_t n = call->width;
  for (size_t row = first; row < last; row++) {
    size_t in = row * call->in_stride, out = row * call->out_stride, i = 0;
    for (; i + 16 <= n; i += 16) gate_part(call, in + i, out + i, 16);
    if (i < n) gate_part(call, in + i, out + i, n - i);
  }
}
FOR_EACH_LEVEL_STATIC(train_gate_rows, (const gate_call *call, size_t first, size_t last, int level), call, first, last)
WORK(train_gate_rows, gate_call)

// With s = sigmoid(gate): silu' = s + gate s (1 - s).
INLINE void gate_part_backward(const gate_call *call, size_t in, size_t out, size_t n) {
  v16 gate = load_part(call->gate + in, n), up = load_part(call->up + in, n), dy = load_part(call->dy + out, n);
  v16 s = 1.0f / (exp16(-gate) + 1.0f), silu = gate * s;
  v16 dgate = dy * up * (s + silu * (1.0f - s)), dup = dy * silu;
  memcpy(call->dgate + in, &dgate, n * sizeof(float));
  memcpy(call->dup + in, &dup, n * sizeof(float));
}
INLINE void train_gate_rows_backward_body(const gate_call *call, size_t first, size_t last, int wide) {
  (void)wide;
  size_t n = call->width;
  for (size_t row = first; row < last; row++) {
    size_t in = row * call->in_stride, out = row * call->out_stride, i = 0;
    for (; i + 16 <= n; i += 16) gate_part_backward(call, in + i, out + i, 16);
    if (i < n) gate_part_backward(call, in + i, out + i, n - i);
  }
}
FOR_EACH_LEVEL_STATIC(train_gate_rows_backward, (const gate_call *call, size_t first, size_t last, int level), call, first, last)
WORK(train_gate_rows_backward, gate_call)

void osu_train_silu_gate(osu_trainer *trainer, const float *gate, const float *up, size_t in_stride, float *y, size_t out_stride,
                         size_t rows, size_t width) {
  gate_call call = {.gate = gate, .up = up, .y = y, .in_stride = in_stride, .out_stride = out_stride, .width = width,
                    .level = trainer->level};
  osu_train_share(trainer, rows, osu_train_grain(width), train_gate_rows_work, &call);
}

void osu_train_silu_gate_backward(osu_trainer *trainer, const float *dy, size_t out_stride, const float *gate, const float *up,
                                  float *dgate, float *dup, size_t in_stride, size_t rows, size_t width) {
  gate_call call = {.gate = gate, .up = up, .dy = dy, .dgate = dgate, .dup = dup, .in_stride = in_stride, .out_stride = out_stride,
                    .width = width, .level = trainer->level};
  osu_train_share(trainer, rows, osu_train_grain(width), train_gate_rows_backward_work, &call);
}
