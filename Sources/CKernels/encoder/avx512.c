// The layer for AVX-512.
#include "level.h"
#if defined(__x86_64__)
#define VECTORS 2
#define TILE_ROWS 12
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)
#include "rowwise.h"
#include "product.h"
#include "inputs_f32.h"
#include "layer.h"
#pragma clang attribute pop

const osu_encoder_level osu_encoder_avx512 = LEVEL_TABLE;
#endif
