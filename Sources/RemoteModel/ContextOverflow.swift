import LanguageModel

/// What is done where a conversation is longer than the server's model can look at.
///
/// A client cannot count the server's tokens, so the server's refusal is what tells it. OpenAI, vLLM and llama-server answer 400 with a
/// message on the model's context; others cut the conversation themselves and say nothing.
extension RemoteModelError {
  /// Whether the server refused the request for its length.
  var isContextOverflow: Bool {
    guard case .refused(_, 400, let message) = self else { return false }
    return message.lowercased().contains("context")
  }
}

extension TextRequest {
  /// The request without the turns that its summary stands for: the system messages at the beginning, the summary as another of them, and
  /// the newest turn, which is the last message of the user's with all that follows it. Nil without a summary, or if nothing would go.
  var shortened: TextRequest? {
    guard let summary, let newest = messages.lastIndex(where: { $0.role == .user }) else { return nil }
    let head = messages.prefix { $0.role == .system }
    guard newest > head.count else { return nil }
    var request = self
    request.messages = head + [ChatMessage(.system, summary)] + messages[newest...]
    request.summary = nil
    return request
  }
}
