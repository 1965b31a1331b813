// Matrix products over panels: a panel holds PANEL outputs as [inputs][PANEL], so that one pass over it serves a tile of rows with all
// sums in registers (Goto and van de Geijn 2008). A weight comes from memory once, for the other tiles from the nearest cache.
// Before: VECTORS, the v16 of a panel, and TILE_ROWS, the most rows for which the sums fit the registers.
enum { PANEL = 16 * VECTORS };

/// c[rows][PANEL] = a[rows][k] * b[k][PANEL]; the rows are `a_stride`, `b_stride` and `c_stride` apart.
INLINE void tile_f32(int rows, const float *a, size_t a_stride, const float *b, size_t b_stride, size_t k, float *c, size_t c_stride) {
  v16 s[TILE_ROWS][VECTORS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < VECTORS; v++) s[r][v] = splat(0);
  for (size_t p = 0; p < k; p++) {
    v16 y[VECTORS];
    for (int v = 0; v < VECTORS; v++) y[v] = load16(b + p * b_stride + 16 * v);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      v16 x = splat(a[(size_t)r * a_stride + p]);
      for (int v = 0; v < VECTORS; v++) s[r][v] += x * y[v];
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < VECTORS; v++) store16(c + (size_t)r * c_stride + 16 * v, s[r][v]);
}

// `rows` is a constant in each case, so that a tile's sums are registers and not an array.
#define TILE_CASE(n, tile, ...) \
  case n: tile(n, __VA_ARGS__); break;
#define TILE_CASES_3(tile, ...) TILE_CASE(1, tile, __VA_ARGS__) TILE_CASE(2, tile, __VA_ARGS__) TILE_CASE(3, tile, __VA_ARGS__)
#define TILE_CASES_6(tile, ...) \
  TILE_CASES_3(tile, __VA_ARGS__) TILE_CASE(4, tile, __VA_ARGS__) TILE_CASE(5, tile, __VA_ARGS__) TILE_CASE(6, tile, __VA_ARGS__)
#define TILE_CASES_12(tile, ...)                                                                  \
  TILE_CASES_6(tile, __VA_ARGS__)                                                                 \
  TILE_CASE(7, tile, __VA_ARGS__) TILE_CASE(8, tile, __VA_ARGS__) TILE_CASE(9, tile, __VA_ARGS__) \
  TILE_CASE(10, tile, __VA_ARGS__) TILE_CASE(11, tile, __VA_ARGS__) TILE_CASE(12, tile, __VA_ARGS__)
#define TILE_CASES_OF(rows, ...) TILE_CASES_##rows(__VA_ARGS__)
#define TILE_CASES(rows, ...) TILE_CASES_OF(rows, __VA_ARGS__)

static void multiply_f32(size_t rows, const float *a, size_t a_stride, const float *b, size_t b_stride, size_t k, float *c,
                         size_t c_stride) {
  switch (rows) { TILE_CASES(TILE_ROWS, tile_f32, a, a_stride, b, b_stride, k, c, c_stride) }
}

/// Rows of the next tile when `left` remain: equal tiles instead of full ones and a small rest.
INLINE size_t tile_rows(size_t left) {
  size_t tiles = (left + TILE_ROWS - 1) / TILE_ROWS;
  return (left + tiles - 1) / tiles;
}
