import Dispatch
import Synchronization
import Testing

@testable import LanguageModel

@Suite struct GeneratorTests {
  private func generator(_ name: String = "llama-F32", limits: Generator.Limits = .init(), blocks: Int = 200) throws -> Generator {
    let model = try DecoderModel(path: DecoderFixture.path(name))
    return try Generator(
      model, threads: 2, cacheMemory: blocks * KVBlockShape(model.configuration, .float32).blockBytes, precision: .float32, limits: limits)
  }

  private func text(_ generator: Generator, _ request: GenerationRequest) async throws -> ([Int32], GenerationEnd?) {
    var tokens: [Int32] = []
    var end: GenerationEnd?
    for try await event in generator.generate(request) {
      switch event {
      case .token(let token): tokens.append(token)
      case .ended(let reason): end = reason
      }
    }
    return (tokens, end)
  }

  private var fixture: DecoderFixture { get throws { try #require(DecoderFixture.all.first { $0.model == "llama-F32.gguf" }) } }

  @Test func greedyTextIsThePeers() async throws {
    let request = GenerationRequest(prompt: try fixture.prompt, sampling: .greedy, maximumTokens: 200)
    let (tokens, end) = try await text(generator(), request)
    #expect(tokens == (try fixture.greedy))
    #expect(end == .maximumTokens)
  }

  @Test func textsWrittenTogetherAreThoseWrittenAlone() async throws {
    let together = try generator(limits: .init(running: 3, waiting: 20, promptTokensPerStep: 7))
    let requests = (0..<8).map { index in
      GenerationRequest(
        prompt: (0...index * 5).map { Int32(($0 * 31 + index) % 200) }, sampling: Sampling(temperature: 1, seed: UInt64(index)),
        maximumTokens: 20 + index)
    }
    let found = try await withThrowingTaskGroup(of: (Int, [Int32]).self) { group in
      for (index, request) in requests.enumerated() { group.addTask { (index, try await text(together, request).0) } }
      return try await group.reduce(into: [Int: [Int32]]()) { $0[$1.0] = $1.1 }
    }
    let alone = try generator()
    for (index, request) in requests.enumerated() { #expect(try await text(alone, request).0 == found[index]) }
  }

  @Test func stopTokensEndAndAreNotGivenOut() async throws {
    let greedy = try fixture.greedy
    let stop = greedy[30]
    let request = GenerationRequest(prompt: try fixture.prompt, sampling: .greedy, maximumTokens: 200, stopTokens: [stop])
    let (tokens, end) = try await text(generator(), request)
    #expect(tokens == Array(greedy.prefix { $0 != stop }))
    #expect(end == .stopToken(stop))
  }

  @Test func theContextEndsATextAndTheCacheOnlyItself() async throws {
    let (tokens, end) = try await text(generator(blocks: 4), GenerationRequest(prompt: [1], sampling: .greedy, maximumTokens: 500))
    #expect(end == .contextFull)
    #expect(tokens.count == 64)
    // Two that do not fit together: the later one is refused, the earlier one goes on.
    let small = try generator(blocks: 6)
    async let first = text(small, GenerationRequest(prompt: [1, 2, 3], sampling: .greedy, maximumTokens: 60))
    async let second = text(small, GenerationRequest(prompt: [4, 5, 6], sampling: .greedy, maximumTokens: 60))
    let results = (try? await first, try? await second)
    #expect([results.0, results.1].compactMap { $0 }.map(\.0.count) == [60])
  }

  /// A text that the model cannot go on with ends alone, also if it came before others of its batch.
  @Test func aFaultOfOneTextIsNotTheOthers() async throws {
    let generator = try generator()
    // Both wait until the first text lets go of the generator's thread, so that they begin in one batch.
    let gate = DispatchSemaphore(value: 0)
    let first = generator.generate(
      GenerationRequest(prompt: [1], sampling: .greedy, maximumTokens: 1, constraint: SetConstraint(tokens: [7]) { gate.wait() }))
    // The constraint's vocabulary has tokens that the model does not have.
    let vocabulary = VocabularyTrie(tokens: (0..<256).map { [UInt8($0)] }, endOfText: [])
    let pattern = TextPattern.grammar(try Grammar("root ::= \"日\" [ab]{3}"))
    let faulty = generator.generate(
      GenerationRequest(
        prompt: [1, 2], sampling: .greedy, maximumTokens: 9, constraint: try PatternConstraint(pattern, vocabulary: vocabulary),
        spelling: .init(tokens: { $0.map(Int32.init) }, bytes: { [UInt8($0)] })))
    let sound = generator.generate(GenerationRequest(prompt: try fixture.prompt, sampling: .greedy, maximumTokens: 50))
    gate.signal()
    for try await _ in first {}
    await #expect(throws: DecoderError.invalidToken(230, vocabulary: 200)) { for try await _ in faulty {} }
    var tokens: [Int32] = []
    for try await case .token(let token) in sound { tokens.append(token) }
    #expect(tokens == Array(try fixture.greedy.prefix(50)))
  }

  @Test func badRequestsAreRefused() async throws {
    let generator = try generator()
    await #expect(throws: DecoderError.emptyPrompt) { try await text(generator, GenerationRequest(prompt: [], maximumTokens: 5)) }
    await #expect(throws: DecoderError.invalidToken(200, vocabulary: 200)) {
      try await text(generator, GenerationRequest(prompt: [200], maximumTokens: 5))
    }
    #expect(try await text(generator, GenerationRequest(prompt: [1], maximumTokens: 0)).1 == .maximumTokens)
  }

  @Test func requestsAreServedInTheirOrder() async throws {
    let generator = try generator(limits: .init(running: 1, waiting: 20))
    let order = Log()
    let streams = (0..<6).map { index in
      let constraint = SetConstraint(tokens: [7, 9]) { order.entries.withLock { $0.append(index) } }
      return generator.generate(GenerationRequest(prompt: [Int32(index)], sampling: .greedy, maximumTokens: 3, constraint: constraint))
    }
    for stream in streams.reversed() { for try await _ in stream {} }
    #expect(order.entries.withLock { $0 } == (0..<18).map { $0 / 3 })
  }

  @Test func theQueueIsBounded() async throws {
    let generator = try generator(limits: .init(running: 1, waiting: 1))
    let streams = (0..<3).map { _ in generator.generate(GenerationRequest(prompt: [1], maximumTokens: 1500)) }
    await #expect(throws: DecoderError.queueFull(limit: 1)) { for try await _ in streams[2] {} }
  }

  @Test func aTextThatNobodyReadsMakesRoom() async throws {
    let generator = try generator(limits: .init(running: 1, waiting: 5))
    let reader = Task {
      var count = 0
      for try await _ in generator.generate(GenerationRequest(prompt: [1], sampling: .greedy, maximumTokens: 1_000_000)) {
        count += 1
        if count == 3 { break }
      }
      return count
    }
    #expect(try await reader.value == 3)
    // The only running place is free again, long before the first text's end.
    #expect(try await text(generator, GenerationRequest(prompt: [2], sampling: .greedy, maximumTokens: 5)).0.count == 5)
  }

  @Test func constraintsHold() async throws {
    let only: Set<Int32> = [7, 9]
    let generator = try generator()
    let request = GenerationRequest(
      prompt: [1, 2], sampling: Sampling(temperature: 1, seed: 4), maximumTokens: 30, constraint: SetConstraint(tokens: only))
    let (tokens, end) = try await text(generator, request)
    #expect(Set(tokens) == only)
    #expect(end == .maximumTokens)
  }

  /// What a constraint forces before the first choice is computed with the prompt: a pass for each choice, and none for the rest.
  @Test func aForcedBeginningCostsNoPass() async throws {
    let vocabulary = VocabularyTrie(tokens: (0..<200).map { [UInt8($0)] }, endOfText: [])
    let pattern = TextPattern.grammar(try Grammar("root ::= \"{\\\"act\\\":\\\"\" [a-d]{3} \"\\\"}\""))
    func request(_ spelling: GenerationRequest.Spelling?, maximumTokens: Int = 50) throws -> (GenerationRequest, CountingConstraint) {
      let constraint = CountingConstraint(try PatternConstraint(pattern, vocabulary: vocabulary))
      let request = GenerationRequest(
        prompt: [1, 2, 3], sampling: .greedy, maximumTokens: maximumTokens, constraint: constraint, spelling: spelling)
      return (request, constraint)
    }
    let bytes = GenerationRequest.Spelling(tokens: { $0.map(Int32.init) }, bytes: { [UInt8($0)] })
    let (forced, forcedCount) = try request(bytes)
    let generator = try generator()
    let (tokens, end) = try await text(generator, forced)
    #expect(end == .constraint)
    // Three letters are chosen, and then nothing is left.
    #expect(forcedCount.masks == 4)
    #expect(await generator.cacheStatistics.promptTokens == 3 + 8)
    // The text is the one whose every token goes through the model.
    let (chosen, chosenCount) = try request(nil)
    let (expected, _) = try await text(self.generator(), chosen)
    #expect(tokens == expected && tokens.count == 13)
    #expect(chosenCount.masks == 14)
    // It is cut where the text must end, and then nothing is computed at all.
    let (short, shortCount) = try request(bytes, maximumTokens: 5)
    let (cut, cutEnd) = try await text(generator, short)
    #expect(cut == Array(expected.prefix(5)) && cutEnd == .maximumTokens && shortCount.masks == 0)
  }

  @Test func aForcedBeginningThatFillsTheContextEndsThere() async throws {
    let vocabulary = VocabularyTrie(tokens: (0..<200).map { [UInt8($0)] }, endOfText: [])
    let constraint = try PatternConstraint(.literal(String(repeating: "ab", count: 100)), vocabulary: vocabulary)
    let request = GenerationRequest(
      prompt: [1], sampling: .greedy, maximumTokens: 500, constraint: constraint,
      spelling: .init(tokens: { $0.map(Int32.init) }, bytes: { [UInt8($0)] }))
    let (tokens, end) = try await text(generator(blocks: 4), request)
    #expect(end == .contextFull)
    #expect(tokens.count == 64)
  }

  /// After the last token that may be chosen, only the end is left: the model is not asked for it.
  @Test func theEndOfACompleteTextCostsNoPass() async throws {
    let vocabulary = VocabularyTrie(tokens: (0..<200).map { [UInt8($0)] }, endOfText: [3, 4])
    let spelling = GenerationRequest.Spelling(tokens: { $0.map(Int32.init) }, bytes: { [UInt8($0)] })
    func run(_ grammar: String) async throws -> (tokens: [Int32], end: GenerationEnd?, passes: Int, masks: Int) {
      let constraint = CountingConstraint(try PatternConstraint(.grammar(try Grammar(grammar)), vocabulary: vocabulary))
      let generator = try generator()
      let request = GenerationRequest(
        prompt: [1, 2], sampling: .greedy, maximumTokens: 30, constraint: constraint, spelling: spelling)
      let (tokens, end) = try await text(generator, request)
      return (tokens, end, await generator.passes, constraint.masks)
    }
    let chosen = try await run("root ::= [ab]{3}")
    #expect(chosen.tokens.count == 3 && chosen.end == .constraint && chosen.passes == 3)
    // What is forced after the last choice needs none either, nor does a text without a choice.
    let forced = try await run("root ::= [ab]{3} \"cde\"")
    #expect(forced.tokens.suffix(3) == [99, 100, 101] && forced.end == .constraint && forced.passes == 3)
    let fixed = try await run("root ::= \"cde\"")
    #expect(fixed.tokens == [99, 100, 101] && fixed.end == .constraint && fixed.passes == 0)
    // Where a complete text may go on the model chooses, and each mask is asked for once.
    let open = try await run("root ::= [ab]{3} [c-z]{0,4}")
    let isWhole = open.tokens.count == 7
    #expect(isWhole ? open.end == .constraint : open.end == .stopToken(3) || open.end == .stopToken(4))
    #expect(open.passes == open.tokens.count + (isWhole ? 0 : 1))
    #expect(open.masks == open.tokens.count + 1)
  }

  @Test func aCompleteTextEndsWithoutAnEndToken() async throws {
    let vocabulary = VocabularyTrie(tokens: (0..<200).map { [UInt8($0)] }, endOfText: [])
    let constraint = try PatternConstraint(.grammar(try Grammar("root ::= [ab]{3}")), vocabulary: vocabulary)
    let request = GenerationRequest(prompt: [1, 2], sampling: .greedy, maximumTokens: 30, constraint: constraint)
    let (tokens, end) = try await text(generator(), request)
    #expect(tokens.count == 3 && Set(tokens).isSubset(of: [97, 98]))
    #expect(end == .constraint)
  }
}

/// Any of a set of tokens, again and again.
private struct SetConstraint: TokenConstraint {
  let tokens: Set<Int32>
  /// Called whenever the generator asks.
  var asked: @Sendable () -> Void = {}
  let vocabularySize = 200
  var start: ConstraintState { ConstraintState(place: .all([])) }
  func allowed(_ state: ConstraintState) -> TokenMask {
    asked()
    var mask = TokenMask(count: vocabularySize)
    for token in tokens { mask.insert(token) }
    return mask
  }
  func advance(_ state: ConstraintState, _ token: Int32) -> ConstraintState? { tokens.contains(token) ? state : nil }
  func forced(_ state: ConstraintState) -> [UInt8] { [] }
  func allowsLongerToken(_ state: ConstraintState, than bytes: [UInt8]) -> Bool { false }
  func isComplete(_ state: ConstraintState) -> Bool { true }
}

/// Counts how often the generator asks what may come next, which is once for each token that is chosen.
private final class CountingConstraint: TokenConstraint {
  private let inner: PatternConstraint
  private let asked = Atomic(0)

  init(_ inner: PatternConstraint) { self.inner = inner }

  var masks: Int { asked.load(ordering: .relaxed) }
  var vocabularySize: Int { inner.vocabularySize }
  var start: ConstraintState { inner.start }
  func allowed(_ state: ConstraintState) -> TokenMask {
    asked.wrappingAdd(1, ordering: .relaxed)
    return inner.allowed(state)
  }
  func advance(_ state: ConstraintState, _ token: Int32) -> ConstraintState? { inner.advance(state, token) }
  func forced(_ state: ConstraintState) -> [UInt8] { inner.forced(state) }
  func allowsLongerToken(_ state: ConstraintState, than bytes: [UInt8]) -> Bool { inner.allowsLongerToken(state, than: bytes) }
  func isComplete(_ state: ConstraintState) -> Bool { inner.isComplete(state) }
}

private final class Log: Sendable {
  let entries = Mutex<[Int]>([])
}
