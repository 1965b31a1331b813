// Attention in tiles of queries and keys, so that its probabilities are never in memory all at once (Dao et al. 2022), written once for all
// instruction sets. Before: tile.h.

enum { TILE = OSU_TRAIN_ATTENTION_TILE, SCORES = TILE };

/// Panels of a tile, packed for products: as lines of A or columns of B, whose k runs along a vector or from vector to vector.
INLINE void pack_tile(const float *x, size_t stride, size_t lines, size_t k, int along, size_t width, osu_train_precision precision,
                      float *packed) {
  osu_train_lines all = {x, stride, lines, k, along};
  pack(&all, precision, width, packed, 0, (lines + width - 1) / width);
}

INLINE size_t units_in(size_t k, osu_train_precision precision) {
  return kind_of(precision) == PAIRS ? (k + 1) / 2 : k;
}

INLINE size_t least(size_t a, size_t b) { return a < b ? a : b; }

/// One row of scores of the keys [key, key + keys) becomes e^(scale * score - the largest so far), 0 where the row at `row` sees nothing;
/// `mixed`, what was summed so far, shrinks with a new largest.
INLINE void take_exponents(const osu_train_attention_shape *shape, size_t row, size_t key, size_t keys, float *scores, float *most,
                           float *sum, float *mixed) {
  size_t start = (size_t)shape->starts[row], padded = osu_train_round_up(keys, 16);
  size_t low = start > key ? least(start - key, keys) : 0, high = row + 1 > key ? least(row + 1 - key, keys) : 0;
  if (low >= high) {
    memset(scores, 0, padded * sizeof(float));
    return;
  }
  for (size_t i = 0; i < low; i++) scores[i] = -INFINITY;
  for (size_t i = high; i < padded; i++) scores[i] = -INFINITY;
  v16 highest = load16(scores);
  for (size_t i = 16; i < padded; i += 16) highest = max16(highest, load16(scores + i));
  float top = top16(highest) * shape->scale, before = *most;
  if (!(top > before)) top = before;
  v16 total = splat(0);
  for (size_t i = 0; i < padded; i += 16) {
    v16 e = exp16(load16(scores + i) * shape->scale - top);
    store16(scores + i, e);
    total += e;
  }
  // Where nothing is seen stands e^-87, which is too little to be seen in the sum.
  for (size_t i = 0; i < low; i++) scores[i] = 0;
  for (size_t i = high; i < padded; i++) scores[i] = 0;
  if (top > before) {
    float shrink = before == -INFINITY ? 0 : expf(before - top);
    *sum *= shrink;
    *most = top;
    for (size_t d = 0; d < shape->head_dim; d += 16) store16(mixed + d, load16(mixed + d) * shrink);
  }
  *sum += sum16(total);
}

static void attention(const osu_train_attention_call *call, size_t kv_head, size_t first, size_t last, float *memory) {
  const osu_train_attention_shape *shape = call->shape;
  osu_train_precision precision = shape->precision;
  size_t size = shape->head_dim, group = shape->heads / shape->kv_heads, rows = last - first;
  size_t dims = units_in(size, precision), part = TILE * osu_train_round_up(size, 32);
  float *queries = memory, *keys = queries + part, *values = keys + part, *mixed = values + part, *scores = mixed + part;
  float *packed = scores + TILE * SCORES, *most = packed + TILE * SCORES, *sums = most + TILE;
  for (size_t head = kv_head * group; head < (kv_head + 1) * group; head++) {
    pack_tile(call->q + first * shape->q_stride + head * size, shape->q_stride, rows, size, 0, TILE_ROWS, precision, queries);
    memset(mixed, 0, rows * size * sizeof(float));
    for (size_t r = 0; r < rows; r++) most[r] = -INFINITY, sums[r] = 0;
    for (size_t key = (size_t)shape->starts[first]; key < last; key += TILE) {
      size_t count = least(TILE, last - key), from = key * shape->kv_stride + kv_head * size;
      pack_tile(call->k + from, shape->kv_stride, count, size, 0, COLUMNS, precision, keys);
      pack_tile(call->v + from, shape->kv_stride, size, count, 1, COLUMNS, precision, values);
      for (size_t row = 0, next; row < rows; row = next) {
        next = least(row + 2 * TILE_ROWS, rows);
        // No key after the last of these rows is looked at, nor one before the first's document.
        if (first + next <= key || (size_t)shape->starts[first + row] >= key + count) continue;
        size_t seen = least(count, first + next - key);
        osu_train_output output = {scores + row * SCORES, SCORES, next - row, osu_train_round_up(seen, 16), 0};
        multiply(queries + row * dims, keys, dims, precision, &output);
        for (size_t r = row; r < next; r++)
          take_exponents(shape, first + r, key, seen, scores + r * SCORES, most + r, sums + r, mixed + r * size);
        pack_tile(scores + row * SCORES, SCORES, next - row, seen, 0, TILE_ROWS, precision, packed);
        // A panel of `values` is as long as all keys, so that each is a product of its own here.
        for (size_t d = 0; d < size; d += COLUMNS) {
          osu_train_output to = {mixed + row * size + d, size, next - row, least(COLUMNS, size - d), 1};
          multiply(packed, values + d * units_in(count, precision), units_in(seen, precision), precision, &to);
        }
      }
    }
    for (size_t r = 0; r < rows; r++) {
      float *out = call->out + (first + r) * shape->out_stride + head * size;
      for (size_t d = 0; d < size; d += 16) store16(out + d, load16(mixed + r * size + d) / sums[r]);
      call->new_logs[head * shape->rows + first + r] = most[r] + logf(sums[r]);
    }
  }
}

/// Scores and their probabilities' gradients, a row of each, become probabilities and the scores' gradients.
INLINE void take_slopes(const osu_train_attention_shape *shape, size_t row, size_t key, size_t keys, float *scores, float *slopes,
                        float log, float dot) {
  size_t padded = osu_train_round_up(keys, 16), high = row + 1 > key ? least(row + 1 - key, keys) : 0;
  for (size_t i = 0; i < padded; i += 16) {
    v16 probability = exp16(load16(scores + i) * shape->scale - log);
    store16(scores + i, probability);
    store16(slopes + i, probability * (load16(slopes + i) - dot) * shape->scale);
  }
  for (size_t i = high; i < padded; i++) scores[i] = slopes[i] = 0;
}

/// One document.
static void document_backward(const osu_train_attention_call *call, size_t kv_head, size_t first, size_t last, float *memory) {
  const osu_train_attention_shape *shape = call->shape;
  osu_train_precision precision = shape->precision;
  size_t size = shape->head_dim, group = shape->heads / shape->kv_heads, part = TILE * osu_train_round_up(size, 32);
  size_t dims = units_in(size, precision);
  // Lines of a product over the dimensions, and the same as columns of one over positions.
  float *queries = memory, *douts = queries + part, *keys = douts + part, *values = keys + part;
  float *query_columns = values + part, *dout_columns = query_columns + part, *key_columns = dout_columns + part;
  float *scores = key_columns + part, *slopes = scores + TILE * SCORES, *packed = slopes + TILE * SCORES;
  for (size_t key = first; key < last; key += TILE) {
    size_t count = least(TILE, last - key), at = key * shape->kv_stride + kv_head * size, seen = osu_train_round_up(count, 16);
    pack_tile(call->k + at, shape->kv_stride, count, size, 0, COLUMNS, precision, keys);
    pack_tile(call->v + at, shape->kv_stride, count, size, 0, COLUMNS, precision, values);
    pack_tile(call->k + at, shape->kv_stride, size, count, 1, COLUMNS, precision, key_columns);
    int added = 0;
    for (size_t head = kv_head * group; head < (kv_head + 1) * group; head++) {
      const float *logs = call->logs + head * shape->rows, *dots = call->dots + head * shape->rows;
      for (size_t query = key; query < last; query += TILE, added = 1) {
        size_t rows = least(TILE, last - query);
        const float *q = call->q + query * shape->q_stride + head * size, *dout = call->dout + query * shape->out_stride + head * size;
        pack_tile(q, shape->q_stride, rows, size, 0, TILE_ROWS, precision, queries);
        pack_tile(dout, shape->out_stride, rows, size, 0, TILE_ROWS, precision, douts);
        pack_tile(q, shape->q_stride, size, rows, 1, COLUMNS, precision, query_columns);
        pack_tile(dout, shape->out_stride, size, rows, 1, COLUMNS, precision, dout_columns);
        osu_train_output to_scores = {scores, SCORES, rows, seen, 0}, to_slopes = {slopes, SCORES, rows, seen, 0};
        multiply(queries, keys, dims, precision, &to_scores);
        multiply(douts, values, dims, precision, &to_slopes);
        for (size_t r = 0; r < rows; r++)
          take_slopes(shape, query + r, key, count, scores + r * SCORES, slopes + r * SCORES, logs[query + r], dots[query + r]);

        osu_train_output dv = {call->dv + at, shape->kv_stride, count, size, added};
        pack_tile(scores, SCORES, count, rows, 1, TILE_ROWS, precision, packed);
        multiply(packed, dout_columns, units_in(rows, precision), precision, &dv);
        osu_train_output dk = {call->dk + at, shape->kv_stride, count, size, added};
        pack_tile(slopes, SCORES, count, rows, 1, TILE_ROWS, precision, packed);
        multiply(packed, query_columns, units_in(rows, precision), precision, &dk);
        osu_train_output dq = {call->dq + query * shape->q_stride + head * size, shape->q_stride, rows, size, key > first};
        pack_tile(slopes, SCORES, rows, count, 0, TILE_ROWS, precision, packed);
        multiply(packed, key_columns, units_in(count, precision), precision, &dq);
      }
    }
  }
}

static void attention_backward(const osu_train_attention_call *call, size_t kv_head, size_t first, size_t last, float *memory) {
  for (size_t row = first, next; row < last; row = next) {
    for (next = row + 1; next < last && (size_t)call->shape->starts[next] == row;) next++;
    document_backward(call, kv_head, row, next, memory);
  }
}
