// The loss of a language model, and its gradient, a block of rows at a time.
#include "../vectors.h"
#include "trainer.h"
#include <math.h>

// The logits of a block of rows: 8 MB, so that they stay in the last cache, and enough rows for the products to be products.
static size_t block_rows(size_t rows, size_t vocabulary) {
  size_t block = ((size_t)2 << 20) / (vocabulary + 1);
  block = block < 32 ? 32 : block;
  return block < rows ? block : rows;
}

size_t osu_train_cross_entropy_scratch(size_t rows, size_t width, size_t vocabulary) {
  // Logits, inputs, their gradients, losses, and two numbers that say where rows come from.
  return block_rows(rows, vocabulary) * (vocabulary + 2 * width + 3) + 64;
}

typedef struct {
  size_t width, vocabulary;
  const float *x;
  float *logits, *inputs, *slopes, *losses, *dx;
  int32_t *origins, *targets;
  float scale;
  int level, backward;
} loss_call;

// A row of logits becomes (probabilities - one at the target) * scale.
INLINE void train_loss_rows_body(const loss_call *call, size_t first, size_t last, int wide) {
  (void)wide;
  size_t n = call->vocabulary;
  for (size_t row = first; row < last; row++) {
    float *x = call->logits + row * n, target = x[call->targets[row]];
    v16 most = splat(-INFINITY);
    size_t i = 0;
    for (; i + 16 <= n; i += 16) most = max16(most, load16(x + i));
    float top = top16(most);
    for (size_t j = i; j < n; j++) top = x[j] > top ? x[j] : top;
    v16 sum = {0};
    for (i = 0; i + 16 <= n; i += 16) {
      v16 e = exp16(load16(x + i) - top);
      store16(x + i, e);
      sum += e;
    }
    float rest = 0;
    for (; i < n; i++) rest += x[i] = expf(x[i] - top);
    float total = sum16(sum) + rest;
    call->losses[row] = logf(total) + top - target;
    if (!call->backward) continue;
    float share = call->scale / total;
    for (i = 0; i < n; i++) x[i] *= share;
    x[call->targets[row]] -= call->scale;
  }
}
FOR_EACH_LEVEL_STATIC(train_loss_rows, (const loss_call *call, size_t first, size_t last, int level), call, first, last)
static void loss_work(void *context, size_t first, size_t last, int member) {
  (void)member;
  train_loss_rows(context, first, last, ((const loss_call *)context)->level);
}

static void collect(void *context, size_t first, size_t last, int member) {
  (void)member;
  const loss_call *call = context;
  size_t n = call->width;
  for (size_t i = first; i < last; i++) memcpy(call->inputs + i * n, call->x + (size_t)call->origins[i] * n, n * sizeof(float));
}

static void spread(void *context, size_t first, size_t last, int member) {
  (void)member;
  const loss_call *call = context;
  size_t n = call->width;
  for (size_t i = first; i < last; i++) memcpy(call->dx + (size_t)call->origins[i] * n, call->slopes + i * n, n * sizeof(float));
}

double osu_train_cross_entropy(osu_trainer *trainer, osu_train_precision precision, const float *x, const float *weight,
                               const int32_t *targets, size_t rows, size_t width, size_t vocabulary, float scale, float *losses,
                               float *dx, float *dweight, float *scratch) {
  size_t block = block_rows(rows, vocabulary), grain = osu_train_grain(width), at = 0;
  loss_call call = {.width = width, .vocabulary = vocabulary, .x = x, .logits = scratch, .dx = dx, .scale = scale,
                    .level = trainer->level, .backward = dx != NULL};
  call.inputs = call.logits + block * vocabulary;
  call.slopes = call.inputs + block * width;
  call.losses = call.slopes + block * width;
  call.origins = (int32_t *)(call.losses + block);
  call.targets = call.origins + block;
  double total = 0;
  while (at < rows) {
    size_t count = 0;
    for (; at < rows && count < block; at++) {
      if (targets[at] < 0) {
        if (losses) losses[at] = 0;
        if (dx) memset(dx + at * width, 0, width * sizeof(float));
        continue;
      }
      call.origins[count] = (int32_t)at;
      call.targets[count++] = targets[at];
    }
    if (count == 0) break;
    osu_train_share(trainer, count, grain, collect, &call);
    osu_train_matmul(trainer, precision, 0, 1, count, vocabulary, width, call.inputs, width, weight, width, call.logits, vocabulary, 0);
    osu_train_share(trainer, count, osu_train_grain(vocabulary), loss_work, &call);
    for (size_t i = 0; i < count; i++) {
      total += call.losses[i];
      if (losses) losses[call.origins[i]] = call.losses[i];
    }
    if (!dx) continue;
    osu_train_matmul(trainer, precision, 0, 0, count, width, vocabulary, call.logits, vocabulary, weight, width, call.slopes, width, 0);
    osu_train_share(trainer, count, grain, spread, &call);
    if (dweight)
      osu_train_matmul(trainer, precision, 1, 0, vocabulary, width, count, call.logits, vocabulary, call.inputs, width, dweight, width, 1);
  }
  return total;
}
