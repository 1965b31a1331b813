// Products and attention for AVX2 with FMA.
#include "level.h"
#if defined(__x86_64__)
#define VECTORS 1
#define TILE_ROWS 6
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "tile.h"
#include "attention.h"
#pragma clang attribute pop

const osu_train_level osu_train_avx2 = {TILE_ROWS, COLUMNS, 1, pack, multiply, attention, attention_backward};
#endif
