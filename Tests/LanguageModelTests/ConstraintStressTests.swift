import Testing

@testable import LanguageModel

/// Grammars and texts made to blow up time, stack or memory.
@Suite struct ConstraintStressTests {
  private static let bytes = VocabularyTrie(tokens: (UInt8.min...UInt8.max).map { [$0] }, endOfText: [])

  private func constraint(_ text: String, _ vocabulary: VocabularyTrie = bytes) throws -> PatternConstraint {
    try PatternConstraint(.grammar(try Grammar(text)), vocabulary: vocabulary)
  }

  @Test(arguments: [
    "root ::= ((\"a\"*)*)* \"b\"",
    "root ::= (((\"a\"?){0,50})*){0,50} \"b\"",
    "root ::= (\"a\" | \"a\" | \"a\"*)+ \"b\"",
    "root ::= x \"b\"\nx ::= \"a\" x x | \"\"",
    "root ::= (\"a\"{0,1000}){0,1000} \"b\"",
    "root ::= a\na ::= b \"b\" | b \"b\"\nb ::= c | c \"\"\nc ::= d \"\" | d | d\nd ::= (\"a\"* | \"a\"?)",
  ])
  func ambiguousGrammarsStayFast(_ text: String) throws {
    let pattern = TextPattern.grammar(try Grammar(text))
    #expect(try pattern.matches(String(repeating: "a", count: 300) + "b"))
    #expect(try !pattern.matches(String(repeating: "a", count: 300) + "bb"))
  }

  /// The work of a step grows with the square of the text here; past the limit the byte is refused.
  @Test func aStepThatWouldTakeTooLongIsRefused() throws {
    let pattern = TextPattern.grammar(try Grammar("root ::= x \"b\"\nx ::= \"a\" x \"\" | \"a\" x x x | \"\""))
    #expect(try pattern.matches(String(repeating: "a", count: 100) + "b"))
    #expect(try !pattern.matches(String(repeating: "a", count: 2_000) + "b"))
  }

  /// 2^18 readings that share their stacks.
  @Test func exponentiallyManyReadingsShareStacks() throws {
    let rules = (0..<18).map { "r\($0) ::= r\($0 + 1) \"x\" | r\($0 + 1) \"y\"\n" }.joined()
    let pattern = TextPattern.grammar(try Grammar("root ::= r0\n" + rules + "r18 ::= \"a\""))
    #expect(try pattern.matches("a" + String(repeating: "xy", count: 9)))
    #expect(try !pattern.matches("a" + String(repeating: "xy", count: 8)))
  }

  @Test func nestingPastTheLimitIsNotAllowedAndDoesNotCrash() throws {
    let constraint = try constraint("root ::= \"(\" root \")\" | \"x\"")
    var state = constraint.start
    var depth = 0
    for _ in 0..<100_000 {
      guard let next = constraint.advance(state, 40) else { break }
      state = next
      depth += 1
    }
    #expect(depth >= PushdownAutomaton.depthLimit - 1 && depth <= PushdownAutomaton.depthLimit + 1)
    #expect(!constraint.allowed(state).contains(40) && constraint.allowed(state).contains(120))
    state = try #require(constraint.advance(state, 120))
    for _ in 0..<depth { state = try #require(constraint.advance(state, 41)) }
    #expect(constraint.isComplete(state))
  }

  /// Each prefix of a palindrome is a state of its own, so that the automaton is full before the first mask is done.
  @Test func masksAndStatesSurviveAFullAutomaton() throws {
    var tokens: [[UInt8]] = []
    for length in 1...13 {
      for bits in 0..<(1 << length) { tokens.append((0..<length).map { bits >> $0 & 1 == 0 ? 97 : 98 }) }
    }
    let vocabulary = VocabularyTrie(tokens: tokens + [Array("abc".utf8)], endOfText: [])
    let constraint = try constraint("root ::= \"a\" root \"a\" | \"b\" root \"b\" | \"\"", vocabulary)
    let old = try #require(constraint.advance(constraint.start, Int32(tokens.count - 1)))
    #expect(constraint.allowed(constraint.start).allowedCount == tokens.count)
    #expect(constraint.allowed(old).allowedCount == tokens.count)
    var random = SeededGenerator(seed: 2)
    for _ in 0..<50 {
      let token = Int.random(in: 0..<tokens.count, using: &random)
      let there = try #require(constraint.advance(constraint.start, Int32(token)))
      let mirrored = try #require(tokens.firstIndex(of: tokens[token].reversed()))
      let back = try #require(constraint.advance(there, Int32(mirrored)))
      #expect(constraint.isComplete(back))
    }
    // `old` is 13 times b.
    #expect(constraint.isComplete(try #require(constraint.advance(old, Int32(tokens.count - 1)))))
    #expect(constraint.maskCacheCounts.hits + constraint.maskCacheCounts.misses == 2)
  }

  @Test func theMaskCacheIsBoundedAndForgetsTheOldest() throws {
    let arena = AutomatonArena(try CompiledPattern(.literal("a")), owner: AutomatonArena.Owner())
    var cache = MaskCache(capacity: 3)
    func state(_ id: Int32) -> PatternState { PatternState(arena: arena, id: id) }
    for id in 0..<3 { cache.insert(TokenMask(count: Int(id)), for: state(Int32(id))) }
    #expect(cache.mask(of: state(0)) == TokenMask(count: 0))
    cache.insert(TokenMask(count: 9), for: state(9))
    #expect(cache.mask(of: state(0)) != nil && cache.mask(of: state(1)) == nil && cache.mask(of: state(9)) != nil)
    #expect(cache.hits == 3 && cache.misses == 1)
  }

  @Test func aConstraintIsSharedByThreads() async throws {
    let constraint = try constraint("root ::= \"(\" root* \")\" | [a-c]")
    let counts = await withTaskGroup(of: Int.self) { group in
      for seed in 0..<8 {
        group.addTask {
          var random = SeededGenerator(seed: UInt64(seed))
          var state = constraint.start
          var count = 0
          for _ in 0..<300 {
            var choices: [Int32] = []
            constraint.allowed(state).forEach { choices.append($0) }
            guard let token = choices.randomElement(using: &random), let next = constraint.advance(state, token) else { break }
            state = next
            count += 1
          }
          return count
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(counts.count == 8 && counts.allSatisfy { $0 >= 1 })
  }
}
