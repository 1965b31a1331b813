import CKernels
import Testing

@testable import LanguageModel

/// The packed products against plain sums over dequantised weights, at every instruction set and number of tokens.
@Suite struct KernelTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let type: TensorType
    let rows: Int
    let columns: Int
    var testDescription: String { "\(type) \(rows)x\(columns)" }
  }

  static let cases = [
    Case(type: .f32, rows: 75, columns: 100), Case(type: .f16, rows: 33, columns: 70), Case(type: .bf16, rows: 16, columns: 17),
    Case(type: .q8_0, rows: 75, columns: 352), Case(type: .q4_0, rows: 40, columns: 96), Case(type: .q4_K, rows: 49, columns: 512),
    Case(type: .q6_K, rows: 17, columns: 768), Case(type: .q8_0, rows: 1, columns: 32),
  ]

  @Test(arguments: cases) func products(_ test: Case) throws {
    var random = RandomSource(seed: 5)
    let weights = RandomWeights(test.type, rows: test.rows, columns: test.columns, &random)
    let tokens = 15
    let inputs = try Activations(tokens: tokens, width: test.columns)
    for token in 0..<tokens {
      for column in 0..<test.columns { inputs.row(token)[column] = Float.random(in: -1...1, using: &random) }
      inputs.quantize(token, 0..<inputs.stride, SIMDLevel.best.rawValue)
    }
    let groups = (test.rows + 15) / 16
    for level in SIMDLevel.available {
      // Parts of the rows, and every number of tokens that a tile can be left with.
      for count in [1, 2, 3, 4, 5, 6, 7, tokens] {
        let output = try FloatRows(count: tokens, width: test.rows, for: "a test")
        withUnsafePointer(to: inputs.kernel) { kernel in
          for part in [0..<groups / 2, groups / 2..<groups] {
            osu_linear(
              Int32(test.type.rawValue), weights.packed, test.columns, kernel, count, output.base, output.stride, part.lowerBound,
              part.upperBound, 0, level.rawValue)
          }
        }
        for token in 0..<count {
          let found = (0..<test.rows).map { output[token][$0] }
          let error = relativeError(found, weights.product(inputs, token))
          #expect(error < 1e-5, "\(level), token \(token) of \(count): \(error)")
        }
      }
    }
  }

  @Test func normsGatesAndRotationsAgreeAcrossLevels() {
    var random = RandomSource(seed: 6)
    for n in [16, 48, 50, 7] {
      let x = (0..<n).map { _ in Float.random(in: -4...4, using: &random) }
      let y = (0..<n).map { _ in Float.random(in: -4...4, using: &random) }
      let mean = x.reduce(0) { $0 + $1 * $1 } / Float(n)
      let norm = zip(x, y).map { $0 / (mean + 1e-5).squareRoot() * $1 }
      let gate = zip(x, y).map { $0 / (1 + exponential(-$0)) * $1 }
      for level in SIMDLevel.available {
        var found = [Float](repeating: 0, count: n)
        osu_rms_norm(x, y, &found, n, 1e-5, level.rawValue)
        #expect(relativeError(found, norm) < 1e-6)
        osu_silu_gate(x, y, &found, n, level.rawValue)
        #expect(relativeError(found, gate) < 1e-6)
      }
    }
  }

  @Test func rotationTurnsPairs() {
    var table = [Float](repeating: 0, count: 40)
    osu_rope_angles(3, (0..<20).map { 1 / Float($0 + 1) }, 1, 20, &table)
    for halves in [0, 1] {
      for level in SIMDLevel.available {
        var x = (0..<40).map { Float($0) }
        osu_rope(&x, table, 20, Int32(halves), level.rawValue)
        for pair in 0..<20 {
          let (a, b) = halves == 1 ? (pair, pair + 20) : (2 * pair, 2 * pair + 1)
          let (c, s) = (table[pair], table[20 + pair])
          #expect(abs(x[a] - (Float(a) * c - Float(b) * s)) < 1e-4)
          #expect(abs(x[b] - (Float(a) * s + Float(b) * c)) < 1e-4)
        }
      }
    }
  }

  @Test func selectionFindsTheLargest() {
    var random = RandomSource(seed: 8)
    for count in [1, 15, 16, 300, 5000] {
      var numbers = (0..<count).map { _ in Float.random(in: -9...9, using: &random) }
      numbers[count / 2] = .nan
      for level in SIMDLevel.available {
        var best = -2
        osu_argmax(numbers, count, &best, level.rawValue)
        #expect(best == (count == 1 ? -1 : numbers.indices.filter { !numbers[$0].isNaN }.max { numbers[$0] < numbers[$1] }))
        let k = count / 20 + 1
        let bound = osu_top_bound(numbers, count, k, level.rawValue)
        #expect(numbers.filter { $0 >= bound }.count >= min(k, count - 1))
        var found = [Int32](repeating: 0, count: count)
        var selected = 0
        osu_select_above(numbers, count, 4, &found, &selected, level.rawValue)
        #expect(found.prefix(selected).map { Int($0) } == numbers.indices.filter { numbers[$0] >= 4 })
      }
    }
  }
}

import Foundation

private func exponential(_ x: Float) -> Float { Float(exp(Double(x))) }

/// Random blocks of a type, packed, with the plain product.
private struct RandomWeights {
  let packed: [UInt8]
  private let values: [Float]
  private let type: TensorType
  private let rows: Int
  private let columns: Int

  init(_ type: TensorType, rows: Int, columns: Int, _ random: inout RandomSource) {
    (self.type, self.rows, self.columns) = (type, rows, columns)
    let blocks = rows * columns / type.blockSize
    var bytes: [UInt8] = []
    for _ in 0..<blocks {
      var block = (0..<type.blockBytes).map { _ in UInt8.random(in: 0...255, using: &random) }
      // Scales (and numbers of the plain types) between 2^-7 and 2^-5, positive or not.
      func scale(at offset: Int) { block[offset + 1] = 0x20 | block[offset + 1] & 0x87 }
      switch type {
      case .f32: block.replaceSubrange(0..<4, with: withUnsafeBytes(of: Float.random(in: -1...1, using: &random).bitPattern, Array.init))
      case .bf16: block[1] = 0x3F | block[1] & 0x80
      case .f16, .q8_0, .q5_0, .q4_0: scale(at: 0)
      case .q4_K:
        scale(at: 0)
        scale(at: 2)
      case .q6_K: scale(at: 208)
      }
      bytes += block
    }
    // Read by code that shares nothing with the packing, and that TensorCodecTests hold against ggml's reference.
    values = bytes.withUnsafeBytes { type.decode($0, level: .portable) }
    let groups = (rows + 15) / 16
    let size = groups * osu_packed_group_bytes(Int32(type.rawValue), columns)
    packed = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      osu_pack(Int32(type.rawValue), bytes, rows, columns, buffer.baseAddress, 0, groups)
      initialized = size
    }
  }

  func product(_ inputs: Activations, _ token: Int) -> [Float] {
    let input = (0..<columns).map { column -> Double in
      guard type.isQuantized else { return Double(inputs.row(token)[column]) }
      let index = token * inputs.stride + column
      return Double(inputs.kernel.q[index]) * Double(inputs.kernel.scale[index / 32])
    }
    return (0..<rows).map { row in
      Float((0..<columns).reduce(0.0) { $0 + Double(values[row * columns + $1]) * input[$1] })
    }
  }
}
