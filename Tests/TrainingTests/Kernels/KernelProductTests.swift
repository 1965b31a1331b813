import CKernels
import LanguageModel
import Testing

/// Matrix products at every level, in both precisions.
@Suite struct KernelProductTests {
  struct Shape: CustomTestStringConvertible, Sendable {
    let m: Int
    let n: Int
    let k: Int
    var testDescription: String { "\(m) x \(n) x \(k)" }
  }

  private static let shapes = [
    Shape(m: 1, n: 1, k: 1), Shape(m: 2, n: 3, k: 5), Shape(m: 12, n: 32, k: 16), Shape(m: 13, n: 33, k: 31), Shape(m: 37, n: 45, k: 129),
    Shape(m: 97, n: 260, k: 33),
    // More than one pass over the rows, the columns and the depth.
    Shape(m: 3100, n: 5, k: 3), Shape(m: 4, n: 2100, k: 7), Shape(m: 20, n: 35, k: 1100),
  ]

  /// Whole numbers are exact, so that every level, precision and number of members must give the right numbers to the bit.
  @Test(arguments: SIMDLevel.available, shapes) func productsOfWholeNumbersAreExact(level: SIMDLevel, shape: Shape) throws {
    var random = RandomSource(seed: UInt64(shape.m * shape.n + shape.k))
    let trainer = try kernelTrainer(level, members: shape.m % 2 == 0 ? 2 : 3)
    defer { osu_trainer_destroy(trainer) }
    let (m, n, k) = (shape.m, shape.n, shape.k)
    for choice in 0..<8 {
      let (transposesA, transposesB, accumulates) = (choice & 1 != 0, choice & 2 != 0, choice & 4 != 0)
      let (aStride, bStride, cStride) = ((transposesA ? m : k) + 3, (transposesB ? k : n) + 1, n + 2)
      let a = random.wholeNumbers((transposesA ? k : m) * aStride), b = random.wholeNumbers((transposesB ? n : k) * bStride)
      let before = random.wholeNumbers(m * cStride)
      var expected = before
      for row in 0..<m {
        for column in 0..<n {
          var sum = accumulates ? before[row * cStride + column] : 0
          for p in 0..<k {
            sum += a[transposesA ? p * aStride + row : row * aStride + p] * b[transposesB ? column * bStride + p : p * bStride + column]
          }
          expected[row * cStride + column] = sum
        }
      }
      for precision in [OSU_TRAIN_F32, OSU_TRAIN_BF16] {
        var c = before
        osu_train_matmul(
          trainer, precision, transposesA ? 1 : 0, transposesB ? 1 : 0, m, n, k, a, aStride, b, bStride, &c, cStride,
          accumulates ? 1 : 0)
        #expect(c == expected, "precision \(precision.rawValue), choice \(choice)")
      }
    }
  }

  @Test(arguments: SIMDLevel.available) func roundsWhatItMultipliesAndNothingElse(level: SIMDLevel) throws {
    var random = RandomSource(seed: 5)
    let (m, n, k) = (30, 50, 300)
    let a = random.floats(m * k), b = random.floats(k * n)
    let trainer = try kernelTrainer(level)
    defer { osu_trainer_destroy(trainer) }
    for precision in [OSU_TRAIN_F32, OSU_TRAIN_BF16] {
      // To eight bits, ties to even.
      func rounded(_ x: Float) -> Double {
        guard precision == OSU_TRAIN_BF16 else { return Double(x) }
        let bits = x.bitPattern
        return Double(Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000))
      }
      var expected = [Double](repeating: 0, count: m * n)
      for row in 0..<m {
        for column in 0..<n {
          for p in 0..<k { expected[row * n + column] += rounded(a[row * k + p]) * rounded(b[p * n + column]) }
        }
      }
      var c = [Float](repeating: .nan, count: m * n)
      osu_train_matmul(trainer, precision, 0, 0, m, n, k, a, k, b, n, &c, n, 0)
      #expect(difference(c, expected) < 2e-6)
    }
  }

  @Test(arguments: SIMDLevel.available) func membersDoNotChangeABit(level: SIMDLevel) throws {
    var random = RandomSource(seed: 9)
    let (m, n, k) = (200, 330, 700)
    let a = random.floats(m * k), b = random.floats(k * n)
    for precision in [OSU_TRAIN_F32, OSU_TRAIN_BF16] {
      let results = try [Int32(1), 2, 4].map { members in
        var c = [Float](repeating: 0.5, count: m * n)
        let trainer = try kernelTrainer(level, members: members)
        defer { osu_trainer_destroy(trainer) }
        osu_train_matmul(trainer, precision, 0, 0, m, n, k, a, k, b, n, &c, n, 1)
        return c
      }
      #expect(results[0] == results[1])
      #expect(results[0] == results[2])
    }
  }

  @Test func emptyProducts() throws {
    let trainer = try kernelTrainer(.best)
    defer { osu_trainer_destroy(trainer) }
    var c: [Float] = [1, 2, 3, 4]
    osu_train_matmul(trainer, OSU_TRAIN_F32, 0, 0, 2, 1, 0, [0], 1, [0], 1, &c, 2, 1)
    #expect(c == [1, 2, 3, 4])
    osu_train_matmul(trainer, OSU_TRAIN_F32, 0, 0, 2, 1, 0, [0], 1, [0], 1, &c, 2, 0)
    #expect(c == [0, 2, 0, 4])
    osu_train_matmul(trainer, OSU_TRAIN_F32, 0, 0, 0, 2, 2, [0], 1, [0], 1, &c, 2, 0)
    #expect(c == [0, 2, 0, 4])
  }
}
