// Products and attention for AVX-512.
#include "level.h"
#if defined(__x86_64__)
#define VECTORS 2
#define TILE_ROWS 12
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)
#include "tile.h"
#include "attention.h"
#pragma clang attribute pop

const osu_train_level osu_train_avx512 = {TILE_ROWS, COLUMNS, 1, pack, multiply, attention, attention_backward};
#endif
