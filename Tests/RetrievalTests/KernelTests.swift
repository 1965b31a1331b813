import CKernels
import Testing

/// The wide kernels against plain arithmetic, on sizes that leave tails.
@Suite struct KernelTests {
  static let levels = Array(0...osu_simd_available())

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
