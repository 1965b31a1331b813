import Foundation
import LanguageModel
import Testing

/// 200 sentences with tokens and vectors of the reference implementation (sentence-transformers).
struct Reference: Decodable {
  var text: String
  var tokens: [Int32]
  var vector: String

  var components: [Float] {
    let data = Data(base64Encoded: vector)!
    return stride(from: 0, to: data.count, by: 2).map { Float(Int16(bitPattern: UInt16(data[$0]) | UInt16(data[$0 + 1]) << 8)) / 32767 }
  }

  static let all: [Reference] = {
    let file = Bundle.module.url(forResource: "minilm", withExtension: "jsonl", subdirectory: "Fixtures")!
    return try! String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Reference.self, from: Data($0.utf8))
    }
  }()
}

/// The encoder that `make setup` put in place; the tests of the repository always run after it.
let encoderFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent(".build-encoder/all-MiniLM-L6-v2")

@Suite struct MiniLMTests {
  @Test func thereAreTwoHundredSentences() {
    #expect(Reference.all.count == 200)
    #expect(Set(Reference.all.map(\.text)).count == 200)
  }

  @Test func tokensAreTheReferences() throws {
    let tokenizer = try WordPieceTokenizer(vocabulary: encoderFolder.appendingPathComponent("vocab.txt"))
    for reference in Reference.all {
      #expect(tokenizer.encode(reference.text, limit: 256) == reference.tokens, "\(reference.text)")
    }
  }

  /// Wherever the machine can run them, every instruction set gives the reference's vectors.
  @Test(arguments: SIMDLevel.available) func vectorsAreTheReferences(level: SIMDLevel) throws {
    let encoder = try MiniLM(folder: encoderFolder, level: level)
    var worst: Float = 1
    for reference in Reference.all {
      let own = try encoder.encode(reference.text)
      let cosine = zip(own, reference.components).reduce(0) { $0 + $1.0 * $1.1 }
      worst = min(worst, cosine)
      #expect(cosine > 1 - 1e-3, "\(reference.text): \(cosine)")
    }
    #expect(worst > 0.9999)
  }

  @Test func vectorsHaveLengthOne() throws {
    let encoder = try MiniLM(folder: encoderFolder)
    for text in ["", " ", "Hello there"] {
      let size = try encoder.encode(text).reduce(0) { $0 + $1 * $1 }
      #expect(abs(size - 1) < 1e-4)
    }
  }
}
