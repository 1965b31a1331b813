// Matrix products after Goto and van de Geijn (2008): both inputs are packed a pass at a time into panels that tiles read in order. What
// is packed and what is computed is shared out in pieces; no piece splits a sum, so that who takes it does not matter.
#include "level.h"
#include "trainer.h"

typedef struct {
  osu_trainer *trainer;
  const osu_train_level *level;
  osu_train_precision precision;
  osu_train_lines a, b;
  float *c;
  size_t ldc, m, n, k;
  int accumulate;
} product_call;

enum { PACKING = 0, COMPUTING = 1 };

static size_t take(osu_trainer *trainer, int kind) { return atomic_fetch_add_explicit(&trainer->next[kind], 1, memory_order_relaxed); }

/// The part of `lines` that begins at line `line` and number `p`.
static osu_train_lines part(const osu_train_lines *lines, size_t line, size_t count, size_t p, size_t k) {
  size_t from = lines->along ? p * lines->stride + line : line * lines->stride + p;
  return (osu_train_lines){lines->x + from, lines->stride, count, k, lines->along};
}

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/// Packs by pieces of about 96 lines.
static void pack(const product_call *call, const osu_train_lines *a, const osu_train_lines *b, float *packed_a, float *packed_b) {
  const osu_train_level *level = call->level;
  size_t a_panels = (a->lines + level->rows - 1) / level->rows, b_panels = (b->lines + level->columns - 1) / level->columns;
  size_t a_piece = 96 / level->rows, b_piece = 96 / level->columns;
  size_t a_pieces = (a_panels + a_piece - 1) / a_piece, b_pieces = (b_panels + b_piece - 1) / b_piece;
  for (;;) {
    size_t piece = take(call->trainer, PACKING);
    if (piece < a_pieces) {
      level->pack(a, call->precision, level->rows, packed_a, piece * a_piece, smaller((piece + 1) * a_piece, a_panels));
    } else if (piece < a_pieces + b_pieces) {
      piece -= a_pieces;
      level->pack(b, call->precision, level->columns, packed_b, piece * b_piece, smaller((piece + 1) * b_piece, b_panels));
    } else {
      return;
    }
  }
}

/// One pass: C's block of m rows and n columns.
static void compute(const product_call *call, const osu_train_output *block, size_t units, const float *packed_a, const float *packed_b) {
  const osu_train_level *level = call->level;
  // Rows that stay in the second cache while the columns go by; fewer where there would be too few pieces for all members.
  size_t rows = 96, columns = 256, members = (size_t)osu_team_members(call->trainer->team);
  while (rows > 24 && ((block->m + rows - 1) / rows) * ((block->n + columns - 1) / columns) < 6 * members) rows /= 2;
  size_t down = (block->m + rows - 1) / rows, across = (block->n + columns - 1) / columns;
  for (;;) {
    size_t piece = take(call->trainer, COMPUTING);
    if (piece >= down * across) return;
    // Neighbouring pieces read the same columns.
    size_t row = piece % down * rows, column = piece / down * columns;
    osu_train_output output = {block->c + row * block->stride + column, block->stride, smaller(rows, block->m - row),
                               smaller(columns, block->n - column), block->accumulate};
    level->multiply(packed_a + row * units, packed_b + column * units, units, call->precision, &output);
  }
}

static void product(void *context, int member) {
  const product_call *call = context;
  osu_trainer *trainer = call->trainer;
  size_t pair = call->precision == OSU_TRAIN_BF16 ? call->level->pair : 1, depth = OSU_TRAIN_UNITS * pair;
  float *packed_a = trainer->memory, *packed_b = packed_a + OSU_TRAIN_ROWS * OSU_TRAIN_UNITS;
  for (size_t column = 0; column < call->n; column += OSU_TRAIN_COLUMNS) {
    size_t n = smaller(OSU_TRAIN_COLUMNS, call->n - column);
    for (size_t p = 0; p < call->k; p += depth) {
      size_t k = smaller(depth, call->k - p), units = (k + pair - 1) / pair;
      for (size_t row = 0; row < call->m; row += OSU_TRAIN_ROWS) {
        size_t m = smaller(OSU_TRAIN_ROWS, call->m - row);
        osu_train_lines a = part(&call->a, row, m, p, k), b = part(&call->b, column, row == 0 ? n : 0, p, k);
        osu_train_output block = {call->c + row * call->ldc + column, call->ldc, m, n, call->accumulate || p > 0};
        pack(call, &a, &b, packed_a, packed_b);
        // All have left the other kind of work for good when the last has come here, so that its count can begin anew.
        osu_team_barrier(trainer->team);
        if (member == 0) atomic_store_explicit(&trainer->next[PACKING], 0, memory_order_relaxed);
        compute(call, &block, units, packed_a, packed_b);
        osu_team_barrier(trainer->team);
        if (member == 0) atomic_store_explicit(&trainer->next[COMPUTING], 0, memory_order_relaxed);
      }
    }
  }
}

void osu_train_matmul(osu_trainer *trainer, osu_train_precision precision, int transpose_a, int transpose_b, size_t m, size_t n, size_t k,
                      const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, int accumulate) {
  if (k == 0 && !accumulate)
    for (size_t row = 0; row < m; row++) memset(c + row * ldc, 0, n * sizeof(float));
  if (m == 0 || n == 0 || k == 0) return;
  product_call call = {trainer, osu_train_at(trainer->level), precision, {a, lda, m, k, transpose_a}, {b, ldb, n, k, !transpose_b},
                       c, ldc, m, n, k, accumulate};
  atomic_store_explicit(&trainer->next[PACKING], 0, memory_order_relaxed);
  atomic_store_explicit(&trainer->next[COMPUTING], 0, memory_order_relaxed);
  osu_team_run(trainer->team, product, &call);
}
