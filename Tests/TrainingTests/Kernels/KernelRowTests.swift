import CKernels
import Foundation
import LanguageModel
import Testing

/// What stands between the products, against the definitions and finite differences.
@Suite struct KernelRowTests {
  private static func norm(_ x: [Double], _ gamma: [Double], epsilon: Double = 1e-5) -> [Double] {
    let width = gamma.count
    return stride(from: 0, to: x.count, by: width).flatMap { start in
      let row = x[start..<start + width]
      let scale = 1 / (row.reduce(0) { $0 + $1 * $1 } / Double(width) + epsilon).squareRoot()
      return zip(row, gamma).map { $0 * scale * $1 }
    }
  }

  @Test(arguments: SIMDLevel.available, [3, 16, 37, 64]) func normAndItsGradients(level: SIMDLevel, width: Int) throws {
    var random = RandomSource(seed: UInt64(width))
    let rows = 7
    let x = random.floats(rows * width), gamma = random.floats(width, 0.5...1.5), dy = random.floats(rows * width)
    let trainer = try kernelTrainer(level)
    defer { osu_trainer_destroy(trainer) }
    var y = [Float](repeating: .nan, count: x.count)
    var inverse = [Float](repeating: .nan, count: rows)
    osu_train_rms_norm(trainer, x, gamma, &y, &inverse, rows, width, 1e-5)
    #expect(difference(y, Self.norm(x.map(Double.init), gamma.map(Double.init))) < 1e-6)

    let expectedX = slopes(x.map(Double.init)) { dot(Self.norm($0, gamma.map(Double.init)), dy) }
    let expectedGamma = slopes(gamma.map(Double.init)) { dot(Self.norm(x.map(Double.init), $0), dy) }
    var dx = [Float](repeating: 2, count: x.count)
    var dgamma = [Float](repeating: 1, count: width)
    osu_train_rms_norm_backward(trainer, dy, x, gamma, inverse, &dx, &dgamma, rows, width, 1)
    #expect(difference(dx, expectedX.map { $0 + 2 }) < 1e-5)
    #expect(difference(dgamma, expectedGamma.map { $0 + 1 }) < 1e-5)

    var inPlace = dy
    inPlace.withUnsafeMutableBufferPointer {
      osu_train_rms_norm_backward(trainer, $0.baseAddress, x, gamma, inverse, $0.baseAddress, nil, rows, width, 0)
    }
    #expect(difference(inPlace, expectedX) < 1e-5)
  }

  @Test(arguments: SIMDLevel.available, [8, 16, 24, 40]) func rotationTurnsAndTurnsBack(level: SIMDLevel, pairs: Int) throws {
    var random = RandomSource(seed: UInt64(pairs))
    let (rows, heads) = (9, 3)
    let rowStride = heads * 2 * pairs + 5
    let positions: [Int32] = [0, 1, 2, 3, 0, 1, 2, 11, 7]
    let frequencies = (0..<pairs).map { Float(pow(100, -Double($0) / Double(pairs))) }
    var tables = [Float](repeating: 0, count: 12 * 2 * pairs)
    tables.withUnsafeMutableBufferPointer { table in
      for position in 0..<12 { osu_rope_angles(Double(position), frequencies, 1, pairs, table.baseAddress! + position * 2 * pairs) }
    }
    let x = random.floats(rows * rowStride)
    let trainer = try kernelTrainer(level)
    defer { osu_trainer_destroy(trainer) }
    for halves in [false, true] {
      var expected = x.map(Double.init)
      for row in 0..<rows {
        for head in 0..<heads {
          for pair in 0..<pairs {
            let start = row * rowStride + head * 2 * pairs
            let (first, second) = halves ? (start + pair, start + pairs + pair) : (start + 2 * pair, start + 2 * pair + 1)
            let angle = Double(positions[row]) * Double(frequencies[pair])
            expected[first] = Double(x[first]) * cos(angle) - Double(x[second]) * sin(angle)
            expected[second] = Double(x[first]) * sin(angle) + Double(x[second]) * cos(angle)
          }
        }
      }
      var y = x
      osu_train_rope(trainer, &y, rowStride, rows, heads, pairs, positions, tables, halves ? 1 : 0, 0)
      #expect(difference(y, expected) < 1e-6)
      // A rotation's transpose is its inverse.
      osu_train_rope(trainer, &y, rowStride, rows, heads, pairs, positions, tables, halves ? 1 : 0, 1)
      #expect(difference(y, x.map(Double.init)) < 1e-6)
    }
  }

  @Test(arguments: SIMDLevel.available, [5, 16, 35]) func gateAndItsGradients(level: SIMDLevel, width: Int) throws {
    var random = RandomSource(seed: UInt64(width))
    let (rows, inStride, outStride) = (6, 2 * width + 1, width + 2)
    let both = random.floats(rows * inStride, -6...6), dy = random.floats(rows * outStride)
    func gated(_ both: [Double]) -> [Double] {
      var y = [Double](repeating: 0, count: rows * outStride)
      for row in 0..<rows {
        for column in 0..<width {
          let gate = both[row * inStride + column]
          y[row * outStride + column] = gate / (1 + exp(-gate)) * both[row * inStride + width + column]
        }
      }
      return y
    }
    let trainer = try kernelTrainer(level)
    defer { osu_trainer_destroy(trainer) }
    var y = [Float](repeating: 0, count: rows * outStride)
    both.withUnsafeBufferPointer {
      osu_train_silu_gate(trainer, $0.baseAddress, $0.baseAddress! + width, inStride, &y, outStride, rows, width)
    }
    #expect(difference(y, gated(both.map(Double.init))) < 1e-6)

    let expected = slopes(both.map(Double.init)) { dot(gated($0), dy) }
    // In place, which must leave what stands between the rows alone.
    var slope = both
    slope.withUnsafeMutableBufferPointer {
      let (gate, up) = ($0.baseAddress!, $0.baseAddress! + width)
      osu_train_silu_gate_backward(trainer, dy, outStride, gate, up, gate, up, inStride, rows, width)
    }
    for row in 0..<rows {
      #expect(slope[row * inStride + 2 * width] == both[row * inStride + 2 * width])
      slope[row * inStride + 2 * width] = 0
    }
    #expect(difference(slope, expected) < 1e-5)
  }

  @Test func farGatesStayNumbers() throws {
    for level in SIMDLevel.available {
      let trainer = try kernelTrainer(level)
      defer { osu_trainer_destroy(trainer) }
      let gate: [Float] = [-1000, -90, 0, 90, 1000], up = [Float](repeating: 2, count: 5), dy = [Float](repeating: 1, count: 5)
      var y = [Float](repeating: .nan, count: 5), dgate = y, dup = y
      osu_train_silu_gate(trainer, gate, up, 5, &y, 5, 1, 5)
      osu_train_silu_gate_backward(trainer, dy, 5, gate, up, &dgate, &dup, 5, 1, 5)
      #expect(difference(y, [0, 0, 0, 180, 2000]) < 1e-6)
      #expect(difference(dgate, [0, 0, 1, 2, 2]) < 1e-6)
      #expect(difference(dup, [0, 0, 0, 90, 1000]) < 1e-6)
    }
  }

  @Test func rowsOfATableByToken() throws {
    var random = RandomSource(seed: 3)
    let (rows, width, vocabulary) = (200, 130, 20)
    let table = random.floats(vocabulary * width), dy = random.floats(rows * width)
    let tokens = (0..<rows).map { _ in Int32(random.unit() * 21) - 1 }
    var results: [[Float]] = []
    for members in [Int32(1), 3] {
      let trainer = try kernelTrainer(.best, members: members)
      defer { osu_trainer_destroy(trainer) }
      var y = [Float](repeating: 7, count: rows * width)
      osu_train_gather(trainer, table, tokens, &y, rows, width)
      var dtable = table
      osu_train_scatter_add(trainer, &dtable, tokens, dy, rows, width)
      var sums = table
      for (row, token) in tokens.enumerated() {
        let from = row * width
        let expected = token < 0 ? [Float](repeating: 7, count: width) : Array(table[Int(token) * width..<(Int(token) + 1) * width])
        #expect(Array(y[from..<from + width]) == expected)
        guard token >= 0 else { continue }
        for column in 0..<width { sums[Int(token) * width + column] += dy[from + column] }
      }
      #expect(dtable == sums)
      results.append(dtable)
    }
    #expect(results[0] == results[1])
  }
}
