// A team with memory, and how work is shared out: in pieces that whoever is free takes, since on a machine that has other things to do
// equal shares do not end at the same time.
#ifndef OSUSUME_TRAINER_H
#define OSUSUME_TRAINER_H
#include "../include/CKernels.h"
#include <stdatomic.h>

enum { OSU_TRAIN_PARTS = 256 };

struct osu_trainer {
  osu_team *team;
  int level;
  /// Sums of the parts of something, added in order at the end.
  double parts[OSU_TRAIN_PARTS];
  /// Memory that matrix products pack their inputs into, and that attention keeps its tiles in; on a cache line.
  float *memory;
  /// The next piece of each of two kinds of work, so that one can begin where the other is not counted to its end.
  _Alignas(64) atomic_size_t next[2];
};

/// work(context, first, last, member) over [0, n) in pieces of `grain`.
typedef void (*osu_train_work)(void *context, size_t first, size_t last, int member);
void osu_train_share(osu_trainer *trainer, size_t n, size_t grain, osu_train_work work, void *context);

/// Rows of `width` floats that are worth a piece of their own.
static inline size_t osu_train_grain(size_t width) { return 1 + 16384 / (width + 1); }
#endif
