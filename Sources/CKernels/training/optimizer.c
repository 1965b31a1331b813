// What goes over all parameters: the step, the norm, sums and conversions.
#include "../vectors.h"
#include "trainer.h"
#include <math.h>

// Numbers of a piece: enough to be worth taking, few enough to share evenly.
enum { PIECE = 1 << 14 };

typedef struct {
  osu_adamw step;
  float *w, *m, *v, *g;
  const float *x;
  const uint16_t *halves;
  uint16_t *new_halves;
  double *parts;
  size_t n;
  float factor;
  int clear, level;
} flat_call;

#define FLAT_WORK(NAME)                                                            \
  FOR_EACH_LEVEL_STATIC(NAME, (const flat_call *call, size_t first, size_t last, int level), call, first, last) \
  static void NAME##_work(void *context, size_t first, size_t last, int member) {  \
    (void)member;                                                                  \
    NAME(context, first, last, ((const flat_call *)context)->level);               \
  }

// The loop is the compiler's to make vectors of.
INLINE void train_adamw_body(const flat_call *call, size_t first, size_t last, int wide) {
  (void)wide;
  const osu_adamw s = call->step;
  float *restrict w = call->w, *restrict m = call->m, *restrict v = call->v, *restrict g = call->g;
  float rate = s.rate / s.correction1, root = 1.0f / sqrtf(s.correction2), keep = 1.0f - s.rate * s.decay;
  for (size_t i = first; i < last; i++) {
    float slope = g[i] * s.gradient_scale;
    m[i] += (1.0f - s.beta1) * (slope - m[i]);
    v[i] += (1.0f - s.beta2) * (slope * slope - v[i]);
    w[i] = w[i] * keep - rate * m[i] / (sqrtf(v[i]) * root + s.epsilon);
  }
  if (call->clear) memset(g + first, 0, (last - first) * sizeof(float));
}
FLAT_WORK(train_adamw)

void osu_train_adamw(osu_trainer *trainer, const osu_adamw *step, float *w, float *m, float *v, float *g, size_t n, int clear) {
  flat_call call = {.step = *step, .w = w, .m = m, .v = v, .g = g, .clear = clear, .level = trainer->level};
  osu_train_share(trainer, n, PIECE, train_adamw_work, &call);
}

// Each part sums sixteen lanes of floats over 4096 numbers at most before it goes on in doubles.
INLINE void train_squares_body(const flat_call *call, size_t first, size_t last, int wide) {
  (void)wide;
  size_t blocks = (call->n + 4095) / 4096;
  for (size_t part = first; part < last; part++) {
    double total = 0;
    for (size_t block = blocks * part / OSU_TRAIN_PARTS; block < blocks * (part + 1) / OSU_TRAIN_PARTS; block++) {
      size_t i = block * 4096, end = call->n - i < 4096 ? call->n : i + 4096;
      v16 squares = {0};
      for (; i + 16 <= end; i += 16) squares += load16(call->x + i) * load16(call->x + i);
      float rest = 0;
      for (; i < end; i++) rest += call->x[i] * call->x[i];
      total += (double)sum16(squares) + (double)rest;
    }
    call->parts[part] = total;
  }
}
FLAT_WORK(train_squares)

double osu_train_squared_norm(osu_trainer *trainer, const float *x, size_t n) {
  flat_call call = {.x = x, .n = n, .parts = trainer->parts, .level = trainer->level};
  osu_train_share(trainer, OSU_TRAIN_PARTS, n < OSU_TRAIN_PARTS * 256 ? OSU_TRAIN_PARTS : 4, train_squares_work, &call);
  double total = 0;
  for (size_t part = 0; part < OSU_TRAIN_PARTS; part++) total += trainer->parts[part];
  return total;
}

INLINE void train_add_body(const flat_call *call, size_t first, size_t last, int wide) {
  (void)wide;
  float *restrict y = call->w, factor = call->factor;
  const float *restrict x = call->x;
  for (size_t i = first; i < last; i++) y[i] += factor * x[i];
}
FLAT_WORK(train_add)

void osu_train_add(osu_trainer *trainer, float *y, const float *x, float factor, size_t n) {
  flat_call call = {.w = y, .x = x, .factor = factor, .level = trainer->level};
  osu_train_share(trainer, n, PIECE, train_add_work, &call);
}

INLINE void train_scale_body(const flat_call *call, size_t first, size_t last, int wide) {
  (void)wide;
  for (size_t i = first; i < last; i++) call->w[i] *= call->factor;
}
FLAT_WORK(train_scale)

void osu_train_scale(osu_trainer *trainer, float *x, float factor, size_t n) {
  flat_call call = {.w = x, .factor = factor, .level = trainer->level};
  osu_train_share(trainer, n, PIECE, train_scale_work, &call);
}

INLINE void train_to_bf16_body(const flat_call *call, size_t first, size_t last, int wide) {
  (void)wide;
  for (size_t i = first; i < last; i++) {
    uint32_t bits;
    memcpy(&bits, call->x + i, 4);
    // A NaN's rounding must not carry into the exponent and make it a number.
    uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16, none = bits >> 16 | 0x40;
    call->new_halves[i] = (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? none : rounded);
  }
}
FLAT_WORK(train_to_bf16)

void osu_train_to_bf16(osu_trainer *trainer, const float *x, uint16_t *y, size_t n) {
  flat_call call = {.x = x, .new_halves = y, .level = trainer->level};
  osu_train_share(trainer, n, PIECE, train_to_bf16_work, &call);
}

INLINE void train_from_bf16_body(const flat_call *call, size_t first, size_t last, int wide) {
  (void)wide;
  for (size_t i = first; i < last; i++) {
    uint32_t bits = (uint32_t)call->halves[i] << 16;
    memcpy(call->w + i, &bits, 4);
  }
}
FLAT_WORK(train_from_bf16)

void osu_train_from_bf16(osu_trainer *trainer, const uint16_t *x, float *y, size_t n) {
  flat_call call = {.halves = x, .w = y, .level = trainer->level};
  osu_train_share(trainer, n, PIECE, train_from_bf16_work, &call);
}
