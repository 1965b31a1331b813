// Rows of a table, read by token and added to by token.
#include "trainer.h"
#include <string.h>

typedef struct {
  const float *x;
  float *y;
  const int32_t *tokens;
  size_t rows, width;
} table_call;

static void gather(void *context, size_t first, size_t last, int member) {
  (void)member;
  const table_call *call = context;
  size_t n = call->width;
  for (size_t row = first; row < last; row++)
    if (call->tokens[row] >= 0) memcpy(call->y + row * n, call->x + (size_t)call->tokens[row] * n, n * sizeof(float));
}

void osu_train_gather(osu_trainer *trainer, const float *table, const int32_t *tokens, float *y, size_t rows, size_t width) {
  table_call call = {table, y, tokens, rows, width};
  osu_train_share(trainer, rows, osu_train_grain(width), gather, &call);
}

// Columns are shared out, not rows: two rows may have the same token, and their order must not depend on who is faster.
static void scatter(void *context, size_t first, size_t last, int member) {
  (void)member;
  const table_call *call = context;
  size_t n = call->width;
  for (size_t row = 0; row < call->rows; row++) {
    if (call->tokens[row] < 0) continue;
    float *restrict y = call->y + (size_t)call->tokens[row] * n;
    const float *restrict x = call->x + row * n;
    for (size_t i = first; i < last; i++) y[i] += x[i];
  }
}

void osu_train_scatter_add(osu_trainer *trainer, float *dtable, const int32_t *tokens, const float *dy, size_t rows, size_t width) {
  table_call call = {dy, dtable, tokens, rows, width};
  osu_train_share(trainer, width, 64, scatter, &call);
}
