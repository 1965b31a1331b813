import Foundation
import LanguageModel
import Synchronization
import Testing

/// Many texts at once give what each gives alone.
@Suite struct EncoderBatchTests {
  static func distance(_ a: TextVectors, _ b: TextVectors) -> Float {
    zip(a.sentence + a.layers, b.sentence + b.layers).map { abs($0 - $1) }.max()!
  }

  @Test(arguments: SIMDLevel.available) func batchesGiveTheSame(level: SIMDLevel) throws {
    let encoder = try MiniLM(folder: encoderFolder, level: level)
    let texts = Reference.all.prefix(level == .portable ? 20 : 200).map(\.text) + [""]
    for (text, together) in zip(texts, try encoder.analyse(texts)) {
      #expect(Self.distance(try encoder.analyse(text), together) < 1e-5, "\(text)")
    }
    #expect(try encoder.analyse([String]()).isEmpty)
  }

  /// Every instruction set gives the vectors of the portable one, for all lengths up to the longest.
  @Test(arguments: SIMDLevel.available.dropFirst()) func levelsAgree(level: SIMDLevel) throws {
    let portable = try MiniLM(folder: encoderFolder, level: .portable)
    let encoder = try MiniLM(folder: encoderFolder, level: level)
    for length in [1, 2, 3, 11, 12, 13, 24, 25, 31, 32, 33, 64, 100, 255, 300] + (0..<4).map({ _ in Int.random(in: 1...256) }) {
      // The tokens are one more than twice that: the piece and its end and beginning, cut at 256.
      let words = ["tea", "a", "museum", "!", "okonomiyaki", "東", "é", "#", "quiet"]
      let text = (0..<length).map { _ in words.randomElement()! }.joined(separator: " ")
      let own = try encoder.analyse(text)
      let other = try portable.analyse(text)
      let cosine = zip(own.sentence, other.sentence).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(cosine > (level == .avx512bf16 ? 0.9999 : 0.999999), "\(length): \(cosine)")
      #expect(own.layers.count == 768)
    }
  }

  @Test func partsHoldAllTextsOnceAndNoMoreThanTheyMay() {
    #expect(BERT.parts([]).isEmpty)
    for _ in 0..<200 {
      let lengths = (0..<Int.random(in: 1...60)).map { _ in Int.random(in: 2...256) }
      let parts = BERT.parts(lengths)
      #expect(parts.flatMap { Array($0) } == Array(lengths.indices))
      for part in parts { #expect(part.count == 1 || lengths[part].reduce(0, +) <= BERT.partTokens) }
    }
  }

  /// Counts what it is asked for.
  private final class Counting: SentenceEncoder {
    let dimension = 1
    let asked = Mutex<[String]>([])
    func analyse(_ text: String) throws -> TextVectors {
      asked.withLock { $0.append(text) }
      return TextVectors(sentence: [Float(text.count)])
    }
  }

  @Test func theCacheAsksForWhatItDoesNotKnowAndOnce() throws {
    let base = Counting()
    let cache = CachedEncoder(base, capacity: 10)
    #expect(try cache.analyse("bb").sentence == [2])
    #expect(try cache.analyse(["a", "bb", "ccc", "a"]).map(\.sentence) == [[1], [2], [3], [1]])
    #expect(try cache.analyse(["ccc", "a"]).map(\.sentence) == [[3], [1]])
    #expect(base.asked.withLock { $0.sorted() } == ["a", "bb", "ccc"])
  }
}
