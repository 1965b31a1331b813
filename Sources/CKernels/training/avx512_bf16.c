// Products and attention for AVX-512 with products of bf16 numbers: two neighbours of k in one unit.
#include "level.h"
#if defined(__x86_64__)
#define VECTORS 2
#define TILE_ROWS 12
#define PAIRS_IN_USE 1
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16"))), apply_to = function)
#include "tile.h"
#include "attention.h"
#pragma clang attribute pop

const osu_train_level osu_train_avx512_bf16 = {TILE_ROWS, COLUMNS, 2, pack, multiply, attention, attention_backward};
#endif
