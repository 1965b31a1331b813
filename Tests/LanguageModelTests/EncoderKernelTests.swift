import CKernels
import Foundation
import LanguageModel
import Testing

/// The encoder's kernels against their definitions, at every level that the machine can run.
@Suite struct EncoderKernelTests {
  @Test(arguments: SIMDLevel.available) func geluIsWithinItsBound(level: SIMDLevel) {
    let inputs = (0..<48_000).map { Float($0 - 24_000) / 2000 } + [-1e4, -100, 100, 1e4] + [Float](repeating: 0, count: 12)
    var values = inputs
    osu_encoder_gelu(&values, values.count, level.rawValue)
    for (x, value) in zip(inputs, values) {
      let expected = 0.5 * Double(x) * (1 + erf(Double(x) / 2.0.squareRoot()))
      #expect(abs(Double(value) - expected) < max(1e-5, 1e-6 * abs(expected)), "\(x)")
    }
  }

  @Test(arguments: SIMDLevel.available, [1, 2, 15, 16, 17, 31, 32, 33, 200, 256])
  func exponentsAreThoseOfTheDifferences(level: SIMDLevel, length: Int) {
    let padded = (length + 31) / 32 * 32
    let inputs = (0..<length).map { _ in Float.random(in: -40...40) }
    // What stands beyond the length must not count, whatever it is.
    var values = inputs + [Float](repeating: .nan, count: padded - length)
    let sum = osu_encoder_exponents(&values, length, padded, level.rawValue)
    let top = Double(inputs.max()!)
    var expectedSum = 0.0
    for (x, value) in zip(inputs, values) {
      let expected = exp(Double(x) - top)
      expectedSum += expected
      #expect(abs(Double(value) - expected) <= 4e-6 * expected + 1e-37)
    }
    #expect(values[length...].allSatisfy { $0 == 0 })
    #expect(abs(Double(sum) - expectedSum) < 1e-5 * expectedSum)
  }

  /// Small whole numbers are exact in bf16 as in floats, so that every level must give the same numbers, and the right ones.
  @Test(arguments: SIMDLevel.available, Array(1...30)) func productsOfWholeNumbersAreExact(level: SIMDLevel, rows: Int) {
    let (outputs, inputs) = [(32, 32), (96, 64), (64, 160)][rows % 3]
    let a = (0..<rows * inputs).map { _ in Float(Int.random(in: -8...8)) }
    let weight = (0..<outputs * inputs).map { _ in Float(Int.random(in: -8...8)) }
    let bias = (0..<outputs).map { _ in Float(Int.random(in: -8...8)) }
    var y = [Float](repeating: .nan, count: rows * outputs)
    let packed = UnsafeMutableRawPointer.allocate(
      byteCount: osu_encoder_packed_bytes(outputs, inputs, level.rawValue), alignment: 64)
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: rows * inputs * 4, alignment: 64)
    defer {
      packed.deallocate()
      scratch.deallocate()
    }
    osu_encoder_pack(weight, outputs, inputs, packed, level.rawValue)
    bias.withUnsafeBufferPointer { bias in
      var dense = osu_encoder_dense(weight: packed, bias: bias.baseAddress, outputs: outputs, inputs: inputs)
      osu_encoder_product(a, rows, &dense, &y, scratch, level.rawValue)
    }
    for row in 0..<rows {
      for output in 0..<outputs {
        let expected = (0..<inputs).reduce(bias[output]) { $0 + a[row * inputs + $1] * weight[output * inputs + $1] }
        #expect(y[row * outputs + output] == expected)
      }
    }
  }
}
