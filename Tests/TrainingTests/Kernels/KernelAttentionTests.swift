import CKernels
import Foundation
import LanguageModel
import Testing

/// Attention over packed documents, against the definition and finite differences.
@Suite struct KernelAttentionTests {
  struct Shape: CustomTestStringConvertible, Sendable {
    let heads: Int
    let keyHeads: Int
    let size: Int
    let documents: [Int]
    var rows: Int { documents.reduce(0, +) }
    var queryStride: Int { heads * size + 1 }
    var keyStride: Int { keyHeads * size + 3 }
    var outStride: Int { heads * size + 2 }
    var scale: Double { 1 / Double(size).squareRoot() }
    var starts: [Int32] {
      var start: Int32 = 0
      return documents.flatMap { length in
        defer { start += Int32(length) }
        return [Int32](repeating: start, count: length)
      }
    }
    var testDescription: String { "\(heads)/\(keyHeads) heads of \(size), documents \(documents)" }

    /// out and, for dout, the gradients of q, k and v; in doubles, as the formulas say.
    func reference(_ q: [Float], _ k: [Float], _ v: [Float], _ dout: [Float]) -> [[Double]] {
      var out = [Double](repeating: 0, count: rows * outStride), dq = [Double](repeating: 0, count: q.count)
      var dk = [Double](repeating: 0, count: k.count), dv = dk
      for head in 0..<heads {
        let keyHead = head / (heads / keyHeads)
        for row in 0..<rows {
          let keys = Int(starts[row])...row
          let query = row * queryStride + head * size, to = row * outStride + head * size
          func key(_ j: Int) -> Int { j * keyStride + keyHead * size }
          let scores = keys.map { j in scale * (0..<size).reduce(0.0) { $0 + Double(q[query + $1]) * Double(k[key(j) + $1]) } }
          let top = scores.max()!
          let powers = scores.map { exp($0 - top) }, sum = powers.reduce(0, +)
          let shares = powers.map { $0 / sum }
          for (share, j) in zip(shares, keys) { for d in 0..<size { out[to + d] += share * Double(v[key(j) + d]) } }
          let toShares = keys.map { j in (0..<size).reduce(0.0) { $0 + Double(dout[to + $1]) * Double(v[key(j) + $1]) } }
          let mean = zip(shares, toShares).reduce(0) { $0 + $1.0 * $1.1 }
          for ((share, slope), j) in zip(zip(shares, toShares), keys) {
            let toScore = share * (slope - mean) * scale
            for d in 0..<size {
              dq[query + d] += toScore * Double(k[key(j) + d])
              dk[key(j) + d] += toScore * Double(q[query + d])
              dv[key(j) + d] += share * Double(dout[to + d])
            }
          }
        }
      }
      return [out, dq, dk, dv]
    }

    /// The same by the kernels; what stands between the rows stays 0.
    func kernels(_ trainer: OpaquePointer, _ precision: osu_train_precision, _ q: [Float], _ k: [Float], _ v: [Float], _ dout: [Float])
      -> [[Float]]
    {
      var out = [Float](repeating: 0, count: rows * outStride), dq = [Float](repeating: 0, count: q.count)
      var dk = [Float](repeating: 0, count: k.count), dv = dk
      var logs = [Float](repeating: .nan, count: heads * rows), dots = logs
      starts.withUnsafeBufferPointer { starts in
        var shape = osu_train_attention_shape(
          heads: heads, kv_heads: keyHeads, head_dim: size, rows: rows, starts: starts.baseAddress, q_stride: queryStride,
          kv_stride: keyStride, out_stride: outStride, scale: Float(scale), precision: precision)
        osu_train_attention(trainer, &shape, q, k, v, &out, &logs)
        osu_train_attention_backward(trainer, &shape, q, k, v, out, logs, dout, &dq, &dk, &dv, &dots)
      }
      return [out, dq, dk, dv]
    }

    func inputs(_ seed: UInt64) -> (q: [Float], k: [Float], v: [Float], dout: [Float]) {
      var random = RandomSource(seed: seed)
      return (
        random.floats(rows * queryStride, -3...3), random.floats(rows * keyStride, -3...3), random.floats(rows * keyStride),
        random.floats(rows * outStride)
      )
    }
  }

  private static let shapes = [
    Shape(heads: 1, keyHeads: 1, size: 16, documents: [1, 40]),
    Shape(heads: 2, keyHeads: 1, size: 16, documents: [5, 1, 1, 30]),
    Shape(heads: 4, keyHeads: 2, size: 48, documents: [95, 2, 100]),
    Shape(heads: 3, keyHeads: 3, size: 32, documents: [96, 97, 193]),
    Shape(heads: 2, keyHeads: 1, size: 80, documents: [260]),
    Shape(heads: 1, keyHeads: 1, size: 64, documents: [10, 20, 30, 40, 50, 60, 70, 80]),
  ]

  @Test(arguments: SIMDLevel.available, shapes) func outputsAndGradientsAreThoseOfTheFormulas(level: SIMDLevel, shape: Shape) throws {
    let (q, k, v, dout) = shape.inputs(UInt64(shape.rows))
    let expected = shape.reference(q, k, v, dout)
    let trainer = try kernelTrainer(level)
    defer { osu_trainer_destroy(trainer) }
    for (precision, bound) in [(OSU_TRAIN_F32, 1e-5), (OSU_TRAIN_BF16, 5e-2)] {
      let results = shape.kernels(trainer, precision, q, k, v, dout)
      for (name, (result, wanted)) in zip(["out", "dq", "dk", "dv"], zip(results, expected)) {
        #expect(difference(result, wanted) < bound, "\(name), precision \(precision.rawValue)")
      }
    }
  }

  /// The formulas' gradients themselves, so that an error in them cannot hide one of the kernels.
  @Test func gradientsAreSlopes() {
    let shape = Shape(heads: 2, keyHeads: 1, size: 16, documents: [3, 4])
    let (q, k, v, dout) = shape.inputs(1)
    let gradients = shape.reference(q, k, v, dout)
    func loss(_ q: [Float], _ k: [Float], _ v: [Float]) -> Double { dot(shape.reference(q, k, v, dout)[0], dout) }
    for (index, (input, gradient)) in zip([q, k, v], gradients[1...]).enumerated() {
      for place in stride(from: 0, to: input.count, by: 5) {
        var moved = input
        moved[place] += 0.0078125
        let above = loss(index == 0 ? moved : q, index == 1 ? moved : k, index == 2 ? moved : v)
        moved[place] = input[place] - 0.0078125
        let below = loss(index == 0 ? moved : q, index == 1 ? moved : k, index == 2 ? moved : v)
        #expect(abs((above - below) / 0.015625 - gradient[place]) < 2e-4)
      }
    }
  }

  @Test(arguments: SIMDLevel.available) func membersDoNotChangeABit(level: SIMDLevel) throws {
    let shape = Shape(heads: 4, keyHeads: 2, size: 32, documents: [50, 150, 3, 250])
    let (q, k, v, dout) = shape.inputs(2)
    let results = try [Int32(1), 3].map { members in
      let trainer = try kernelTrainer(level, members: members)
      defer { osu_trainer_destroy(trainer) }
      return shape.kernels(trainer, OSU_TRAIN_BF16, q, k, v, dout)
    }
    #expect(results[0] == results[1])
  }

  /// Neither what stands in another document nor what comes later may reach a row, be it as large as it likes.
  @Test(arguments: SIMDLevel.available) func documentsDoNotSeeEachOther(level: SIMDLevel) throws {
    let both = Shape(heads: 2, keyHeads: 1, size: 16, documents: [40, 70]), alone = Shape(heads: 2, keyHeads: 1, size: 16, documents: [70])
    var (q, k, v, dout) = both.inputs(4)
    for index in 0..<40 * both.keyStride { (k[index], v[index]) = (1e6 * k[index], 1e6 * v[index]) }
    let trainer = try kernelTrainer(level)
    defer { osu_trainer_destroy(trainer) }
    let together = both.kernels(trainer, OSU_TRAIN_F32, q, k, v, dout)
    (q, k) = (Array(q[(40 * both.queryStride)...]), Array(k[(40 * both.keyStride)...]))
    (v, dout) = (Array(v[(40 * both.keyStride)...]), Array(dout[(40 * both.outStride)...]))
    let apart = alone.kernels(trainer, OSU_TRAIN_F32, q, k, v, dout)
    for (whole, part) in zip(together, apart) { #expect(difference(whole.suffix(part.count), part.map(Double.init)) < 1e-5) }
  }
}

private func difference(_ values: ArraySlice<Float>, _ expected: [Double]) -> Double { difference(Array(values), expected) }
