/// Writes the next turn of a conversation: with a model in this process, or one behind a server.
public protocol TextGenerator: Sendable {
  /// The text as it is written, in whole characters, then why it ended. An error ends the stream; dropping the stream stops the work.
  func generate(_ request: TextRequest) -> AsyncThrowingStream<TextEvent, any Error>
}

/// A turn to be written.
public struct TextRequest: Sendable {
  public var messages: [ChatMessage]
  public var sampling: Sampling
  /// Tokens that are written at most.
  public var maximumTokens: Int
  /// A grammar that the text keeps to, in the notation of `Grammar`; nil for any text.
  public var grammar: String?
  /// When the text must be done; nil for no limit.
  public var deadline: ContinuousClock.Instant?
  /// What the oldest turns came to: the standing request, and the ids of items that were shown. A generator that can count tokens writes it
  /// in place of turns that do not fit the model's context (`ContextWindow`); nil to refuse a conversation that does not fit. A server
  /// gets all messages first, and the summary with the newest turn if it refuses them for their length.
  public var summary: String?

  public init(
    _ messages: [ChatMessage], sampling: Sampling = Sampling(), maximumTokens: Int, grammar: String? = nil,
    deadline: ContinuousClock.Instant? = nil, summary: String? = nil
  ) {
    self.messages = messages
    self.sampling = sampling
    self.maximumTokens = maximumTokens
    self.grammar = grammar
    self.deadline = deadline
    self.summary = summary
  }
}

/// What a `TextGenerator` gives out.
public enum TextEvent: Sendable, Equatable {
  /// The next characters; never empty.
  case text(String)
  /// The last event.
  case ended(TextEnd)
}

/// Why a text ended, and what it took.
public struct TextEnd: Sendable, Equatable {
  public enum Reason: Sendable, Equatable {
    /// The model ended it.
    case stop
    /// It has `maximumTokens`, or fills the context.
    case length
    /// Another reason that a server gave.
    case other(String)
  }

  public var reason: Reason
  /// Tokens of the prompt and of the text, where they are known.
  public var promptTokens: Int?
  public var textTokens: Int?

  public init(_ reason: Reason, promptTokens: Int? = nil, textTokens: Int? = nil) {
    self.reason = reason
    self.promptTokens = promptTokens
    self.textTokens = textTokens
  }
}
