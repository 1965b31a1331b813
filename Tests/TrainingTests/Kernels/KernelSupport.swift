import CKernels
import LanguageModel
import Testing

/// A trainer of the kernels, which the test destroys.
func kernelTrainer(_ level: SIMDLevel, members: Int32 = 2) throws -> OpaquePointer {
  try #require(osu_trainer_create(members, level.rawValue))
}

extension RandomSource {
  mutating func floats(_ count: Int, _ range: ClosedRange<Double> = -1...1) -> [Float] {
    (0..<count).map { _ in Float(range.lowerBound + unit() * (range.upperBound - range.lowerBound)) }
  }

  /// Small whole numbers: exact in bf16, and in every order of a sum.
  mutating func wholeNumbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(Int(unit() * 17) - 8) } }
}

/// The largest difference, relative to the largest number expected.
func difference(_ values: [Float], _ expected: [Double]) -> Double {
  guard values.count == expected.count else { return .infinity }
  let largest = expected.reduce(1e-30) { max($0, abs($1)) }
  return zip(values, expected).reduce(0) { worst, pair in
    let off = abs(Double(pair.0) - pair.1)
    return off.isNaN ? .infinity : max(worst, off)
  } / largest
}

/// The slopes of `loss` at x, by central differences in doubles.
func slopes(_ x: [Double], step: Double = 1e-4, _ loss: ([Double]) -> Double) -> [Double] {
  x.indices.map { index in
    var moved = x
    moved[index] = x[index] + step
    let above = loss(moved)
    moved[index] = x[index] - step
    return (above - loss(moved)) / (2 * step)
  }
}

func dot(_ a: [Double], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * Double($1.1) } }
