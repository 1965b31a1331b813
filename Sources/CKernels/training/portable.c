// Products and attention for any processor: the compiler makes of a vector what the target's baseline has.
#include "level.h"
#define VECTORS 1
#define TILE_ROWS 3
#include "tile.h"
#include "attention.h"

const osu_train_level osu_train_portable = {TILE_ROWS, COLUMNS, 1, pack, multiply, attention, attention_backward};
