#ifndef OSUSUME_DECODER_H
#define OSUSUME_DECODER_H
#include <stddef.h>
#include <stdint.h>

/// Weight formats, by ggml's numbers (ggml/include/ggml.h, enum ggml_type).
enum { OSU_F32 = 0, OSU_F16 = 1, OSU_Q4_0 = 2, OSU_Q5_0 = 6, OSU_Q8_0 = 8, OSU_Q4_K = 12, OSU_Q6_K = 14, OSU_BF16 = 30 };

/// Rows that are interleaved, so that one vector instruction serves all of them.
enum { OSU_ROWS = 16 };
/// Columns are padded to this many in quantised formats and in activations.
enum { OSU_COLUMNS = 64 };

/// Bytes of one packed group of OSU_ROWS rows; 0 for a type that is not supported or columns that its blocks do not divide.
size_t osu_packed_group_bytes(int type, size_t columns);
/// Packs the groups [first, last) of a row-major ggml matrix; rows beyond `rows` become zero. See packing.c for the layouts.
void osu_pack(int type, const void *source, size_t rows, size_t columns, void *packed, size_t first, size_t last);
/// Q5_0 blocks as Q8_0 ones, which hold the same numbers exactly: so Q5_0, which Q4_K_M files have where rows are no multiple of 256, needs
/// no kernels of its own.
void osu_widen_q5_0(const void *source, size_t blocks, void *widened);

/// The inputs of a matrix product: `tokens` rows of `stride` (a multiple of OSU_COLUMNS) numbers, as floats and as int8 with one
/// scale per 32, and what the products of unsigned weights need beside them.
typedef struct {
  float *x;         // [tokens][stride]
  int8_t *q;        // [tokens][stride]: round(x / scale), -127...127
  float *scale;     // [tokens][stride / 32]
  float *sum;       // [tokens][stride / 32]: scale * sum of q
  int32_t *bias32;  // [tokens][stride / 32]: -128 * sum of q
  int32_t *bias16;  // [tokens][stride / 16]: the same over 16
  size_t stride;
} osu_activations;

/// Fills q, scale, sum and biases of the blocks [first, last) of 32 from x, whose padding the caller keeps zero; block b of token t
/// is t * stride / 32 + b.
void osu_quantize(const osu_activations *a, size_t first, size_t last, int level);

/// y[t][r] (+)= W[r] . x[t] for all `tokens` and the rows of the groups [first, last); y has `stride` floats a token, at least
/// the packed rows. F32, F16 and BF16 weights take a->x, the others a->q.
void osu_linear(int type, const void *packed, size_t columns, const osu_activations *a, size_t tokens, float *y, size_t stride,
                size_t first, size_t last, int accumulate, int level);

/// y = x / sqrt(mean(x^2) + eps) * gamma over n numbers (Zhang and Sennrich 2019); y may be x.
void osu_rms_norm(const float *x, const float *gamma, float *y, size_t n, float eps, int level);
/// y[i] = gate[i] / (1 + e^-gate[i]) * up[i] (Shazeer 2020, SwiGLU); y may be gate.
void osu_silu_gate(const float *gate, const float *up, float *y, size_t n, int level);
/// Cosines and sines of position * frequency[i] for i < pairs: table[i], table[pairs + i].
void osu_rope_angles(double position, const float *frequencies, float magnitude, size_t pairs, float *table);
/// Rotates 2 * pairs numbers in place (Su et al. 2021): neighbours (x[2i], x[2i+1]), or with `halves` (x[i], x[i + pairs]).
void osu_rope(float *x, const float *table, size_t pairs, int halves, int level);

/// Positions of one block of the key-value cache.
enum { OSU_BLOCK = 16 };
/// Where the keys and values of one head of one layer stand: block b of the sequence at base + blocks[b] * block_bytes, keys as
/// [head_dim][OSU_BLOCK], then values as [OSU_BLOCK][head_dim]; half floats or floats.
typedef struct {
  uint8_t *base;
  const int32_t *blocks;
  size_t block_bytes;
  size_t head_dim;
  int half;
} osu_kv_head;
/// Writes the key and value of one position.
void osu_kv_write(const osu_kv_head *kv, size_t position, const float *key, const float *value, int level);
/// out[i] = softmax(q[i] . K^T) V over the first visible[i] (at least 1) positions; q is scaled already. Query i stands at
/// q + offsets[i], its output at out + offsets[i]; head_dim is a multiple of 16. `scores` holds 4 * (the largest visible, rounded up
/// to OSU_BLOCK) floats.
void osu_attention(const osu_kv_head *kv, const float *q, float *out, const size_t *offsets, const size_t *visible, size_t queries,
                   float *scores, int level);

/// A team of threads that runs one function at a time; the caller is member 0. Members wait for the next function spinning
/// for a moment, then parked.
typedef struct osu_team osu_team;
osu_team *osu_team_create(int members);
void osu_team_destroy(osu_team *team);
int osu_team_members(const osu_team *team);
/// body(context, member) on every member; returns when all have ended. Not reentrant.
void osu_team_run(osu_team *team, void (*body)(void *context, int member), void *context);
/// Waits until every member has come here; only inside a body.
void osu_team_barrier(osu_team *team);

/// Adds n bytes, a multiple of 256, read in order as 64-bit numbers to *sum: measures what memory can give.
void osu_read_bytes(const uint8_t *bytes, size_t n, uint64_t *sum, int level);

/// *best becomes the index of the largest number, the first of equal ones; -1 if there is none.
void osu_argmax(const float *x, size_t n, ptrdiff_t *best, int level);
/// Writes the ascending indices of all numbers of at least `threshold`, and their count; `indices` has room for n.
void osu_select_above(const float *x, size_t n, float threshold, int32_t *indices, size_t *count, int level);
/// The maxima of sixteen numbers each, of the whole 256s of x: n / 256 * 16 numbers.
void osu_maxima_of_16(const float *x, size_t n, float *maxima, int level);
/// A number that at least k of x reach, close to the k-th largest: the k-th largest of the maxima of 16; -infinity if those are fewer.
float osu_top_bound(const float *x, size_t n, size_t k, int level);
#endif
