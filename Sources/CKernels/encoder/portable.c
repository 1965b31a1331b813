// The layer for any processor: vectors of four floats, which every target's baseline has.
#include "level.h"
#define LANES 4
#include "vectors.h"
#include "product.h"
#include "inputs_f32.h"
#include "layer.h"

const osu_encoder_level osu_encoder_portable = LEVEL_TABLE;
