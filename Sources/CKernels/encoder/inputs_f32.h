// Activations and weights stay floats.
typedef float input;

INLINE void store_input(input *p, v16 v) { store16(p, v); }
INLINE const input *to_inputs(const float *x, input *buffer, size_t n) {
  (void)buffer, (void)n;
  return x;
}
static void multiply(size_t rows, const input *a, size_t k, const input *panel, float *c) {
  multiply_f32(rows, a, k, panel, PANEL, k, c, PANEL);
}
static void pack(const float *weight, size_t outputs, size_t inputs, void *packed) {
  float *to = packed;
  for (size_t j = 0; j < outputs; j += PANEL)
    for (size_t p = 0; p < inputs; p++)
      for (size_t y = 0; y < PANEL; y++) *to++ = weight[(j + y) * inputs + p];
}
