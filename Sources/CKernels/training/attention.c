// Attention over packed documents, shared out by heads of keys and values and by rows. See attention.h for the tiles.
#include "level.h"
#include "trainer.h"

typedef struct {
  osu_train_attention_call call;
  const osu_train_level *level;
  float *memory;
  size_t chunk;
} shared_attention;

static void forward(void *context, size_t first, size_t last, int member) {
  const shared_attention *shared = context;
  const osu_train_attention_shape *shape = shared->call.shape;
  float *memory = shared->memory + (size_t)member * OSU_TRAIN_ATTENTION_FLOATS;
  for (size_t piece = first; piece < last; piece++) {
    size_t row = piece / shape->kv_heads * shared->chunk, end = row + shared->chunk;
    shared->level->attention(&shared->call, piece % shape->kv_heads, row, end < shape->rows ? end : shape->rows, memory);
  }
}

void osu_train_attention(osu_trainer *trainer, const osu_train_attention_shape *shape, const float *q, const float *k, const float *v,
                         float *out, float *logs) {
  shared_attention shared = {{.shape = shape, .q = q, .k = k, .v = v, .out = out, .new_logs = logs}, osu_train_at(trainer->level),
                             trainer->memory, OSU_TRAIN_ATTENTION_TILE};
  size_t tiles = (shape->rows + shared.chunk - 1) / shared.chunk;
  osu_train_share(trainer, tiles * shape->kv_heads, 1, forward, &shared);
}

/// dots[head][row] = out . dout, which is what every score's gradient has in common.
static void row_dots(void *context, size_t first, size_t last, int member) {
  (void)member;
  const shared_attention *shared = context;
  const osu_train_attention_shape *shape = shared->call.shape;
  float *dots = (float *)shared->call.dots;
  for (size_t row = first; row < last; row++)
    for (size_t head = 0; head < shape->heads; head++) {
      size_t at = row * shape->out_stride + head * shape->head_dim;
      float sums[16] = {0}, sum = 0;
      for (size_t i = 0; i < shape->head_dim; i += 16)
        for (size_t lane = 0; lane < 16; lane++) sums[lane] += shared->call.out[at + i + lane] * shared->call.dout[at + i + lane];
      for (size_t lane = 0; lane < 16; lane++) sum += sums[lane];
      dots[head * shape->rows + row] = sum;
    }
}

/// The first row from `row` on that begins a document; the number of rows where there is none.
static size_t document_from(const osu_train_attention_shape *shape, size_t row) {
  while (row < shape->rows && (size_t)shape->starts[row] != row) row++;
  return row < shape->rows ? row : shape->rows;
}

static void backward(void *context, size_t first, size_t last, int member) {
  const shared_attention *shared = context;
  const osu_train_attention_shape *shape = shared->call.shape;
  float *memory = shared->memory + (size_t)member * OSU_TRAIN_ATTENTION_FLOATS;
  for (size_t piece = first; piece < last; piece++) {
    // A chunk's documents are those that begin in it; keys and values belong to one piece, so that their sums have one order.
    size_t chunk = piece / shape->kv_heads * shared->chunk, end = chunk + shared->chunk;
    size_t row = document_from(shape, chunk);
    if (row >= end || row >= shape->rows) continue;
    shared->level->attention_backward(&shared->call, piece % shape->kv_heads, row, document_from(shape, end), memory);
  }
}

void osu_train_attention_backward(osu_trainer *trainer, const osu_train_attention_shape *shape, const float *q, const float *k,
                                  const float *v, const float *out, const float *logs, const float *dout, float *dq, float *dk, float *dv,
                                  float *dots) {
  shared_attention shared = {{.shape = shape, .q = q, .k = k, .v = v, .out = (float *)out, .logs = logs, .dout = dout, .dots = dots,
                              .dq = dq, .dk = dk, .dv = dv},
                             osu_train_at(trainer->level), trainer->memory, 2 * OSU_TRAIN_ATTENTION_TILE};
  osu_train_share(trainer, shape->rows, osu_train_grain(shape->heads * shape->head_dim), row_dots, &shared);
  size_t chunks = (shape->rows + shared.chunk - 1) / shared.chunk;
  osu_train_share(trainer, chunks * shape->kv_heads, 1, backward, &shared);
}
