/// Why no part of a conversation fits a model's context.
public enum ContextWindowError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The reply alone fills the context.
  case noRoom(contextLength: Int, replyRoom: Int)
  /// The system messages, the summary among them, leave nothing for a turn.
  case systemTooLong(tokens: Int, room: Int)
  /// The newest turn is longer than what the system messages leave.
  case newestTurnTooLong(tokens: Int, room: Int)
  case template(TokenizerError)

  public var description: String {
    switch self {
    case .noRoom(let context, let reply):
      "A reply of \(reply) tokens leaves no room for a conversation in a context of \(context); ask for a shorter reply."
    case .systemTooLong(let tokens, let room):
      "The system messages with the summary have \(tokens) tokens, where all that the model is shown may have \(room); shorten them, ask for "
        + "a shorter reply, or take a model with a longer context."
    case .newestTurnTooLong(let tokens, let room):
      "The newest message has \(tokens) tokens, where \(room) are left for it; shorten it, the system messages or the summary, ask for a "
        + "shorter reply, or take a model with a longer context."
    case .template(let error): "\(error)"
    }
  }
}
