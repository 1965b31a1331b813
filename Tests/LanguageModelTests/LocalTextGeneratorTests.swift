import Testing

@testable import LanguageModel

/// One token a byte, as far as the vocabulary reaches; the last ends the text.
struct ByteTokenizer: TextTokenizer {
  let vocabularySize: Int

  var bos: Int32? { nil }
  var eos: Int32? { Int32(vocabularySize - 1) }
  var endOfTurn: Int32? { nil }

  func encode(_ text: String, special: Bool) -> [Int32] { text.utf8.map { Int32($0) % Int32(vocabularySize - 1) } }
  func bytes(of token: Int32) -> [UInt8] { token >= 0 && token < min(256, vocabularySize - 1) ? [UInt8(token)] : [] }
}

@Suite struct LocalTextGeneratorTests {
  private func generator(cacheMemory: Int = 64 << 20) throws -> LocalTextGenerator {
    let model = try DecoderModel(path: DecoderFixture.path("llama-F32"))
    let tokenizer = ByteTokenizer(vocabularySize: model.configuration.vocabularySize)
    return LocalTextGenerator(
      try Generator(model, threads: 1, cacheMemory: cacheMemory, precision: .float32), tokenizer: tokenizer, template: .plain)
  }

  private func write(_ generator: LocalTextGenerator, _ request: TextRequest) async throws -> (text: String, end: TextEnd?) {
    var text = ""
    var end: TextEnd?
    for try await event in generator.generate(request) {
      switch event {
      case .text(let piece): text += piece
      case .ended(let reason): end = reason
      }
    }
    return (text, end)
  }

  private let messages = [ChatMessage(.user, "Where to?")]

  @Test func whatIsWrittenKeepsToTheGrammar() async throws {
    let generator = try generator()
    let grammar = "root ::= \"go to \" (\"Ueno\" | \"Asakusa\") (\", \" [a-c]{1,4}){1,3} \"!\""
    let pattern = TextPattern.grammar(try Grammar(grammar))
    for seed in 0..<6 {
      let request = TextRequest(
        messages, sampling: Sampling(temperature: 2, topK: 0, topP: 1, seed: UInt64(seed)), maximumTokens: 60, grammar: grammar)
      let (text, end) = try await write(generator, request)
      #expect(try pattern.matches(text), "\(text)")
      #expect(end?.reason == .stop && end?.textTokens == text.utf8.count)
    }
  }

  @Test func lengthEndsATextAndTheSeedDecidesIt() async throws {
    let generator = try generator()
    let request = TextRequest(messages, sampling: Sampling(temperature: 1, seed: 4), maximumTokens: 12, grammar: "root ::= [a-zあ-ん]{50}")
    let first = try await write(generator, request)
    #expect(first.end?.reason == .length && first.end?.textTokens == 12)
    #expect(try await write(generator, request).text == first.text)
  }

  @Test func aLongConversationIsWrittenWithItsSummary() async throws {
    // Room for 256 tokens.
    let model = try DecoderModel(path: DecoderFixture.path("llama-F32"))
    let generator = try generator(cacheMemory: KVCache.bytes(for: 256, of: model, precision: .float32))
    var messages = [ChatMessage(.system, "Be brief.")]
    for turn in 0..<12 { messages += [ChatMessage(.user, "Where to, \(turn)?"), ChatMessage(.assistant, "To Ueno.")] }
    messages.append(ChatMessage(.user, "And then?"))
    var request = TextRequest(messages, sampling: .greedy, maximumTokens: 20, grammar: "root ::= [a-z]{50}")
    let tooLong = request
    await #expect(throws: DecoderError.self) { try await write(generator, tooLong) }
    request.summary = "shown: 7"
    let (text, end) = try await write(generator, request)
    let kept = messages[..<1] + [ChatMessage(.system, "shown: 7")] + messages.suffix(7)
    let plain = TextRequest(Array(kept), sampling: .greedy, maximumTokens: 20, grammar: "root ::= [a-z]{50}")
    let expected = try await write(generator, plain)
    #expect(text == expected.text && text.count == 20)
    #expect(end == expected.end && end?.reason == .length)
    // Half of the context stays the conversation's.
    request.maximumTokens = 100_000
    #expect(try await write(generator, request).end?.textTokens == 50)
  }

  @Test func theDeadlineEndsIt() async throws {
    let generator = try generator()
    var request = TextRequest(messages, maximumTokens: 400, grammar: "root ::= [a-z]{1000}")
    request.deadline = .now
    let late = request
    await #expect(throws: LocalTextGenerator.DeadlineExceeded.self) { try await write(generator, late) }
  }

  @Test func aWrongGrammarIsAnError() async throws {
    let generator = try generator()
    await #expect(throws: GrammarError.self) {
      try await write(generator, TextRequest(messages, maximumTokens: 5, grammar: "root ::= \"a"))
    }
    await #expect(throws: TextPattern.CompositionError.unbound(name: "items")) {
      try await write(generator, TextRequest(messages, maximumTokens: 5, grammar: "root ::= @items"))
    }
  }
}
