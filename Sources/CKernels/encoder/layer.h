// The layer, written once for all instruction sets. Before: vectors.h, product.h, and `input` with store_input, to_inputs, multiply, pack.

typedef enum { FLOATS, GELU_INPUTS, ADDED } output_kind;

/// What becomes of the products of the panels [first, last): floats [m][outputs], inputs of the next product after GELU, or added to
/// floats that are there.
static void dense(const input *a, size_t m, const osu_encoder_dense *d, size_t first, size_t last, output_kind kind, void *out) {
  _Alignas(64) float c[TILE_ROWS * PANEL];
  for (size_t panel = first; panel < last; panel++) {
    const input *weight = (const input *)d->weight + panel * PANEL * d->inputs;
    vector bias[2] = {load(d->bias + panel * PANEL), load(d->bias + panel * PANEL + LANES)};
    for (size_t row = 0, rows; row < m; row += rows) {
      rows = tile_rows(m - row);
      multiply(rows, a + row * d->inputs, d->inputs, weight, c);
      for (size_t r = 0; r < rows; r++) {
        size_t at = (row + r) * d->outputs + panel * PANEL;
        for (size_t half = 0; half < 2; half++, at += LANES) {
          vector y = load(c + r * PANEL + half * LANES) + bias[half];
          if (kind == GELU_INPUTS) {
            store_input((input *)out + at, gelu(y));
          } else {
            float *to = (float *)out + at;
            store(to, kind == ADDED ? load(to) + y : y);
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
      for (size_t r = 0; r < rows; r++) {
        input *to = mixed + (row + r) * width + i;
        store_input(to, load(c + r * PANEL) * shares[r]);
        store_input(to + LANES, load(c + r * PANEL + LANES) * shares[r]);
      }
    }
  }
}

INLINE void meet(osu_encoder_crew crew) {
  if (crew.members > 1) crew.wait(crew.context);
}
/// The member's share of n things begins here; the next member's ends it.
INLINE size_t share(size_t n, size_t member, osu_encoder_crew crew) { return n * member / crew.members; }

static void layer_forward(const osu_encoder_shape *shape, const osu_encoder_layer *layer, osu_encoder_texts texts, float *x,
                          void *scratch, osu_encoder_crew crew) {
  size_t width = shape->width, size = width / shape->heads, tokens = texts.starts[texts.count];
  size_t longest = osu_encoder_longest(texts), member = crew.member;
  osu_encoder_scratch parts = osu_encoder_scratch_of(shape, scratch, tokens, longest, member);
  float *stacked = parts.wide;
  input *mixed = parts.mixed, *wide = parts.wide;
  size_t row = share(tokens, member, crew), rows_end = share(tokens, member + 1, crew);

  const input *inputs = to_inputs(x, parts.inputs, row * width, rows_end * width);
  meet(crew);
  // A member computes query, key and value of the heads that it attends with, so that it need not wait in between.
  size_t head = share(shape->heads, member, crew), heads_end = share(shape->heads, member + 1, crew);
  for (size_t part = 0; part < 3; part++)
    dense(inputs, tokens, &layer->attention, (part * width + head * size) / PANEL, (part * width + heads_end * size) / PANEL, FLOATS,
          stacked);
  for (size_t text = 0; text < texts.count; text++) {
    size_t start = texts.starts[text];
    for (size_t h = head; h < heads_end; h++)
      attend(stacked + start * 3 * width + h * size, texts.starts[text + 1] - start, width, size, mixed + start * width + h * size,
             parts.keys, parts.scores);
  }
  meet(crew);
  size_t panels = width / PANEL, inner = shape->inner / PANEL;
  dense(mixed, tokens, &layer->output, share(panels, member, crew), share(panels, member + 1, crew), ADDED, x);
  meet(crew);
  for (size_t r = row; r < rows_end; r++) layer_norm(x + r * width, layer->output_norm, width, shape->epsilon);
  to_inputs(x, parts.inputs, row * width, rows_end * width);
  meet(crew);
  dense(inputs, tokens, &layer->up, share(inner, member, crew), share(inner, member + 1, crew), GELU_INPUTS, wide);
  meet(crew);
  dense(wide, tokens, &layer->down, share(panels, member, crew), share(panels, member + 1, crew), ADDED, x);
  meet(crew);
  for (size_t r = row; r < rows_end; r++) layer_norm(x + r * width, layer->down_norm, width, shape->epsilon);
}

static void embed(const osu_encoder_shape *shape, osu_encoder_texts texts, const int32_t *tokens, const float *words,
                  const float *positions, osu_encoder_norm norm, float *x, osu_encoder_crew crew) {
  size_t width = shape->width, all_rows = texts.starts[texts.count], text = 0;
  size_t end = share(all_rows, crew.member + 1, crew);
  for (size_t row = share(all_rows, crew.member, crew); row < end; row++) {
    while (row >= texts.starts[text + 1]) text++;
    const float *word = words + (size_t)tokens[row] * width, *position = positions + (row - texts.starts[text]) * width;
    float *to = x + row * width;
    for (size_t i = 0; i < width; i += LANES) store(to + i, load(word + i) + load(position + i));
    layer_norm(to, norm, width, shape->epsilon);
  }
}

static void product(const float *a, size_t m, const osu_encoder_dense *d, float *y, void *scratch) {
  dense(to_inputs(a, scratch, 0, m * d->inputs), m, d, 0, d->outputs / PANEL, FLOATS, y);
}

#define LEVEL_TABLE {pack, embed, layer_forward, gelu_all, exponents, product, sizeof(input)}
