import Synchronization

/// Writes turns with a model in this process: the chat template, the tokenizer and the grammar around a `Generator`.
public final class LocalTextGenerator: TextGenerator {
  /// The text was not done in time.
  public struct DeadlineExceeded: Error, Sendable, Equatable, CustomStringConvertible {
    /// Tokens that were written by then.
    public var tokens: Int

    public var description: String {
      "The text was not done by the deadline, with \(tokens) tokens written; allow more time, fewer tokens, or fewer texts at once."
    }
  }

  private struct Grammars {
    /// Made when the first grammar comes: it takes a tenth of a second for 150,000 tokens.
    var vocabulary: VocabularyTrie?
    /// By text. A constraint keeps its masks, so that the next text with the same grammar finds them.
    var constraints: [String: PatternConstraint] = [:]
  }

  private static let grammarLimit = 16

  private let generator: Generator
  private let tokenizer: any TextTokenizer
  private let template: ChatTemplate
  private let attachments: DecoderAttachments
  private let grammars = Mutex(Grammars())

  /// - Parameter attachments: what every text is written with besides the model.
  public init(
    _ generator: Generator, tokenizer: any TextTokenizer, template: ChatTemplate, attachments: DecoderAttachments = .none
  ) {
    self.generator = generator
    self.tokenizer = tokenizer
    self.template = template
    self.attachments = attachments
  }

  /// Errors are `DeadlineExceeded`, `GrammarError`, `TextPattern.CompositionError`, `ContextWindowError`, and those of the tokenizer and the `Generator`.
  public func generate(_ request: TextRequest) -> AsyncThrowingStream<TextEvent, any Error> {
    let (stream, continuation) = AsyncThrowingStream<TextEvent, any Error>.makeStream()
    let task = Task {
      do {
        try await write(request) { continuation.yield($0) }
        continuation.finish()
      } catch {
        continuation.finish(throwing: error)
      }
    }
    continuation.onTermination = { _ in task.cancel() }
    return stream
  }

  private func write(_ request: TextRequest, _ output: @escaping @Sendable (TextEvent) -> Void) async throws {
    let prompt = try prompt(request)
    let inner = GenerationRequest(
      prompt: prompt, sampling: request.sampling, maximumTokens: request.maximumTokens, stopTokens: tokenizer.endOfGeneration,
      constraint: try request.grammar.map { try constraint($0) }, spelling: GenerationRequest.Spelling(tokenizer),
      attachments: attachments)
    let written = Atomic(0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { @Sendable [self] in
        var characters = UTF8Stream()
        for try await event in generator.generate(inner) {
          switch event {
          case .token(let token):
            written.wrappingAdd(1, ordering: .relaxed)
            let text = characters.append(tokenizer.bytes(of: token))
            if !text.isEmpty { output(.text(text)) }
          case .ended(let reason):
            let rest = characters.finish()
            if !rest.isEmpty { output(.text(rest)) }
            output(.ended(Self.end(reason, promptTokens: prompt.count, textTokens: written.load(ordering: .relaxed))))
          }
        }
        try Task.checkCancellation()
      }
      if let deadline = request.deadline {
        group.addTask { @Sendable in
          try await Task.sleep(until: deadline, clock: .continuous)
          throw DeadlineExceeded(tokens: written.load(ordering: .relaxed))
        }
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func prompt(_ request: TextRequest) throws -> [Int32] {
    guard let summary = request.summary else { return try template.encode(request.messages, with: tokenizer) }
    // However long a text may become, the conversation keeps half of the context.
    let replyRoom = min(request.maximumTokens, generator.contextLength / 2)
    let window = ContextWindow(template, tokenizer: tokenizer, contextLength: generator.contextLength, replyRoom: replyRoom)
    return try window.select(request.messages, summary: summary).prompt
  }

  private static func end(_ reason: GenerationEnd, promptTokens: Int, textTokens: Int) -> TextEnd {
    switch reason {
    case .stopToken, .constraint: TextEnd(.stop, promptTokens: promptTokens, textTokens: textTokens)
    case .maximumTokens, .contextFull: TextEnd(.length, promptTokens: promptTokens, textTokens: textTokens)
    }
  }

  private func constraint(_ text: String) throws -> PatternConstraint {
    if let known = grammars.withLock({ $0.constraints[text] }) { return known }
    let grammar = try Grammar(text)
    let vocabulary = grammars.withLock { grammars in
      let vocabulary = grammars.vocabulary ?? VocabularyTrie(tokenizer)
      grammars.vocabulary = vocabulary
      return vocabulary
    }
    let constraint = try PatternConstraint(.grammar(grammar), vocabulary: vocabulary)
    grammars.withLock { grammars in
      if grammars.constraints.count >= Self.grammarLimit { grammars.constraints.removeAll() }
      grammars.constraints[text] = constraint
    }
    return constraint
  }
}
