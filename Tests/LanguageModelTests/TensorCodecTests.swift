import Foundation
import LanguageModel
import Testing

/// Blocks and numbers that the reference (PyPI package gguf, for Q6_K ggml itself) made; see Scripts/make-quant-fixtures.py.
private struct QuantReference: Decodable {
  var type: String
  var direction: String
  var bytes: Data
  var floats: Data

  var tensorType: TensorType { TensorType.allCases.first { $0.description == type }! }
  var numbers: [Float] { floats.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } }

  static let all: [QuantReference] = {
    let file = Bundle.module.url(forResource: "quants", withExtension: "jsonl", subdirectory: "Fixtures")!
    return try! String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(QuantReference.self, from: Data($0.utf8))
    }
  }()
}

@Suite struct TensorCodecTests {
  @Test(arguments: SIMDLevel.available) func numbersAreTheReferences(level: SIMDLevel) {
    let references = QuantReference.all.filter { $0.direction == "decode" }
    #expect(Set(references.map(\.type)) == ["F16", "BF16", "Q8_0", "Q5_0", "Q4_0", "Q4_K", "Q6_K"])
    for reference in references {
      let own = reference.bytes.withUnsafeBytes { reference.tensorType.decode($0, level: level) }
      // BF16 patterns may be no number, whose payload is not compared.
      let same = zip(own, reference.numbers).allSatisfy { $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN }
      #expect(own.count == reference.numbers.count && same, "\(reference.type)")
    }
  }

  @Test(arguments: SIMDLevel.available) func blocksAreTheReferences(level: SIMDLevel) {
    let references = QuantReference.all.filter { $0.direction == "encode" }
    #expect(Set(references.map(\.type)) == ["F16", "BF16", "Q8_0", "Q4_0", "Q6_K"])
    for reference in references {
      let own = reference.numbers.withUnsafeBufferPointer { reference.tensorType.encode($0, level: level) }
      let same = own == Array(reference.bytes)
      #expect(same, "\(reference.type)")
    }
  }

  /// Every half there is goes to a float and back unchanged.
  @Test(arguments: SIMDLevel.available) func everyHalfSurvives(level: SIMDLevel) {
    let halves = (0..<UInt16.max).filter { $0 & 0x7C00 != 0x7C00 }
    let bytes = halves.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    for type in [TensorType.f16, .bf16] {
      let floats = bytes.withUnsafeBytes { type.decode($0, level: level) }
      #expect(floats.withUnsafeBufferPointer { type.encode($0, level: level) } == bytes, "\(type)")
    }
  }

  /// Against the definition: the nearest of 255 steps, halves away from zero.
  @Test(arguments: SIMDLevel.available) func q8RoundsToTheNearest(level: SIMDLevel) {
    var random = SplitMix(3)
    for _ in 0..<2_000 {
      let scale = Float.random(in: 0.001...10, using: &random)
      let values = (0..<32).map { _ in Float.random(in: -scale...scale, using: &random) }
      let block = values.withUnsafeBufferPointer { TensorType.q8_0.encode($0, level: level)! }
      let inverse = 1 / (values.map(abs).max()! / 127)
      #expect(block[2...].map { Int8(bitPattern: $0) } == values.map { Int8(($0 * inverse).rounded(.toNearestOrAwayFromZero)) })
    }
  }

  @Test(arguments: SIMDLevel.available) func whatCannotBeHeldIsRefused(level: SIMDLevel) {
    for type in TensorType.encodable {
      for bad in [Float.nan, .infinity, -.infinity] {
        var values = [Float](repeating: 1, count: 256)
        values[37] = bad
        #expect(values.withUnsafeBufferPointer { type.encode($0, level: level) } == nil, "\(type) \(bad)")
      }
    }
    for (type, limit) in [(TensorType.f16, Float(65520)), (.q4_0, 65520 * 8), (.q8_0, 65520 * 127)] {
      for (value, fits) in [(limit, false), (-limit, false), (limit.nextDown, true), (-limit.nextDown, true)] {
        let values = [Float](repeating: value, count: 32)
        #expect((values.withUnsafeBufferPointer { type.encode($0, level: level) } != nil) == fits, "\(type) \(value)")
      }
    }
  }

  /// Numbers so small that the inverse of their scale overflows become zero.
  @Test(arguments: [TensorType.q8_0, .q4_0]) func tinyNumbersBecomeZero(type: TensorType) throws {
    let values = (0..<32).map { Float($0 - 16) * Float.leastNonzeroMagnitude }
    let block = try #require(values.withUnsafeBufferPointer { type.encode($0) })
    #expect(block.withUnsafeBytes { type.decode($0) }.allSatisfy { $0 == 0 })
  }
}
