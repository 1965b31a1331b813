import LanguageModel
import Testing

@testable import Training

@Suite struct BytePairTrainerTests {
  private static let alphabets = ["ab", "abc", "aé", "京都で", "a京😀", "ののはが"].map { Array($0) }

  /// Random words of one alphabet, which the pre-tokenisers leave whole.
  private func words(using random: inout RandomSource) -> [String] {
    let alphabet = Self.alphabets.randomElement(using: &random)!.filter(\.isLetter)
    return (0..<Int.random(in: 1...30, using: &random)).map { _ in
      String((0..<Int.random(in: 1...14, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
    }
  }

  @Test func learnsWhatTheNaiveLoopLearns() throws {
    var random = RandomSource(seed: 1)
    for _ in 0..<150 {
      let words = words(using: &random)
      let options = BytePairOptions(
        vocabularySize: 259 + Int.random(in: 0...40, using: &random), minimumFrequency: Int.random(in: 1...4, using: &random),
        longestToken: Int.random(in: 3...24, using: &random), keepsCharactersWhole: .random(using: &random))
      var trainer = try BytePairTrainer(options)
      for word in words { trainer.add(word) }
      let learned = try trainer.train()
      var naive = NaiveBytePairs(words, options)
      naive.train()
      let expected = naive.merges.map { ByteLevelAlphabet.encode($0.0) + " " + ByteLevelAlphabet.encode($0.1) }
      #expect(learned.merges == expected, "\(words) with \(options)")
      // And the tokenizer cuts the words as training left them.
      let tokenizer = try learned.tokenizer()
      for word in naive.words.keys {
        let text = String(decoding: word.joined(), as: UTF8.self)
        #expect(tokenizer.encode(text, special: false).map(tokenizer.bytes(of:)) == word)
      }
    }
  }

  @Test func mergesTheMostFrequentPairFirst() throws {
    var trainer = try BytePairTrainer(BytePairOptions(vocabularySize: 300))
    trainer.add("low low low low low lower lower newest newest newest newest newest newest widest widest widest")
    let learned = try trainer.train()
    // "es" and "st" stand nine times each; the older left symbol goes first.
    #expect(learned.merges.prefix(3) == ["e s", "es t", "l o"])
    #expect(learned.tokens[256] == "es")
    #expect(learned.merges.contains("Ġ newest") || learned.tokens.contains("Ġnewest"))
  }

  @Test func theOrderOfTextsDoesNotMatter() throws {
    var random = RandomSource(seed: 2)
    let lines = try #require(Optional(PackTexts.lines(every: 50)))
    var results: [LearnedVocabulary] = []
    for lines in [lines, lines.reversed(), lines.shuffled(using: &random)] {
      var trainer = try BytePairTrainer(BytePairOptions(vocabularySize: 900))
      for line in lines { trainer.add(line) }
      results.append(try trainer.train())
    }
    #expect(results[0] == results[1])
    #expect(results[0] == results[2])
  }

  @Test func rarePairsAreLeft() throws {
    for (minimum, merges) in [(1, 5), (2, 2), (3, 1), (4, 0)] {
      var trainer = try BytePairTrainer(BytePairOptions(vocabularySize: 400, minimumFrequency: minimum))
      // "ab" three times, "abc" twice.
      for word in ["ab", "abc", "abc", "xyz!w"] { trainer.add(word) }
      #expect(try trainer.train().merges.count == merges, "from \(minimum) on")
    }
  }

  @Test func noTokenStraddlesCharacters() throws {
    let text = String(repeating: "東京の京都で京の都を。", count: 20)
    func tokens(_ whole: Bool) throws -> [[UInt8]] {
      var trainer = try BytePairTrainer(BytePairOptions(vocabularySize: 330, keepsCharactersWhole: whole))
      trainer.add(text)
      let tokenizer = try trainer.train().tokenizer()
      return (256..<Int32(tokenizer.vocabularySize)).map(tokenizer.bytes(of:)).filter { !$0.isEmpty }
    }
    func straddles(_ bytes: [UInt8]) -> Bool {
      String(validating: bytes, as: UTF8.self) == nil && bytes.indices.dropFirst().contains { bytes[$0] & 0xC0 != 0x80 }
    }
    #expect(try !tokens(true).contains(where: straddles))
    #expect(try tokens(false).contains(where: straddles))
  }

  @Test func tokensAreUniqueAndNoLongerThanAsked() throws {
    var trainer = try BytePairTrainer(BytePairOptions(vocabularySize: 1500, longestToken: 9))
    for line in PackTexts.lines(every: 20) { trainer.add(line) }
    let learned = try trainer.train()
    #expect(learned.count == 1500)
    #expect(Set(learned.tokens).count == learned.count)
    let tokenizer = try learned.tokenizer()
    #expect((0..<Int32(learned.count)).map { tokenizer.bytes(of: $0).count }.max() == 9)
  }

  @Test func aSpecialTokensTextIsNeverLearned() throws {
    var trainer = try BytePairTrainer(
      BytePairOptions(
        vocabularySize: 300, controlTokens: ["abc", "Ġthe"], userDefinedTokens: ["<a_1>"], endOfText: nil, endOfTurn: nil))
    for _ in 0..<10 { trainer.add("abc on the of the") }
    let learned = try trainer.train()
    #expect(learned.tokens.suffix(3) == ["abc", "Ġthe", "<a_1>"])
    #expect(learned.types.suffix(3) == [.control, .control, .userDefined])
    #expect(Set(learned.tokens).count == learned.count)
    let tokenizer = try learned.tokenizer()
    #expect(tokenizer.encode("<a_1>", special: true) == [Int32(learned.count - 1)])
    #expect(tokenizer.decode([Int32(learned.count - 1)]) == "<a_1>")
  }

  @Test func impossibleOptionsAreRefused() throws {
    func error(_ options: BytePairOptions) -> BytePairTrainingError? {
      do throws(BytePairTrainingError) {
        _ = try BytePairTrainer(options)
        return nil
      } catch {
        return error
      }
    }
    #expect(error(BytePairOptions(vocabularySize: 258)) == .vocabularyTooSmall(size: 258, smallest: 259))
    #expect(error(BytePairOptions(vocabularySize: 259)) == nil)
    #expect(error(BytePairOptions(vocabularySize: 900, userDefinedTokens: [""])) == .emptySpecialToken)
    #expect(error(BytePairOptions(vocabularySize: 900, userDefinedTokens: ["Ġ"])) == .specialTokenIsByte("Ġ"))
    #expect(error(BytePairOptions(vocabularySize: 900, userDefinedTokens: ["<|im_end|>"])) == .repeatedSpecialToken("<|im_end|>"))
    #expect(error(BytePairOptions(vocabularySize: 900, endOfTurn: "<eot>")) == .unknownSpecialToken("<eot>"))
    #expect(throws: BytePairTrainingError.noText) { try BytePairTrainer(BytePairOptions(vocabularySize: 300)).train() }
    #expect("\(BytePairTrainingError.vocabularyTooSmall(size: 258, smallest: 259))".contains("at least 259"))
  }
}
