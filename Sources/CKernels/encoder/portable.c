// The layer for any processor: the compiler makes of a vector what the target's baseline has.
#include "level.h"
#define VECTORS 1
#define TILE_ROWS 3
#include "rowwise.h"
#include "product.h"
#include "inputs_f32.h"
#include "layer.h"

const osu_encoder_level osu_encoder_portable = LEVEL_TABLE;
