// See trainer.h.
#include "trainer.h"
#include "level.h"
#include <stdlib.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

osu_trainer *osu_trainer_create(int members, int level) {
  osu_trainer *trainer = aligned_alloc(64, (sizeof(osu_trainer) + 63) / 64 * 64);
  if (!trainer) return NULL;
  *trainer = (osu_trainer){.team = osu_team_create(members), .level = level};
  if (!trainer->team) {
    free(trainer);
    return NULL;
  }
  size_t attention = (size_t)osu_team_members(trainer->team) * OSU_TRAIN_ATTENTION_FLOATS;
  size_t floats = attention > OSU_TRAIN_PACKED_FLOATS ? attention : OSU_TRAIN_PACKED_FLOATS;
  size_t huge = 2 << 20, bytes = (floats * sizeof(float) + huge - 1) / huge * huge;
  trainer->memory = aligned_alloc(huge, bytes);
  if (!trainer->memory) {
    osu_trainer_destroy(trainer);
    return NULL;
  }
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  // Only advice: where it is refused, small pages serve.
  madvise(trainer->memory, bytes, MADV_HUGEPAGE);
#endif
  return trainer;
}

void osu_trainer_destroy(osu_trainer *trainer) {
  if (!trainer) return;
  osu_team_destroy(trainer->team);
  free(trainer->memory);
  free(trainer);
}

int osu_trainer_members(const osu_trainer *trainer) { return osu_team_members(trainer->team); }

typedef struct {
  osu_trainer *trainer;
  size_t n, grain;
  osu_train_work work;
  void *context;
} shared_work;

static void take_pieces(void *context, int member) {
  const shared_work *shared = context;
  for (;;) {
    size_t first = atomic_fetch_add_explicit(&shared->trainer->next[0], shared->grain, memory_order_relaxed);
    if (first >= shared->n) return;
    size_t left = shared->n - first;
    shared->work(shared->context, first, first + (left < shared->grain ? left : shared->grain), member);
  }
}

void osu_train_share(osu_trainer *trainer, size_t n, size_t grain, osu_train_work work, void *context) {
  if (n <= grain || osu_team_members(trainer->team) == 1) {
    // Member 0's alone: waking the others costs more than a piece.
    for (size_t first = 0; first < n; first += grain) work(context, first, n - first < grain ? n : first + grain, 0);
    return;
  }
  shared_work shared = {trainer, n, grain, work, context};
  atomic_store_explicit(&trainer->next[0], 0, memory_order_relaxed);
  osu_team_run(trainer->team, take_pieces, &shared);
}
