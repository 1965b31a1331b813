import CKernels
import Testing

/// The steps of sparse linear models at every instruction set against plain arithmetic, on sizes that leave tails.
@Suite struct LinearKernelTests {
  @Test(arguments: KernelTests.levels, [1, 7, 8, 13, 16, 17, 31, 250])
  func addsAScaledRow(level: Int32, count: Int) {
    let x = (0..<count).map { _ in Float.random(in: -1...1) }
    let before = (0..<count).map { _ in Float.random(in: -1...1) }
    // One value more than the row: what lies behind it stays as it is.
    var y = before + [42]
    osu_axpy_f32(&y, x, 0.37, count, level)
    for i in 0..<count { #expect(abs(y[i] - (before[i] + 0.37 * x[i])) < 1e-6) }
    #expect(y[count] == 42)
  }

  @Test(arguments: KernelTests.levels, [1, 7, 8, 13, 16, 17, 31, 250])
  func takesAnAdaGradStep(level: Int32, count: Int) {
    let gradient = (0..<count).map { _ in Float.random(in: -1...1) }
    let weights = (0..<count).map { _ in Float.random(in: -1...1) }
    let squares = (0..<count).map { _ in Float.random(in: 0.1...2) }
    var (w, h) = (weights + [42], squares + [42])
    osu_adagrad_f32(&w, &h, gradient, 0.6, 0.25, 1e-2, count, level)
    for i in 0..<count {
      let slope = gradient[i] * 0.6 + 1e-2 * weights[i]
      let square = squares[i] + slope * slope
      #expect(abs(h[i] - square) < 1e-5)
      #expect(abs(w[i] - (weights[i] - 0.25 * slope / square.squareRoot())) < 1e-5)
    }
    #expect(w[count] == 42 && h[count] == 42)
  }
}
