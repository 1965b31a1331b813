import CKernels
import Foundation
import Testing

/// Attention over cache blocks against the formula, at every instruction set and both precisions.
@Suite struct AttentionTests {
  @Test(arguments: [16, 48, 64], [0, 1]) func attention(_ width: Int, _ half: Int) {
    var random = RandomSource(seed: 9)
    let positions = 53
    func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float.random(in: -1...1, using: &random) } }
    let keys = (0..<positions).map { _ in numbers(width) }
    let values = (0..<positions).map { _ in numbers(width) }
    let queries = (0..<7).map { _ in numbers(width) }
    let visible = [1, 16, 17, 53, 40, 32, 2]
    // The blocks stand in the pool in another order.
    let blocks: [Int32] = [3, 0, 4, 1]
    for level in SIMDLevel.available {
      var pool = [UInt8](repeating: 0xFF, count: 5 * 2 * 16 * width * 4)
      var out = [Float](repeating: .nan, count: 7 * width)
      var scores = [Float](repeating: .nan, count: 4 * 64)
      pool.withUnsafeMutableBufferPointer { pool in
        blocks.withUnsafeBufferPointer { blocks in
          var head = osu_kv_head(
            base: pool.baseAddress, blocks: blocks.baseAddress, block_bytes: 2 * 16 * width * 4, head_dim: width, half: Int32(half))
          for position in 0..<positions { osu_kv_write(&head, position, keys[position], values[position], level.rawValue) }
          osu_attention(
            &head, queries.flatMap { $0 }, &out, (0..<7).map { $0 * width }, visible, 7, &scores, level.rawValue)
        }
      }
      for (index, query) in queries.enumerated() {
        let weights = (0..<visible[index]).map { exp(zip(query, keys[$0]).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }) }
        let expected = (0..<width).map { column in
          Float(weights.indices.reduce(0.0) { $0 + weights[$1] * Double(values[$1][column]) } / weights.reduce(0, +))
        }
        let error = relativeError(Array(out[index * width..<(index + 1) * width]), expected)
        #expect(error < (half == 1 ? 2e-3 : 2e-6), "\(level), query \(index): \(error)")
      }
    }
  }

  @Test func halvesRoundAlikeEverywhere() {
    var random = RandomSource(seed: 10)
    // Powers of two apart down to what a half holds as zero.
    let numbers = (0..<64).map { Float.random(in: -1...1, using: &random) * Float(sign: .plus, exponent: 15 - $0 / 2, significand: 1) }
    let stored = SIMDLevel.available.map { level -> [UInt8] in
      var pool = [UInt8](repeating: 0, count: 2 * 16 * 64 * 2)
      pool.withUnsafeMutableBufferPointer { pool in
        withUnsafePointer(to: Int32(0)) { block in
          var head = osu_kv_head(base: pool.baseAddress, blocks: block, block_bytes: 2 * 16 * 64 * 2, head_dim: 64, half: 1)
          osu_kv_write(&head, 0, numbers, numbers, level.rawValue)
        }
      }
      return pool
    }
    #expect(stored.allSatisfy { $0 == stored[0] })
  }
}

@testable import LanguageModel
