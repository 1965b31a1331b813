import LanguageModel
import Testing
import Understanding

@Suite struct JapaneseEncoderTests {
  private func cosine(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  @Test func sentencesOfLikeMeaningAreNear() throws {
    let encoder = try JapaneseEncoder()
    let tired = try encoder.encode("もう歩けないくらい疲れました")
    #expect(abs(cosine(tired, tired) - 1) < 1e-4)
    let alike = cosine(tired, try encoder.encode("足がだるくてしんどい"))
    let other = cosine(tired, try encoder.encode("この美術館の入場料はいくらですか"))
    #expect(alike > other + 0.1, "\(alike) against \(other)")
  }

  /// Katakana, width and marks change nothing; a text without a known word has no direction.
  @Test func foldsAndSurvivesAnything() throws {
    let encoder = try JapaneseEncoder()
    let (marked, plain) = (try encoder.encode("スシが食べたい！"), try encoder.encode("すしが食べたい"))
    #expect(marked == plain)
    for text in ["", "!!!", "😀😀", "asdf", "ーーー", String(repeating: "あ", count: 5000)] {
      let vectors = try encoder.analyse(text)
      #expect(vectors.sentence.count == encoder.dimension && vectors.layers.count == encoder.dimension)
      #expect(vectors.sentence.allSatisfy { $0.isFinite })
    }
  }
}
