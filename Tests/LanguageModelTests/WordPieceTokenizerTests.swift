import Foundation
import Testing

@testable import LanguageModel

@Suite struct WordPieceTokenizerTests {
  private let tokenizer = PeerVocabulary.bertBGE.tokenizer

  private func small(lowercases: Bool = true, stripsAccents: Bool? = nil) throws -> WordPieceTokenizer {
    try WordPieceTokenizer(
      tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "▁un", "aff", "able", "▁é", "▁e", "▁É", "▁東", "京", "▁京", "▁,", "▁▁", "▁"],
      lowercases: lowercases, stripsAccents: stripsAccents)
  }

  @Test func longestPiecesFirst() throws {
    let tokenizer = try small()
    #expect(tokenizer.encode("Unaffable", special: false) == [4, 5, 6])
    // What begins with a known piece but does not end in one is unknown as a whole.
    #expect(tokenizer.encode("unaffabl un", special: false) == [1, 4])
    #expect(tokenizer.encode("東京", special: false) == [10, 12])
    #expect(tokenizer.encode("un,un", special: false) == [4, 13, 4])
    #expect(tokenizer.encode("▁", special: false) == [14])
  }

  @Test func accentsAndCapitalsAsTheModelHasThem() throws {
    #expect(try small().encode("É e\u{301}", special: false) == [8, 8])
    #expect(try small(stripsAccents: false).encode("É", special: false) == [7])
    #expect(try small(lowercases: false).encode("É", special: false) == [9])
  }

  @Test func wordsOfMoreThanAHundredCharactersAreUnknown() throws {
    let tokenizer = try small()
    #expect(tokenizer.encode("un" + String(repeating: "able", count: 24), special: false).count == 25)
    #expect(tokenizer.encode("un" + String(repeating: "able", count: 25), special: false) == [1])
  }

  @Test func sequencesAreFramed() throws {
    #expect(tokenizer.encodeSequence("hello") == [101, 7592, 102])
    #expect(tokenizer.encodeSequence("") == [101, 102])
    #expect(tokenizer.encode("[CLS] hello [MASK] [UNK]", special: true) == [101, 7592, 103, 100])
    #expect(tokenizer.encode("[CLS] hello [MASK]", special: false) == [1031, 18856, 2015, 1033, 7592, 1031, 7308, 1033])
    #expect(tokenizer.decode([101, 7592, 2088, 102]) == "hello world")
    #expect(try small().encode(String(repeating: "un ", count: 9), limit: 5) == [2, 4, 4, 4, 3])
    #expect(try small().encode("un", limit: 5) == [2, 4, 3])
  }

  /// The vocabulary of a Hugging Face folder and of a GGUF file are read alike.
  @Test func aVocabularyFileGivesTheSameIDs() throws {
    let fromText = try WordPieceTokenizer(vocabulary: encoderFolder.appendingPathComponent("vocab.txt"))
    for text in PeerVocabulary.mixedTexts {
      #expect(fromText.encode(text, special: false) == tokenizer.encode(text, special: false), "\(text.debugDescription)")
    }
  }

  @Test func whatIsMissingIsNamed() {
    #expect(throws: TokenizerError.missingToken(file: "tokenizer", token: "[SEP]")) {
      try WordPieceTokenizer(tokens: ["[CLS]", "[UNK]", "▁a"])
    }
    #expect(throws: (any Error).self) { try WordPieceTokenizer(vocabulary: URL(fileURLWithPath: "/nowhere/vocab.txt")) }
  }

  @Test func anyTextIsTaken() {
    var random = SplitMix(8)
    for _ in 0..<1500 {
      let ids = tokenizer.encode(randomText(upTo: 60, using: &random), special: .random(using: &random))
      #expect(ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.vocabularySize })
      _ = tokenizer.decode(ids)
    }
  }
}
