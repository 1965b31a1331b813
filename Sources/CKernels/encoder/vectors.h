// Vectors of LANES floats in the compiler's portable notation; each instruction set's file includes this with its own width.
typedef float vector __attribute__((vector_size(LANES * 4)));
typedef int32_t lanes_i32 __attribute__((vector_size(LANES * 4)));
#define INLINE static inline __attribute__((always_inline))

INLINE vector load(const float *p) {
  vector v;
  memcpy(&v, p, sizeof v);
  return v;
}
INLINE void store(float *p, vector v) { memcpy(p, &v, sizeof v); }
INLINE vector all(float x) { return x - (vector){0}; }
INLINE vector choose(lanes_i32 mask, vector yes, vector no) { return (vector)((mask & (lanes_i32)yes) | (~mask & (lanes_i32)no)); }
INLINE vector larger(vector a, vector b) { return choose(a > b, a, b); }
INLINE vector smaller(vector a, vector b) { return choose(a < b, a, b); }
INLINE float sum(vector v) {
  float s = 0;
  for (int i = 0; i < LANES; i++) s += v[i];
  return s;
}

/// e^x for x <= 0 as 2^n times a polynomial of the rest (Cephes, expf): relative error below 2e-7 down to e^-87, where it stays.
INLINE vector exponent(vector x) {
  x = larger(x, all(-87.0f));
  // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the lowest bits.
  const float shift = 12582912.0f;
  vector n = x * 1.44269504f + shift;
  lanes_i32 power = (lanes_i32)n << 23;
  n = n - shift;
  x = x - n * 0.693359375f;
  x = x + n * 2.12194440e-4f;
  vector y = all(1.9875691500e-4f);
  y = y * x + 1.3981999507e-3f;
  y = y * x + 8.3334519073e-3f;
  y = y * x + 4.1665795894e-2f;
  y = y * x + 1.6666665459e-1f;
  y = y * x + 5.0000001201e-1f;
  y = y * (x * x) + x + 1.0f;
  return (vector)((lanes_i32)y + power);
}

/// x times the normal distribution's Phi(x) (Hendrycks and Gimpel 2016). Phi(x) = 1/2 + x f(x^2) with a polynomial of degree 10 for f,
/// fitted by Lawson's weighted least squares on |x| <= 4.8 so that the product errs least: below 5e-6 for |x| < 12.
INLINE vector gelu(vector x) {
  vector c = larger(smaller(x, all(4.8f)), all(-4.8f));
  vector s = c * c * 0.0868055556f - 1.0f;
  vector f = all(0.00144371029f);
  f = f * s - 0.00419461215f;
  f = f * s + 0.00539240008f;
  f = f * s - 0.0074433866f;
  f = f * s + 0.0138640646f;
  f = f * s - 0.0221875329f;
  f = f * s + 0.03072083f;
  f = f * s - 0.0405659266f;
  f = f * s + 0.0529040992f;
  f = f * s - 0.0729797557f;
  f = f * s + 0.147212788f;
  vector phi = larger(smaller(c * f + 0.5f, all(1)), all(0));
  return x * phi;
}

static void gelu_all(float *x, size_t n) {
  for (size_t i = 0; i < n; i += LANES) store(x + i, gelu(load(x + i)));
}

/// One row in place: (x - mean) / sqrt(variance + epsilon) * gamma + beta (Ba et al. 2016).
INLINE void layer_norm(float *x, osu_encoder_norm norm, size_t n, float epsilon) {
  vector total = all(0), squares = all(0);
  for (size_t i = 0; i < n; i += LANES) total += load(x + i);
  float mean = sum(total) / (float)n;
  for (size_t i = 0; i < n; i += LANES) {
    vector d = load(x + i) - mean;
    squares += d * d;
  }
  float scale = 1.0f / sqrtf(sum(squares) / (float)n + epsilon);
  for (size_t i = 0; i < n; i += LANES)
    store(x + i, (load(x + i) - mean) * scale * load(norm.gamma + i) + load(norm.beta + i));
}

static float exponents(float *x, size_t length, size_t n) {
  for (size_t i = length; i < n; i++) x[i] = -INFINITY;
  vector most = load(x), total = all(0);
  for (size_t i = LANES; i < n; i += LANES) most = larger(most, load(x + i));
  float top = most[0];
  for (int i = 1; i < LANES; i++) top = most[i] > top ? most[i] : top;
  for (size_t i = 0; i < n; i += LANES) {
    vector e = exponent(load(x + i) - top);
    store(x + i, e);
    total += e;
  }
  // The lanes beyond hold e^-87, too little to be seen in the sum; they must be 0 only for who reads them.
  for (size_t i = length; i < n; i++) x[i] = 0;
  return sum(total);
}
