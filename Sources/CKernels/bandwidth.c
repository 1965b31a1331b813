// What memory gives to a plain reader, to hold a decoder's speed against.
#include "CKernels.h"
#include "vectors.h"

typedef uint64_t u8x8 __attribute__((vector_size(64)));

INLINE void osu_read_bytes_body(const uint8_t *bytes, size_t n, uint64_t *sum, int wide) {
  (void)wide;
  u8x8 sums[4] = {{0}};
  for (size_t i = 0; i + 256 <= n; i += 256)
    for (int j = 0; j < 4; j++) {
      u8x8 v;
      memcpy(&v, bytes + i + j * 64, 64);
      sums[j] += v;
    }
  u8x8 all = sums[0] + sums[1] + sums[2] + sums[3];
  for (int j = 0; j < 8; j++) *sum += all[j];
}
FOR_EACH_LEVEL(osu_read_bytes, (const uint8_t *bytes, size_t n, uint64_t *sum, int level), bytes, n, sum)
