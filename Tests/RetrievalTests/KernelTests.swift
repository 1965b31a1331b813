import CKernels
import Testing

/// The wide kernels against plain arithmetic, on sizes that leave tails.
@Suite struct KernelTests {
  static let levels: [Int32] = (0...2).filter { $0 <= osu_simd_available() }

  @Test(arguments: levels, [(1, 1, 1), (3, 5, 7), (4, 4, 16), (5, 9, 33), (12, 30, 384), (7, 17, 100)])
  func matrixProduct(level: Int32, size: (Int, Int, Int)) {
    let (m, n, k) = size
    let a = (0..<m * k).map { _ in Float.random(in: -1...1) }
    let b = (0..<n * k).map { _ in Float.random(in: -1...1) }
    let bias = (0..<n).map { _ in Float.random(in: -1...1) }
    var c = [Float](repeating: 0, count: m * n)
    osu_gemm_nt_f32(a, b, bias, &c, m, n, k, n, level)
    for row in 0..<m {
      for column in 0..<n {
        let expected = (0..<k).reduce(bias[column]) { $0 + a[row * k + $1] * b[column * k + $1] }
        #expect(abs(c[row * n + column] - expected) < 1e-3)
      }
    }
  }

  @Test(arguments: [1, 15, 16, 31, 32, 100, 384]) func scan(dimension: Int) {
    let count = 13
    let rows = (0..<count * dimension).map { _ in Int8.random(in: -127...127) }
    let query = (0..<dimension).map { _ in Int8.random(in: -127...127) }
    var sums = [Int32](repeating: 0, count: count)
    osu_scan_i8(rows, query, count, dimension, &sums)
    for row in 0..<count {
      let expected = (0..<dimension).reduce(Int32(0)) { $0 + Int32(rows[row * dimension + $1]) * Int32(query[$1]) }
      #expect(sums[row] == expected)
    }
  }
}
