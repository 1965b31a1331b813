// The few largest of many numbers: what sampling needs of a vocabulary's logits.
#include "CKernels.h"
#include "vectors.h"
#include <math.h>
#include <stdlib.h>

// Not-a-number compares as smaller than anything, so that it is never chosen.
INLINE float clean(float x) { return x == x ? x : -INFINITY; }

INLINE v16 clean16(v16 x) {
  i16 is_number = x == x;
  return (v16)(((i16)x & is_number) | ((i16)splat(-INFINITY) & ~is_number));
}

INLINE void osu_argmax_body(const float *x, size_t n, ptrdiff_t *best, int wide) {
  (void)wide;
  v16 top = splat(-INFINITY);
  size_t i = 0;
  for (; i + 16 <= n; i += 16) top = max16(top, clean16(load16(x + i)));
  float largest = top16(top);
  for (; i < n; i++) largest = clean(x[i]) > largest ? x[i] : largest;
  *best = -1;
  for (i = 0; i < n; i++)
    if (x[i] == largest) {
      *best = (ptrdiff_t)i;
      return;
    }
}
FOR_EACH_LEVEL(osu_argmax, (const float *x, size_t n, ptrdiff_t *best, int level), x, n, best)

INLINE void osu_select_above_body(const float *x, size_t n, float threshold, int32_t *indices, size_t *count, int wide) {
  (void)wide;
  size_t i = 0, found = 0;
  for (; i + 16 <= n; i += 16) {
    // Most sixteens hold none.
    if (!__builtin_reduce_or(load16(x + i) >= threshold)) continue;
    for (size_t j = i; j < i + 16; j++)
      if (x[j] >= threshold) indices[found++] = (int32_t)j;
  }
  for (; i < n; i++)
    if (x[i] >= threshold) indices[found++] = (int32_t)i;
  *count = found;
}
FOR_EACH_LEVEL(osu_select_above, (const float *x, size_t n, float threshold, int32_t *indices, size_t *count, int level), x, n, threshold,
               indices, count)

INLINE void osu_maxima_of_16_body(const float *x, size_t n, float *tops, int wide) {
  (void)wide;
  // Sixteen strided groups of each 256: a maximum over vectors, not within one.
  for (size_t b = 0; b < n / 256; b++) {
    v16 top = clean16(load16(x + b * 256));
    for (size_t i = 16; i < 256; i += 16) top = max16(top, clean16(load16(x + b * 256 + i)));
    store16(tops + b * 16, top);
  }
}
FOR_EACH_LEVEL(osu_maxima_of_16, (const float *x, size_t n, float *tops, int level), x, n, tops)

float osu_top_bound(const float *x, size_t n, size_t k, int level) {
  size_t groups = n / 256 * 16;
  if (k == 0 || k > groups) return -INFINITY;
  float *tops = malloc(groups * sizeof(float)), *heap = malloc(k * sizeof(float));
  float bound = -INFINITY;
  if (tops && heap) {
    osu_maxima_of_16(x, n, tops, level);
    // The k largest so far in a heap, the smallest at its root.
    for (size_t i = 0; i < k; i++) heap[i] = -INFINITY;
    for (size_t i = 0; i < groups; i++) {
      if (tops[i] <= heap[0]) continue;
      size_t at = 0;
      for (size_t child; (child = 2 * at + 1) < k; at = child) {
        if (child + 1 < k && heap[child + 1] < heap[child]) child++;
        if (heap[child] >= tops[i]) break;
        heap[at] = heap[child];
      }
      heap[at] = tops[i];
    }
    bound = heap[0];
  }
  free(tops);
  free(heap);
  return bound;
}
