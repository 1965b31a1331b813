import Testing

@testable import LanguageModel

/// Masks, steps and ends of the engine against the naive recogniser, for random grammars and random places in them.
@Suite struct ConstraintPropertyTests {
  /// Every byte of the letters alone, the letters, mixtures, parts of letters and letters with parts, and a token that ends the text.
  static func vocabulary(_ random: inout SeededGenerator) -> (trie: VocabularyTrie, end: Int32) {
    var tokens: [[UInt8]] = [[]]
    tokens += Set(NaiveGrammar.letters.flatMap { Array(String($0).utf8) }).sorted().map { [$0] }
    tokens += NaiveGrammar.letters.map { Array(String($0).utf8) }
    for _ in 0..<60 {
      let letters = (0..<Int.random(in: 1...4, using: &random)).map { _ in NaiveGrammar.letters.randomElement(using: &random) ?? "a" }
      var bytes = letters.flatMap { Array(String($0).utf8) }
      bytes.removeFirst(min(Int.random(in: 0...1, using: &random), bytes.count - 1))
      bytes.removeLast(min(Int.random(in: 0...2, using: &random), bytes.count - 1))
      tokens.append(bytes)
    }
    tokens.append(Array("</s>".utf8))
    return (VocabularyTrie(tokens: tokens, endOfText: [Int32(tokens.count - 1)]), Int32(tokens.count - 1))
  }

  @Test(arguments: 0..<8)
  func masksAreExactlyWhatTheNaiveRecogniserTakes(_ part: Int) throws {
    var random = SeededGenerator(seed: UInt64(part))
    let (vocabulary, end) = Self.vocabulary(&random)
    for round in 0..<60 {
      let naive = NaiveGrammar.random(using: &random)
      let grammar: Grammar
      do {
        grammar = try Grammar(naive.gbnf)
      } catch {
        // The random grammars never refer to the left of a letter, but a repetition of what may be empty can stand before a rule.
        Issue.record("\(error)\n\(naive.gbnf)")
        continue
      }
      let constraint = try PatternConstraint(.grammar(grammar), vocabulary: vocabulary)
      var state = constraint.start
      var text: [UInt8] = []
      for _ in 0..<5 {
        let mask = constraint.allowed(state)
        for token in 0..<end {
          let bytes = vocabulary.bytes(of: token)
          let expected = !bytes.isEmpty && naive.judge(text + bytes).isPrefix
          if mask.contains(token) != expected || (constraint.advance(state, token) != nil) != expected {
            Issue.record("round \(round), token \(bytes) after \(text) should be \(expected):\n\(naive.gbnf)")
            return
          }
        }
        let isText = naive.judge(text).isText
        #expect(constraint.isComplete(state) == isText && mask.contains(end) == isText, "\(text)\n\(naive.gbnf)")
        let forced = constraint.forced(state)
        if !forced.isEmpty {
          #expect(!isText)
          for cut in forced.indices.prefix(8) {
            let before = text + forced[..<cut]
            let choices = (UInt8.min...UInt8.max).filter { naive.judge(before + [$0]).isPrefix }
            #expect(choices == [forced[cut]] && !naive.judge(before).isText)
          }
        }
        var choices: [Int32] = []
        mask.forEach { if $0 != end { choices.append($0) } }
        guard let token = choices.randomElement(using: &random), let next = constraint.advance(state, token) else { break }
        state = next
        text += vocabulary.bytes(of: token)
      }
    }
  }
}
