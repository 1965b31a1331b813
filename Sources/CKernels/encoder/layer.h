// The layer, written once for all instruction sets. Before: product.h and `input` with store_input, to_inputs, multiply, pack.

typedef enum { FLOATS, GELU_INPUTS, ADDED } output_kind;

/// W a + bias for m rows of a, [m][outputs]: as floats, as inputs of the next product after GELU, or added to floats that are there.
static void dense(const input *a, size_t m, const osu_encoder_dense *d, output_kind kind, void *out) {
  _Alignas(64) float c[TILE_ROWS * PANEL];
  for (size_t panel = 0; panel < d->outputs / PANEL; panel++) {
    const input *weight = (const input *)d->weight + panel * PANEL * d->inputs;
    const float *bias = d->bias + panel * PANEL;
    for (size_t row = 0, rows; row < m; row += rows) {
      rows = tile_rows(m - row);
      multiply(rows, a + row * d->inputs, d->inputs, weight, c);
      for (size_t r = 0; r < rows; r++) {
        size_t at = (row + r) * d->outputs + panel * PANEL;
        for (size_t i = 0; i < PANEL; i += 16, at += 16) {
          v16 y = load16(c + r * PANEL + i) + load16(bias + i);
          if (kind == GELU_INPUTS) {
            store_input((input *)out + at, gelu(y));
          } else {
            float *to = (float *)out + at;
            store16(to, kind == ADDED ? load16(to) + y : y);
          }
        }
      }
    }
  }
}

/// Attention of one head within one text (Vaswani et al. 2017). `stacked` and `mixed` stand at the text's first row and the head's first
/// column; `keys` and `scores` are scratch.
static void attend(const float *stacked, size_t length, size_t width, size_t size, input *mixed, float *keys, float *scores) {
  size_t stride = 3 * width, padded = osu_encoder_round_up(length, OSU_ENCODER_MULTIPLE);
  // Keys as panels of the first product: [panel][size][PANEL]. Columns beyond the text are never read as scores.
  for (size_t j = 0; j < length; j++) {
    const float *key = stacked + width + j * stride;
    float *to = keys + j / PANEL * PANEL * size + j % PANEL;
    for (size_t i = 0; i < size; i++) to[i * PANEL] = key[i];
  }
  _Alignas(64) float c[TILE_ROWS * PANEL];
  for (size_t row = 0, rows; row < length; row += rows) {
    rows = tile_rows(length - row);
    for (size_t j = 0; j < length; j += PANEL)
      multiply_f32(rows, stacked + row * stride, stride, keys + j * size, PANEL, size, scores + j, padded);
    float shares[TILE_ROWS];
    for (size_t r = 0; r < rows; r++) shares[r] = 1 / exponents(scores + r * padded, length, padded);
    for (size_t i = 0; i < size; i += PANEL) {
      multiply_f32(rows, scores, padded, stacked + 2 * width + i, stride, length, c, PANEL);
      for (size_t r = 0; r < rows; r++)
        for (size_t v = 0; v < PANEL; v += 16) store_input(mixed + (row + r) * width + i + v, load16(c + r * PANEL + v) * shares[r]);
    }
  }
}

static void layer_forward(const osu_encoder_shape *shape, const osu_encoder_layer *layer, osu_encoder_texts texts, float *x,
                          void *scratch) {
  size_t width = shape->width, size = width / shape->heads, tokens = texts.starts[texts.count];
  osu_encoder_scratch parts = osu_encoder_scratch_of(shape, scratch, tokens, osu_encoder_longest(texts));
  float *stacked = parts.wide;
  input *mixed = parts.mixed, *wide = parts.wide;

  dense(to_inputs(x, parts.inputs, tokens * width), tokens, &layer->attention, FLOATS, stacked);
  for (size_t text = 0; text < texts.count; text++) {
    size_t start = texts.starts[text], length = texts.starts[text + 1] - start;
    for (size_t head = 0; head < width; head += size)
      attend(stacked + start * 3 * width + head, length, width, size, mixed + start * width + head, parts.keys, parts.scores);
  }
  dense(mixed, tokens, &layer->output, ADDED, x);
  for (size_t row = 0; row < tokens; row++) layer_norm(x + row * width, layer->output_norm, width, shape->epsilon);
  dense(to_inputs(x, parts.inputs, tokens * width), tokens, &layer->up, GELU_INPUTS, wide);
  dense(wide, tokens, &layer->down, ADDED, x);
  for (size_t row = 0; row < tokens; row++) layer_norm(x + row * width, layer->down_norm, width, shape->epsilon);
}

static void embed(const osu_encoder_shape *shape, osu_encoder_texts texts, const int32_t *tokens, const float *words,
                  const float *positions, osu_encoder_norm norm, float *x) {
  size_t width = shape->width;
  for (size_t text = 0; text < texts.count; text++)
    for (size_t row = texts.starts[text]; row < texts.starts[text + 1]; row++) {
      const float *word = words + (size_t)tokens[row] * width, *position = positions + (row - texts.starts[text]) * width;
      float *to = x + row * width;
      for (size_t i = 0; i < width; i += 16) store16(to + i, load16(word + i) + load16(position + i));
      layer_norm(to, norm, width, shape->epsilon);
    }
}

static void product(const float *a, size_t m, const osu_encoder_dense *d, float *y, void *scratch) {
  dense(to_inputs(a, scratch, m * d->inputs), m, d, FLOATS, y);
}

#define LEVEL_TABLE {pack, embed, layer_forward, gelu_all, exponents, product, sizeof(input)}
