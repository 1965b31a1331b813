import Foundation
import Testing

@testable import LanguageModel

/// A tiny random model with what llama.cpp computes for it (Scripts/make-decoder-fixtures.py).
struct DecoderFixture: Decodable, Sendable, CustomTestStringConvertible {
  let model: String
  let prompt: [Int32]
  /// After each of the prompt's last tokens.
  let logits: [[Float]]
  let greedy: [Int32]
  let text: [Int32]
  /// The likeliest token after each of `text`.
  let top: [Int32]

  var testDescription: String { model }
  var isFloat: Bool { model.contains("F32") }
  /// Q4_K and Q6_K.
  var isMixed: Bool { model.contains("Q4_K") }

  static let folder = Fixtures.folder + "/decoders"
  static let all: [DecoderFixture] = {
    guard let data = FileManager.default.contents(atPath: folder + "/expected.json"),
      let fixtures = try? JSONDecoder().decode([DecoderFixture].self, from: data)
    else { return [] }
    return fixtures
  }()

  static func path(_ model: String) -> String { "\(folder)/\(model).gguf" }
  func load() throws -> DecoderModel { try DecoderModel(path: "\(Self.folder)/\(model)") }
}

extension DecoderRunner {
  /// A runner with a cache of its own, for tests.
  convenience init(
    testing model: DecoderModel, threads: Int = 1, precision: KVPrecision = .float32, batchLimit: Int = 64, level: SIMDLevel = .best
  ) throws {
    let cache = try KVCache(model, memoryLimit: 64 << 20, precision: precision)
    try self.init(model, cache: cache, threads: threads, batchLimit: batchLimit, level: level)
  }

  func row(_ index: Int) -> [Float] { withLogits(index) { Array($0) } }

  func greedy(_ prompt: [Int32], count: Int) throws -> [Int32] {
    let sequence = cache.open(prompt)
    try prefill(sequence, prompt.dropFirst(sequence.length))
    var text: [Int32] = []
    while text.count < count {
      text.append(row(0).largest)
      try forward([DecoderStep(sequence, [text[text.count - 1]])])
    }
    return text
  }

  /// Where the likeliest token after each of `text` is another than `expected`: by how much its logit is above the expected one's, in
  /// root mean squares of the logits.
  func differing(from expected: [Int32], after text: [Int32]) throws -> [Float] {
    let sequence = cache.open([])
    var margins: [Float] = []
    for start in stride(from: 0, to: text.count, by: batchLimit) {
      let rows = try forward([DecoderStep(sequence, text[start..<min(text.count, start + batchLimit)], logits: .all)])
      for index in 0..<rows {
        let logits = row(index)
        let (found, wanted) = (Int(logits.largest), Int(expected[start + index]))
        guard found != wanted else { continue }
        let size = (logits.reduce(0) { $0 + $1 * $1 } / Float(logits.count)).squareRoot()
        margins.append((logits[found] - logits[wanted]) / size)
      }
    }
    return margins
  }
}

extension [Float] {
  var largest: Int32 { Int32(indices.max { self[$0] < self[$1] } ?? 0) }
}

/// Root mean square of the differences over that of the expected.
func relativeError(_ found: [Float], _ expected: [Float]) -> Float {
  let difference = zip(found, expected).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  return (difference / expected.reduce(0) { $0 + $1 * $1 }).squareRoot()
}
