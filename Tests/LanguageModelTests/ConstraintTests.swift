import Foundation
import Testing

@testable import LanguageModel

/// A vocabulary of all single bytes and some words; the last token ends the text.
private struct TestVocabulary {
  let trie: VocabularyTrie
  let end: Int32
  private let ids: [[UInt8]: Int32]

  init(_ words: [String]) {
    let tokens = (UInt8.min...UInt8.max).map { [$0] } + words.map { Array($0.utf8) } + [[]]
    end = Int32(tokens.count - 1)
    trie = VocabularyTrie(tokens: tokens, endOfText: [end])
    ids = Dictionary(tokens.enumerated().map { ($1, Int32($0)) }) { first, _ in first }
  }

  subscript(word: String) -> Int32 { ids[Array(word.utf8)] ?? -1 }

  /// Longest token first.
  func tokenise(_ bytes: [UInt8]) -> [Int32] {
    var found: [Int32] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let length = (1...rest.count).last { ids[Array(rest.prefix($0))] != nil } ?? 1
      found.append(ids[Array(rest.prefix(length))] ?? 0)
      rest = rest.dropFirst(length)
    }
    return found
  }

  func text(_ tokens: [Int32]) -> String { String(decoding: tokens.flatMap { trie.bytes(of: $0) }, as: UTF8.self) }
}

@Suite struct ConstraintTests {
  static let json = """
    root   ::= value
    value  ::= object | array | string | number | "true" | "false" | "null"
    object ::= "{" ws (pair ("," ws pair)*)? "}"
    pair   ::= string ":" ws value
    array  ::= "[" (value ("," ws value)*)? "]"
    string ::= "\\"" ([^"\\\\\\x00-\\x1f] | "\\\\" (["\\\\/bfnrt] | "u" [0-9a-fA-F]{4}))* "\\""
    number ::= "-"? ("0" | [1-9] [0-9]{0,15}) ("." [0-9]+)? ([eE] [+-]? [0-9]{1,2})?
    ws     ::= " "?
    """

  @Test func whatIsWrittenUnderTheJSONGrammarIsJSON() throws {
    let vocabulary = TestVocabulary(["\":", "\", \"", "{\"", "}]", "true", "ull", "例え", "\\u00", "12", "[["])
    let constraint = try PatternConstraint(.grammar(try Grammar(Self.json)), vocabulary: vocabulary.trie)
    var random = SeededGenerator(seed: 11)
    for _ in 0..<200 {
      var runner = ConstraintRunner(constraint)
      var tokens: [Int32] = []
      while !runner.hasEnded {
        let mask = try runner.mask()
        var choices: [Int32] = []
        mask.forEach { choices.append($0) }
        // After a while what closes is preferred, so that every text ends.
        let closing = ["]", "}", "\"", "0"].map { vocabulary[$0] }.filter { mask.contains($0) }
        let late = tokens.count > 40
        let choice = mask.contains(vocabulary.end) && late ? vocabulary.end : late ? closing.randomElement(using: &random) : nil
        let token = choice ?? choices.randomElement(using: &random) ?? vocabulary.end
        try runner.accept(token)
        tokens.append(token)
      }
      let text = vocabulary.text(tokens)
      #expect(throws: Never.self, "\(text)") { try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed) }
    }
  }

  @Test func japaneseTextIsHeldToItsScripts() throws {
    let vocabulary = TestVocabulary(["おすすめ", "は", "です。", "東京", "です", "hello"])
    let grammar = try Grammar("root ::= [ぁ-んー]+ \"は\" [一-龠]{2} \"です\" \"。\"")
    let pattern = TextPattern.grammar(grammar)
    for text in ["おすすめは東京です。", "はは浅草です。"] { #expect(try pattern.matches(text)) }
    for text in ["おすすめは東です。", "オススメは東京です。", "おすすめは東京です"] { #expect(try !pattern.matches(text)) }
    let constraint = try PatternConstraint(pattern, vocabulary: vocabulary.trie)
    // A character that is split between tokens: 東 is E6 9D B1.
    var state: ConstraintState? = constraint.start
    for token in [vocabulary["おすすめ"], vocabulary["は"], 0xE6, 0x9D] { state = state.flatMap { constraint.advance($0, token) } }
    let middle = try #require(state)
    #expect(!constraint.allowed(middle).contains(vocabulary["東京"]) && constraint.allowed(middle).contains(0xB1))
  }

  @Test func aFrameIsWrittenWithItsSemanticTokensAndNeedsFewSteps() throws {
    let marks = ["<act:question>", "<act:statement>", "<goal:recommend>", "<goal:refine>", "<slot:area>", "<slot:price>", "<end>"]
    let vocabulary = TestVocabulary(marks)
    // Without the single bytes: a pack's model writes marks and names only.
    let frame = try Grammar(
      """
      root ::= "<act:" ("question" | "statement") "><goal:" ("recommend" | "refine") ">" ("<slot:" ("area" | "price") ">" @names)* "<end>"
      """)
    let names = try StringTrie(["Asakusa", "Asagaya", "Ueno"])
    let constraint = try PatternConstraint(.grammar(frame, bound: ["names": .strings(names)]), vocabulary: vocabulary.trie)
    var runner = ConstraintRunner(constraint)
    #expect(try runner.mask().contains(vocabulary["<act:question>"]))
    #expect(!(try runner.mask().contains(vocabulary["<goal:refine>"])))
    for mark in ["<act:question>", "<goal:recommend>", "<slot:area>"] { try runner.accept(vocabulary[mark]) }
    try runner.accept(vocabulary["U"])
    let forced = runner.takeForced(tokenise: vocabulary.tokenise, bytesOf: vocabulary.trie.bytes)
    #expect(vocabulary.text(forced) == "eno")
    #expect(throws: ConstraintRunner.Fault.notAllowed(token: vocabulary["x"], step: runner.step)) { try runner.accept(vocabulary["x"]) }
    try runner.accept(vocabulary["<end>"])
    #expect(runner.isComplete)
    #expect(try runner.mask().onlyToken == vocabulary.end)
    try runner.accept(vocabulary.end)
    #expect(runner.hasEnded)
    #expect(try runner.mask().isEmpty)
  }

  @Test func theLastForcedTokenIsLeftToTheModelWhereALongerOneFits() throws {
    let vocabulary = TestVocabulary(["say:", " ", " yes", " no"])
    let constraint = try PatternConstraint(.grammar(try Grammar("root ::= \"say: \" (\"yes\" | \"no\")")), vocabulary: vocabulary.trie)
    var runner = ConstraintRunner(constraint)
    #expect(runner.takeForced(tokenise: vocabulary.tokenise, bytesOf: vocabulary.trie.bytes) == [vocabulary["say:"]])
    #expect(try runner.mask().contains(vocabulary[" yes"]))
    // A tokeniser that answers something else takes nothing.
    #expect(runner.takeForced(tokenise: { _ in [vocabulary["say:"]] }, bytesOf: vocabulary.trie.bytes).isEmpty)
    // Without longer tokens all is taken.
    let plain = TestVocabulary(["say"])
    var bare = ConstraintRunner(
      try PatternConstraint(.grammar(try Grammar("root ::= \"say: \" (\"yes\" | \"no\")")), vocabulary: plain.trie))
    #expect(plain.text(bare.takeForced(tokenise: plain.tokenise, bytesOf: plain.trie.bytes)) == "say: ")
  }

  @Test func oneTokenMayReachAcrossASeam() throws {
    let vocabulary = TestVocabulary(["I like Ue", "no. B", "ye"])
    let pattern = TextPattern.sequence([
      .literal("I like "),
      .union([.strings(try StringTrie(["Ueno", "Uenohara"])), .grammar(try Grammar("root ::= \"all\" | \"Ueno\"?"))]),
      .literal(". "), .literal("Bye"),
    ])
    let constraint = try PatternConstraint(pattern, vocabulary: vocabulary.trie)
    var runner = ConstraintRunner(constraint)
    for word in ["I like Ue", "no. B", "ye"] { try runner.accept(vocabulary[word]) }
    #expect(runner.isComplete)
    for text in ["I like . Bye", "I like all. Bye", "I like Uenohara. Bye"] { #expect(try pattern.matches(text)) }
    #expect(try !pattern.matches("I like Uenoh. Bye"))
  }

  @Test func anIntersectionTakesWhatAllTake() throws {
    let vocabulary = TestVocabulary(["aa", "ab", "ba", "aab"])
    let left = try PatternConstraint(.grammar(try Grammar("root ::= (\"a\" | \"b\"){4}")), vocabulary: vocabulary.trie)
    let right = try PatternConstraint(.grammar(try Grammar("root ::= \"aab\" \"a\"* | \"c\"")), vocabulary: vocabulary.trie)
    let both = try IntersectionConstraint([left, right])
    let forcing = try PatternConstraint(.grammar(try Grammar("root ::= \"aab\" [ab]")), vocabulary: vocabulary.trie)
    let forced = try IntersectionConstraint([left, forcing])
    #expect(forced.forced(forced.start) == Array("aab".utf8))
    var runner = ConstraintRunner(both)
    let first = try runner.mask()
    #expect(!first.contains(vocabulary["c"]) && !first.contains(vocabulary["ba"]))
    try runner.accept(vocabulary["aab"])
    #expect(!runner.isComplete)
    try runner.accept(vocabulary["a"])
    #expect(runner.isComplete)
    #expect(try runner.mask().onlyToken == vocabulary.end)
    try runner.accept(vocabulary.end)
    #expect(runner.hasEnded)

    let never = try PatternConstraint(.literal("aac"), vocabulary: vocabulary.trie)
    var lost = ConstraintRunner(try IntersectionConstraint([left, never]))
    try lost.accept(vocabulary["aa"])
    #expect(throws: ConstraintRunner.Fault.deadEnd(step: 1)) { try lost.mask() }
  }

  @Test func constraintsThatCannotBeJoinedAreRefused() throws {
    let small = try PatternConstraint(.literal("a"), vocabulary: TestVocabulary([]).trie)
    let large = try PatternConstraint(.literal("a"), vocabulary: TestVocabulary(["aa"]).trie)
    #expect(throws: IntersectionConstraint.Fault.noConstraints) { try IntersectionConstraint([]) }
    let differing = IntersectionConstraint.Fault.vocabulariesDiffer([257, 258])
    #expect(throws: differing) { try IntersectionConstraint([small, large]) }
    #expect(differing.description.contains("257, 258"))
  }

  @Test func aCompleteTextEndsWithoutATokenForIt() throws {
    let bytes = (UInt8.min...UInt8.max).map { [$0] }
    let vocabulary = VocabularyTrie(tokens: bytes, endOfText: [])
    let constraint = try PatternConstraint(.grammar(try Grammar("root ::= \"ab\" \"c\"?")), vocabulary: vocabulary)
    for joined in [constraint, try IntersectionConstraint([constraint, constraint])] as [any TokenConstraint] {
      var runner = ConstraintRunner(joined)
      for byte in "ab".utf8 { try runner.accept(Int32(byte)) }
      // What may follow can still be chosen.
      #expect(runner.isComplete)
      #expect(try runner.mask().onlyToken == Int32(UInt8(ascii: "c")))
      try runner.accept(Int32(UInt8(ascii: "c")))
      #expect(runner.isComplete && !runner.hasEnded)
      #expect(try runner.mask().isEmpty)
    }
    // A text that cannot be completed is still told apart.
    let without = VocabularyTrie(tokens: bytes.filter { $0 != Array("b".utf8) }, endOfText: [])
    var lost = ConstraintRunner(try PatternConstraint(.literal("ab"), vocabulary: without))
    try lost.accept(Int32(UInt8(ascii: "a")))
    #expect(throws: ConstraintRunner.Fault.deadEnd(step: 1)) { try lost.mask() }
  }

  @Test func patternsThatDoNotFitAreRefused() throws {
    let grammar = try Grammar("root ::= \"a\" @names")
    let vocabulary = TestVocabulary([]).trie
    func refused(_ pattern: TextPattern, _ error: TextPattern.CompositionError) {
      #expect(throws: error) { try PatternConstraint(pattern, vocabulary: vocabulary) }
    }
    refused(.grammar(grammar), .unbound(name: "names"))
    refused(.grammar(grammar, bound: ["names": .literal("x"), "other": .literal("y")]), .unknownName("other", known: ["names"]))
    refused(.grammar(grammar, bound: ["names": .sequence([])]), .emptyBinding(name: "names"))
    refused(.union([]), .emptyUnion)
  }

  @Test func aStateOfAnotherConstraintAllowsNothing() throws {
    let vocabulary = TestVocabulary([]).trie
    let one = try PatternConstraint(.literal("a"), vocabulary: vocabulary)
    let both = try IntersectionConstraint([one, one])
    #expect(both.allowed(one.start).isEmpty && both.advance(one.start, 97) == nil && one.allowed(both.start).isEmpty)
    let other = try PatternConstraint(.grammar(try Grammar(Self.json)), vocabulary: vocabulary)
    #expect(one.allowed(other.start).isEmpty && one.advance(other.start, 34) == nil && !one.isComplete(other.start))
    #expect(one.forced(other.start).isEmpty && !one.allowsLongerToken(other.start, than: [34]))
    #expect(one.advance(one.start, -5) == nil && one.advance(one.start, 100_000) == nil)
  }

  @Test func aMaskSetsOtherLogitsToMinusInfinity() {
    var mask = TokenMask(count: 130)
    for token: Int32 in [0, 63, 64, 129] { mask.insert(token) }
    var logits = [Float](repeating: 1, count: 130)
    logits.withUnsafeMutableBufferPointer { mask.apply(to: $0) }
    #expect(logits.indices.filter { logits[$0] == 1 } == [0, 63, 64, 129] && logits.allSatisfy { $0 == 1 || $0 == -.infinity })
    #expect(mask.allowedCount == 4 && !mask.contains(130) && !mask.contains(-1) && mask.onlyToken == nil)
  }
}
