import Testing

@testable import LanguageModel

@Suite struct BytePairTokenizerTests {
  private static let alphabet = ByteLevelAlphabet.scalars.map { String(Character($0)) }

  /// Merges pairs the slow way: again and again the neighbours with the lowest rank, the leftmost of them.
  private func naive(_ word: String, _ merges: [String], _ tokens: [String]) -> [Int32] {
    var ranks: [String: Int] = [:]
    for (rank, merge) in merges.enumerated() where ranks[merge] == nil { ranks[merge] = rank }
    var symbols = word.map(String.init)
    while true {
      let candidates = symbols.indices.dropLast().compactMap { i in ranks[symbols[i] + " " + symbols[i + 1]].map { ($0, i) } }
      guard let (_, i) = candidates.min(by: { $0 < $1 }) else { break }
      symbols[i] += symbols.remove(at: i + 1)
    }
    return symbols.flatMap { symbol -> [Int32] in
      if let id = tokens.firstIndex(of: symbol) { return [Int32(id)] }
      return symbol.map { Int32(tokens.firstIndex(of: String($0))!) }
    }
  }

  @Test func mergesAsTheNaiveLoopDoes() throws {
    var random = SplitMix(2)
    for _ in 0..<60 {
      var pieces = ["a", "b", "c"]
      var merges: [String] = []
      for _ in 0..<Int.random(in: 1...25, using: &random) {
        let (left, right) = (pieces.randomElement(using: &random)!, pieces.randomElement(using: &random)!)
        merges.append(left + " " + right)
        pieces.append(left + right)
      }
      // Some of what the merges make is no token: a step on the way, or written in bytes.
      let tokens = Self.alphabet + Set(pieces.dropFirst(3)).sorted().filter { _ in Int.random(in: 0..<4, using: &random) > 0 }
      let tokenizer = try BytePairTokenizer(tokens: tokens, merges: merges, preTokenizer: .gpt2)
      for _ in 0..<30 {
        let word = String((0..<Int.random(in: 1...30, using: &random)).map { _ in "abc".randomElement(using: &random)! })
        #expect(tokenizer.encode(word, special: false) == naive(word, merges, tokens), "\(word) by \(merges)")
      }
    }
  }

  @Test(arguments: [PeerVocabulary.llamaBPE, .qwen2, .gpt2]) func anyTextComesBack(_ name: PeerVocabulary) {
    var random = SplitMix(3)
    let tokenizer = name.tokenizer
    for _ in 0..<1500 {
      let text = randomText(upTo: 60, using: &random)
      let ids = tokenizer.encode(text, special: false)
      #expect(tokenizer.decode(ids).unicodeScalars.elementsEqual(text.unicodeScalars), "\(text.debugDescription)")
      #expect(ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.vocabularySize })
    }
  }

  @Test func specialTokensAreReadOnlyWhenAsked() {
    let tokenizer = PeerVocabulary.qwen2.tokenizer
    let text = "<|im_start|>user\nhi<|im_end|>"
    #expect(tokenizer.encode(text, special: true) == [151644, 872, 198, 6023, 151645])
    let plain = tokenizer.encode(text, special: false)
    #expect(plain.allSatisfy { $0 < 151643 })
    #expect(tokenizer.decode(plain) == text)
    // A control token has no text; one that is no longer than it seems is text.
    #expect(tokenizer.decode([151644, 872, 198]) == "user\n")
    #expect(tokenizer.encode("<|im_end", special: true).allSatisfy { $0 < 151643 })
    #expect(tokenizer.encode("<|im_end|><|im_end|>", special: true) == [151645, 151645])
  }

  @Test func framesAsTheModelWasTrained() {
    let (llama, qwen) = (PeerVocabulary.llamaBPE.tokenizer, PeerVocabulary.qwen2.tokenizer)
    #expect(llama.encodeSequence("Hello world") == [128000, 9906, 1917])
    #expect(qwen.encodeSequence("Hello world") == [9707, 1879])
    #expect(llama.endOfTurn == 128009)
    #expect(qwen.endOfTurn == 151645)
    #expect(llama.endOfGeneration.isSuperset(of: [128001, 128009]))
    #expect(qwen.endOfGeneration == [151643, 151645])
  }

  @Test func aWordThatIsATokenNeedsNoMerges() throws {
    let tokens = Self.alphabet + ["ab", "abc"]
    for (ignores, expected) in [(false, [Int32(256), 99]), (true, [257])] {
      let tokenizer = try BytePairTokenizer(tokens: tokens, merges: ["a b"], preTokenizer: .llama3, ignoresMerges: ignores)
      #expect(tokenizer.encode("abc", special: false) == expected)
    }
  }

  @Test func oddVocabulariesDoNoHarm() throws {
    var random = SplitMix(4)
    let scraps = [
      "", " ", "  ", "a", "a b", "b a", "ab c", "Ġ", "Ġ a", "あ い", "a  b", " a", "a ", "<|x|>", "zz zz", "\u{0}", "é é", "ab", "no no",
    ]
    for _ in 0..<300 {
      let tokens = (0..<Int.random(in: 1...20, using: &random)).map { _ in scraps.randomElement(using: &random)! }
      let types = tokens.map { _ in TokenType.allCases.randomElement(using: &random)! }
      let merges = (0..<Int.random(in: 0...20, using: &random)).map { _ in scraps.randomElement(using: &random)! }
      let special = SpecialTokenIDs(unknown: Bool.random(using: &random) ? 0 : nil)
      let tokenizer = try BytePairTokenizer(
        tokens: tokens, types: types, merges: merges, preTokenizer: .allCases.randomElement(using: &random)!,
        ignoresMerges: .random(using: &random), special: special)
      let text = randomText(upTo: 30, using: &random) + scraps.randomElement(using: &random)!
      let ids = tokenizer.encode(text, special: .random(using: &random))
      #expect(ids.allSatisfy { $0 >= 0 && Int($0) < tokens.count })
      _ = tokenizer.decode(ids + [-1, .max, .min, Int32(tokens.count)])
    }
  }

  /// Words without end, as an attacker may send them, cost n log n.
  @Test(arguments: [PeerVocabulary.llamaBPE, .llamaSPM]) func oneLongWordIsNoTrouble(_ name: PeerVocabulary) {
    for unit in ["a", "ab", "京", "<|"] {
      let text = String(repeating: unit, count: 200_000)
      #expect(name.tokenizer.decode(name.tokenizer.encode(text, special: true)) == text)
    }
  }

  @Test func theFirstOfEqualTokensCounts() throws {
    let tokens = Self.alphabet + ["ab", "ab"]
    let tokenizer = try BytePairTokenizer(tokens: tokens, merges: ["a b", "a b"], preTokenizer: .gpt2)
    #expect(tokenizer.encode("ab", special: false) == [256])
    #expect(tokenizer.decode([256, 257]) == "abab")
  }
}
