import Testing

@testable import LanguageModel

@Suite struct SentencePieceTokenizerTests {
  private let tokenizer = PeerVocabulary.llamaSPM.tokenizer

  @Test func theAddedSpaceIsTakenAwayAgain() {
    for text in ["Hello", " Hello", "  Hello", "", " ", "お勧め", "a\nb", "\t x", "🍣"] {
      #expect(tokenizer.decode(tokenizer.encode(text, special: false)) == text)
      #expect(tokenizer.decode(tokenizer.encodeSequence(text)) == text)
    }
    #expect(tokenizer.encode("", special: false) == [])
    #expect(tokenizer.encodeSequence("Hello") == [1, 15043])
  }

  @Test func textAfterASpecialTokenIsGivenASpace() {
    let ids: [Int32] = [263, 1, 289, 2, 29871, 274]
    #expect(tokenizer.encode("a<s>b</s> c", special: true) == ids)
    #expect(tokenizer.decode(ids) == "ab c")
  }

  @Test func textNeverGivesAControlOrByteToken() throws {
    for text in ["<s>", "</s>", "<unk>", "a<s>b</s> c", "<0x0A>", "<0x41>"] {
      let ids = tokenizer.encode(text, special: false)
      #expect(ids.allSatisfy { $0 > 258 })
      #expect(tokenizer.decode(ids) == text)
    }
    // Not even where neighbours would merge to its text.
    let tokens = ["<unk>", "<s>", "<", "s", ">", "<s", "▁"]
    let own = try SentencePieceTokenizer(
      tokens: tokens, scores: [0, 0, -1, -1, -1, -2, -3], types: [.unknown, .control, .normal, .normal, .normal, .normal, .normal],
      special: SpecialTokenIDs(unknown: 0))
    #expect(own.encode("<s>", special: false) == [6, 5, 4])
    #expect(own.encode("<s>", special: true) == [1])
    #expect(own.encode("x", special: false) == [6, 0])
  }

  @Test func mergesAsTheNaiveLoopDoes() throws {
    var random = SplitMix(5)
    for _ in 0..<60 {
      var pieces = ["a", "b", "京"]
      for _ in 0..<Int.random(in: 1...25, using: &random) {
        pieces.append(pieces.randomElement(using: &random)! + pieces.randomElement(using: &random)!)
      }
      let tokens = Array(Set(pieces)).sorted()
      // Few scores, so that ties are common.
      let scores = tokens.map { _ in Float(Int.random(in: -4...0, using: &random)) }
      let tokenizer = try SentencePieceTokenizer(tokens: tokens, scores: scores, addsSpacePrefix: false)
      for _ in 0..<30 {
        let text = String((0..<Int.random(in: 1...30, using: &random)).map { _ in "ab京".randomElement(using: &random)! })
        var symbols = text.map(String.init)
        while true {
          let candidates = symbols.indices.dropLast().compactMap { i in
            tokens.firstIndex(of: symbols[i] + symbols[i + 1]).map { (-scores[$0], i) }
          }
          guard let (_, i) = candidates.min(by: { $0 < $1 }) else { break }
          symbols[i] += symbols.remove(at: i + 1)
        }
        #expect(tokenizer.encode(text, special: false) == symbols.map { Int32(tokens.firstIndex(of: $0)!) })
      }
    }
  }

  @Test func anyTextComesBack() {
    var random = SplitMix(6)
    for _ in 0..<1500 {
      let text = randomText(upTo: 60, using: &random).withSpaces
      #expect(tokenizer.decode(tokenizer.encode(text, special: false)).unicodeScalars.elementsEqual(text.unicodeScalars))
    }
  }

  @Test func oddVocabulariesDoNoHarm() throws {
    var random = SplitMix(7)
    let scraps = ["", "▁", "▁▁", "a", "aa", "<0x41>", "<0xZZ>", "<0x4>", "<0x+1>", "あ", "▁a", "<s>", "\u{0}"]
    let scores: [Float] = [0, -0, -1, 1, .nan, -.nan, .infinity, -.infinity, .leastNonzeroMagnitude]
    for _ in 0..<300 {
      let tokens = (0..<Int.random(in: 1...20, using: &random)).map { _ in scraps.randomElement(using: &random)! }
      let tokenizer = try SentencePieceTokenizer(
        tokens: tokens, scores: tokens.map { _ in scores.randomElement(using: &random)! },
        types: tokens.map { _ in .allCases.randomElement(using: &random)! }, addsSpacePrefix: .random(using: &random),
        special: SpecialTokenIDs(unknown: Bool.random(using: &random) ? 0 : nil))
      let ids = tokenizer.encode(randomText(upTo: 30, using: &random) + "aaaa", special: .random(using: &random))
      #expect(ids.allSatisfy { $0 >= 0 && Int($0) < tokens.count })
      _ = tokenizer.decode(ids + [-1, .max, .min])
    }
  }
}
