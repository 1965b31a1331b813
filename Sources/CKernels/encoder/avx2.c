// The layer for AVX2 with FMA.
#include "level.h"
#if defined(__x86_64__)
#define VECTORS 1
#define TILE_ROWS 6
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "rowwise.h"
#include "product.h"
#include "inputs_f32.h"
#include "layer.h"
#pragma clang attribute pop

const osu_encoder_level osu_encoder_avx2 = LEVEL_TABLE;
#endif
