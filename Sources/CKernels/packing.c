// Weights from ggml's row-major blocks into groups of sixteen interleaved rows, so that a vector holds four neighbouring
// columns (or one, of floats) of all sixteen. A group of 64 columns ("span") in a quantised format:
//
//   Q8_0  [2][16] half scales, then 16 lines: line g, byte 4r + c = column 4g + c of row r, plus 128
//   Q4_0  [2][16] half scales, then 8 lines: low nibbles are those of line g, high nibbles those of line g + 8
//   Q4_K  256 columns: [16] half d, [16] half dmin, [8][16] scales, [8][16] minima, then four spans of lines as in Q4_0
//   Q6_K  256 columns: [16] half d, 32 bytes of nothing, [16][16] signed scales, then four spans of 8 lines of low nibbles as in
//         Q4_0 and 4 lines of high bits: bits 2j of line h belong to line h + 4j
//   F32, F16, BF16  sixteen numbers a column
//
// A line is 64 bytes and every part begins on one. Rows and columns that the matrix does not have are zero.
#include "quants.h"
#include <string.h>

size_t osu_packed_group_bytes(int type, size_t columns) {
  size_t spans = (columns + OSU_COLUMNS - 1) / OSU_COLUMNS;
  switch (type) {
  case OSU_F32: return columns * 64;
  case OSU_F16:
  case OSU_BF16: return columns * 32;
  case OSU_Q8_0: return columns % 32 ? 0 : spans * Q8_0_SPAN;
  case OSU_Q4_0: return columns % 32 ? 0 : spans * Q4_0_SPAN;
  case OSU_Q4_K: return columns % 256 ? 0 : columns / 256 * Q4_K_SUPER;
  case OSU_Q6_K: return columns % 256 ? 0 : columns / 256 * Q6_K_SUPER;
  default: return 0;
  }
}

// The bytes of row r into its lanes of the lines.
static void lanes(const uint8_t *values, uint8_t *lines, size_t r, size_t count) {
  for (size_t g = 0; g < count; g++) memcpy(lines + g * 64 + r * 4, values + g * 4, 4);
}

// 64 values of four bits, two lines to one.
static void nibbles(const uint8_t *values, uint8_t *lines, size_t r) {
  uint8_t pairs[32];
  for (int i = 0; i < 32; i++) pairs[i] = (uint8_t)((values[i] & 15) | values[i + 32] << 4);
  lanes(pairs, lines, r, 8);
}

static void pack_q8_0(const uint8_t *row, size_t columns, uint8_t *group, size_t r) {
  for (size_t b = 0; b < columns / 32; b++, row += Q8_0_BLOCK) {
    uint8_t *span = group + b / 2 * Q8_0_SPAN, values[32];
    memcpy(span + b % 2 * 32 + r * 2, row, 2);
    for (int i = 0; i < 32; i++) values[i] = row[2 + i] ^ 0x80;
    lanes(values, span + 64 + b % 2 * 512, r, 8);
  }
}

static void pack_q4_0(const uint8_t *row, size_t columns, uint8_t *group, size_t r) {
  for (size_t b = 0; b < columns / 32; b += 2, group += Q4_0_SPAN) {
    // The missing half of an odd row has scale 0, so that its value does not matter.
    uint8_t values[64] = {0};
    for (size_t h = 0; h < 2 && b + h < columns / 32; h++, row += Q4_0_BLOCK) {
      memcpy(group + h * 32 + r * 2, row, 2);
      for (int i = 0; i < 16; i++) {
        values[h * 32 + i] = row[2 + i] & 15;
        values[h * 32 + 16 + i] = row[2 + i] >> 4;
      }
    }
    nibbles(values, group + 64, r);
  }
}

static void pack_q4_k(const uint8_t *row, size_t columns, uint8_t *group, size_t r) {
  for (size_t b = 0; b < columns / 256; b++, row += Q4_K_BLOCK, group += Q4_K_SUPER) {
    memcpy(group + r * 2, row, 2);
    memcpy(group + 32 + r * 2, row + 2, 2);
    for (int j = 0; j < 8; j++) q4_k_scale(row + 4, j, group + 64 + j * 16 + r, group + 192 + j * 16 + r);
    // ggml's pairs of nibbles are 32 columns apart, as ours.
    for (int s = 0; s < 4; s++) lanes(row + 16 + s * 32, group + 320 + s * 512, r, 8);
  }
}

static void pack_q6_k(const uint8_t *row, size_t columns, uint8_t *group, size_t r) {
  for (size_t b = 0; b < columns / 256; b++, row += Q6_K_BLOCK, group += Q6_K_SUPER) {
    memcpy(group + r * 2, row + 208, 2);
    for (int j = 0; j < 16; j++) group[64 + j * 16 + r] = row[192 + j];
    uint8_t values[256];
    q6_k_values(row, values);
    for (int s = 0; s < 4; s++) {
      uint8_t *lines = group + 320 + s * 768, high[16];
      const uint8_t *v = values + s * 64;
      nibbles(v, lines, r);
      for (int i = 0; i < 16; i++)
        high[i] = (uint8_t)(v[i] >> 4 | v[i + 16] >> 4 << 2 | v[i + 32] >> 4 << 4 | v[i + 48] >> 4 << 6);
      lanes(high, lines + 512, r, 4);
    }
  }
}

static void pack_plain(const uint8_t *row, size_t columns, size_t size, uint8_t *group, size_t r) {
  for (size_t c = 0; c < columns; c++) memcpy(group + (c * OSU_ROWS + r) * size, row + c * size, size);
}

void osu_pack(int type, const void *source, size_t rows, size_t columns, void *packed, size_t first, size_t last) {
  size_t group_bytes = osu_packed_group_bytes(type, columns), row_bytes = ggml_row_bytes(type, columns);
  for (size_t g = first; g < last; g++) {
    uint8_t *group = (uint8_t *)packed + g * group_bytes;
    memset(group, 0, group_bytes);
    for (size_t r = 0; r < OSU_ROWS && g * OSU_ROWS + r < rows; r++) {
      const uint8_t *row = (const uint8_t *)source + (g * OSU_ROWS + r) * row_bytes;
      switch (type) {
      case OSU_Q8_0: pack_q8_0(row, columns, group, r); break;
      case OSU_Q4_0: pack_q4_0(row, columns, group, r); break;
      case OSU_Q4_K: pack_q4_k(row, columns, group, r); break;
      case OSU_Q6_K: pack_q6_k(row, columns, group, r); break;
      case OSU_F32: pack_plain(row, columns, 4, group, r); break;
      default: pack_plain(row, columns, 2, group, r); break;
      }
    }
  }
}

void osu_widen_q5_0(const void *source, size_t blocks, void *widened) {
  const uint8_t *from = source;
  uint8_t *to = widened;
  for (size_t i = 0; i < blocks; i++, from += Q5_0_BLOCK, to += Q8_0_BLOCK) {
    memcpy(to, from, 2);
    q5_0_values(from, (int8_t *)to + 2);
  }
}
