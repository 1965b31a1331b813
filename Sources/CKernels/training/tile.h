// Packing and tiles, written once for all instruction sets. Before: VECTORS, the v16 of a tile's columns, TILE_ROWS, for which the sums
// fit the registers, and with bf16 instructions PAIRS_IN_USE.
#include "../vectors.h"

enum { COLUMNS = 16 * VECTORS };

/// What stands in the 32 bits of a unit: a float, a float with the precision of bf16, or two neighbouring bf16.
typedef enum { FLOATS, ROUNDED, PAIRS } unit_kind;

INLINE unit_kind kind_of(osu_train_precision precision) {
#if defined(PAIRS_IN_USE)
  return precision == OSU_TRAIN_BF16 ? PAIRS : FLOATS;
#else
  return precision == OSU_TRAIN_BF16 ? ROUNDED : FLOATS;
#endif
}

INLINE v16 rounded(v16 x) {
  i16 bits = (i16)x;
  return (v16)((bits + 0x7fff + (bits >> 16 & 1)) & ~0xffff);
}

INLINE v16 load_first(const float *p, size_t n) {
  v16 v = {0};
  memcpy(&v, p, n * sizeof(float));
  return v;
}

/// Units of which `first` holds the (first) numbers, `second` the others.
INLINE v16 units_of(unit_kind kind, v16 first, v16 second) {
  if (kind == ROUNDED) return rounded(first);
#if defined(PAIRS_IN_USE)
  if (kind == PAIRS) {
    __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh((__m512)first));
    __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh((__m512)second));
    return (v16)_mm512_or_si512(low, _mm512_slli_epi32(high, 16));
  }
#endif
  (void)second;
  return first;
}

/// Sixteen units of n (up to sixteen, or thirty-two) numbers that stand one after the other.
INLINE v16 units_at(unit_kind kind, const float *p, size_t n) {
#if defined(PAIRS_IN_USE)
  if (kind == PAIRS) {
    v16 first = n >= 16 ? load16(p) : load_first(p, n), second = n == 32 ? load16(p + 16) : n > 16 ? load_first(p + 16, n - 16) : splat(0);
    return (v16)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first);
  }
#endif
  v16 x = n == 16 ? load16(p) : load_first(p, n);
  return kind == ROUNDED ? rounded(x) : x;
}

/// Blocks of 8, 4, 2 and 1 change places.
INLINE void transpose16(v16 *r) {
#define STEP(s, ...)                                                                   \
  _Pragma("clang loop unroll(full)") for (int i = 0; i < 16; i++) if (!(i & s)) {      \
    v16 a = r[i], b = r[i + s];                                                        \
    r[i] = __builtin_shufflevector(a, b, __VA_ARGS__);
#define REST(s, ...)                                                                   \
    r[i + s] = __builtin_shufflevector(a, b, __VA_ARGS__);                             \
  }
  STEP(8, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
  REST(8, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
  STEP(4, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
  REST(4, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31)
  STEP(2, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
  REST(2, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
  STEP(1, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30)
  REST(1, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31)
#undef STEP
#undef REST
}

/// A panel of `width` lines, of which `count` are there, whose lines stand side by side: [units][width].
INLINE void pack_along(const osu_train_lines *lines, unit_kind kind, size_t width, size_t line, size_t count, float *to) {
  size_t pair = kind == PAIRS ? 2 : 1;
  for (size_t p = 0; p < lines->k; p += pair, to += width) {
    const float *x = lines->x + p * lines->stride + line;
    int both = pair == 2 && p + 1 < lines->k;
#pragma clang loop unroll(full)
    for (size_t v = 0; v < width; v += 16) {
      size_t here = v < count ? (count - v < 16 ? count - v : 16) : 0, room = width - v < 16 ? width - v : 16;
      v16 units = units_of(kind, load_first(x + v, here), both ? load_first(x + lines->stride + v, here) : splat(0));
      memcpy(to + v, &units, room * sizeof(float));
    }
  }
}

/// A panel whose lines stand one below the other.
INLINE void pack_across(const osu_train_lines *lines, unit_kind kind, size_t width, size_t line, size_t count, float *to) {
  size_t pair = kind == PAIRS ? 2 : 1, whole = 16 * pair;
  for (size_t p = 0; p < lines->k; p += whole, to += 16 * width) {
    size_t left = lines->k - p;
#pragma clang loop unroll(full)
    for (size_t v = 0; v < width; v += 16) {
      size_t room = width - v < 16 ? width - v : 16;
      const float *x = lines->x + (line + v) * lines->stride + p;
      v16 r[16];
#pragma clang loop unroll(full)
      for (size_t i = 0; i < 16; i++) {
        if (i >= room || v + i >= count) r[i] = splat(0);
        else r[i] = left >= whole ? units_at(kind, x + i * lines->stride, whole) : units_at(kind, x + i * lines->stride, left);
      }
      transpose16(r);
      size_t units = left >= whole ? 16 : (left + pair - 1) / pair;
#pragma clang loop unroll(full)
      for (size_t j = 0; j < 16; j++)
        if (j < units) memcpy(to + j * width + v, &r[j], room * sizeof(float));
    }
  }
}

INLINE void pack_panels(const osu_train_lines *lines, unit_kind kind, const size_t width, float *packed, size_t first, size_t last) {
  size_t pair = kind == PAIRS ? 2 : 1, units = (lines->k + pair - 1) / pair;
  for (size_t panel = first; panel < last; panel++) {
    size_t line = panel * width, count = lines->lines - line < width ? lines->lines - line : width;
    float *to = packed + line * units;
    // Whole panels apart, for which the sizes are constants.
    if (lines->along) {
      if (count == width) pack_along(lines, kind, width, line, width, to);
      else pack_along(lines, kind, width, line, count, to);
    } else {
      if (count == width) pack_across(lines, kind, width, line, width, to);
      else pack_across(lines, kind, width, line, count, to);
    }
  }
}

static void pack(const osu_train_lines *lines, osu_train_precision precision, size_t width, float *packed, size_t first, size_t last) {
  unit_kind kind = kind_of(precision);
  if (width == TILE_ROWS) {
    if (kind == FLOATS) pack_panels(lines, FLOATS, TILE_ROWS, packed, first, last);
    else pack_panels(lines, kind_of(OSU_TRAIN_BF16), TILE_ROWS, packed, first, last);
  } else {
    if (kind == FLOATS) pack_panels(lines, FLOATS, COLUMNS, packed, first, last);
    else pack_panels(lines, kind_of(OSU_TRAIN_BF16), COLUMNS, packed, first, last);
  }
}

INLINE v16 product_added(unit_kind kind, v16 sum, v16 a, v16 b) {
#if defined(PAIRS_IN_USE)
  if (kind == PAIRS) return (v16)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
#endif
  (void)kind;
  return sum + a * b;
}

/// c[TILE_ROWS][COLUMNS] (+)= one panel of a times one of b.
INLINE void tile(unit_kind kind, const float *a, const float *b, size_t units, float *c, size_t stride, int accumulate) {
  v16 s[TILE_ROWS][VECTORS];
#pragma clang loop unroll(full)
  for (int r = 0; r < TILE_ROWS; r++)
    for (int v = 0; v < VECTORS; v++) s[r][v] = splat(0);
#pragma clang loop unroll(disable)
  for (size_t u = 0; u < units; u++) {
    v16 y[VECTORS];
    for (int v = 0; v < VECTORS; v++) y[v] = load16(b + u * COLUMNS + 16 * v);
#pragma clang loop unroll(full)
    for (int r = 0; r < TILE_ROWS; r++) {
      v16 x = splat(a[u * TILE_ROWS + r]);
      for (int v = 0; v < VECTORS; v++) s[r][v] = product_added(kind, s[r][v], x, y[v]);
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < TILE_ROWS; r++)
    for (int v = 0; v < VECTORS; v++) {
      float *to = c + (size_t)r * stride + 16 * v;
      store16(to, accumulate ? load16(to) + s[r][v] : s[r][v]);
    }
}

INLINE void multiply_tiles(const float *a, const float *b, size_t units, unit_kind kind, const osu_train_output *output) {
  // The panel of b stays in the first cache while those of a go by.
  for (size_t column = 0; column < output->n; column += COLUMNS)
    for (size_t row = 0; row < output->m; row += TILE_ROWS) {
      const float *x = a + row * units, *y = b + column * units;
      float *c = output->c + row * output->stride + column;
      size_t rows = output->m - row, columns = output->n - column;
      if (rows >= TILE_ROWS && columns >= COLUMNS) {
        tile(kind, x, y, units, c, output->stride, output->accumulate);
        continue;
      }
      _Alignas(64) float edge[TILE_ROWS * COLUMNS];
      tile(kind, x, y, units, edge, COLUMNS, 0);
      for (size_t r = 0; r < rows && r < TILE_ROWS; r++)
        for (size_t i = 0; i < columns && i < COLUMNS; i++) {
          float *to = c + r * output->stride + i;
          *to = output->accumulate ? *to + edge[r * COLUMNS + i] : edge[r * COLUMNS + i];
        }
    }
}

static void multiply(const float *a, const float *b, size_t units, osu_train_precision precision, const osu_train_output *output) {
  if (kind_of(precision) == PAIRS) multiply_tiles(a, b, units, PAIRS, output);
  else multiply_tiles(a, b, units, FLOATS, output);
}
