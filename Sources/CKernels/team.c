// A team of threads for the steps of a model, which are microseconds apart: waiting spins, and parks in the kernel only when
// nothing comes for a while.
#define _GNU_SOURCE
#include "CKernels.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#if defined(__x86_64__)
#include <immintrin.h>
#define PAUSE() _mm_pause()
#else
#define PAUSE() ((void)0)
#endif

// About 50 µs before a member parks; and 20 µs before one that waits inside a body lets others use the processor, as it must
// where there are more threads than processors.
enum { SPINS_BEFORE_PARKING = 2000, SPINS_BEFORE_YIELDING = 1000 };

struct osu_team {
  int members;
  pthread_t *threads;
  void (*body)(void *, int);
  void *context;
  pthread_mutex_t lock;
  pthread_cond_t wake;
  // Each on a cache line of its own, since one side writes what the others poll.
  _Alignas(64) atomic_uint job;
  _Alignas(64) atomic_int parked;
  _Alignas(64) atomic_int arrived;
  _Alignas(64) atomic_uint phase;
  atomic_int ending;
};

typedef struct {
  osu_team *team;
  int member;
} seat;

void osu_team_barrier(osu_team *team) {
  if (team->members == 1) return;
  unsigned phase = atomic_load_explicit(&team->phase, memory_order_relaxed);
  if (atomic_fetch_add_explicit(&team->arrived, 1, memory_order_acq_rel) == team->members - 1) {
    atomic_store_explicit(&team->arrived, 0, memory_order_relaxed);
    atomic_store_explicit(&team->phase, phase + 1, memory_order_release);
    return;
  }
  for (int spins = 0; atomic_load_explicit(&team->phase, memory_order_acquire) == phase; spins++) {
    if (spins < SPINS_BEFORE_YIELDING) PAUSE();
    else sched_yield();
  }
}

static void wait_for_job(osu_team *team, unsigned seen) {
  for (int spins = 0; spins < SPINS_BEFORE_PARKING; spins++) {
    if (atomic_load_explicit(&team->job, memory_order_acquire) != seen) return;
    // Whoever reads the text that is written wants a processor now and then, and better this one than the caller's.
    if (spins % 64 == 63) sched_yield();
    else PAUSE();
  }
  pthread_mutex_lock(&team->lock);
  atomic_fetch_add(&team->parked, 1);
  while (atomic_load(&team->job) == seen) pthread_cond_wait(&team->wake, &team->lock);
  atomic_fetch_sub(&team->parked, 1);
  pthread_mutex_unlock(&team->lock);
}

static void *serve(void *argument) {
  seat here = *(seat *)argument;
  free(argument);
  unsigned seen = 0;
  for (;;) {
    wait_for_job(here.team, seen);
    seen++;
    if (atomic_load(&here.team->ending)) return NULL;
    here.team->body(here.team->context, here.member);
    osu_team_barrier(here.team);
  }
}

static void announce(osu_team *team) {
  // Sequentially consistent on both sides: either the member sees the job before it sleeps, or we see that it is parked.
  atomic_fetch_add(&team->job, 1);
  if (atomic_load(&team->parked) == 0) return;
  pthread_mutex_lock(&team->lock);
  pthread_cond_broadcast(&team->wake);
  pthread_mutex_unlock(&team->lock);
}

osu_team *osu_team_create(int members) {
  osu_team *team = aligned_alloc(64, (sizeof(osu_team) + 63) / 64 * 64);
  if (!team) return NULL;
  *team = (osu_team){.members = 1, .threads = calloc((size_t)(members > 1 ? members : 1), sizeof(pthread_t))};
  pthread_mutex_init(&team->lock, NULL);
  pthread_cond_init(&team->wake, NULL);
  if (!team->threads) return team;
  // Members are counted before the first of them can come to a barrier; a thread that cannot be had makes the team smaller.
  for (int member = 1; member < members; member++) {
    seat *place = malloc(sizeof(seat));
    if (!place) break;
    *place = (seat){team, member};
    if (pthread_create(&team->threads[member], NULL, serve, place)) {
      free(place);
      break;
    }
    team->members = member + 1;
  }
  return team;
}

void osu_team_destroy(osu_team *team) {
  if (!team) return;
  atomic_store(&team->ending, 1);
  announce(team);
  for (int member = 1; member < team->members; member++) pthread_join(team->threads[member], NULL);
  pthread_mutex_destroy(&team->lock);
  pthread_cond_destroy(&team->wake);
  free(team->threads);
  free(team);
}

int osu_team_members(const osu_team *team) { return team->members; }

void osu_team_run(osu_team *team, void (*body)(void *, int), void *context) {
  team->body = body;
  team->context = context;
  if (team->members > 1) announce(team);
  body(context, 0);
  osu_team_barrier(team);
}
