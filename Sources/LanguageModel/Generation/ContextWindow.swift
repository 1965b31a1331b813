/// What of a conversation a model is shown when all of it does not fit.
///
/// The system messages stay, the newest turns stay, and a summary stands in for the oldest turns once they had to go. A turn is a user's
/// message with all that follows up to the next one; it stays or goes as a whole.
///
/// When the room is full, turns go until three quarters of it are used, not just the one that was too much: so a conversation keeps its
/// beginning for many turns, and with it the keys and values that are computed already. What goes follows from the conversation alone, not
/// from earlier calls; give every call the whole conversation, the same lengths, and a summary that changes as seldom as may be.
public struct ContextWindow: Sendable {
  public struct Selection: Sendable, Equatable {
    /// The system messages, the summary if something went, and the newest turns.
    public var messages: [ChatMessage]
    /// The ids of `messages`, with which the assistant's next turn opens.
    public var prompt: [Int32]
    /// How many of the oldest messages, besides the system's, went.
    public var droppedMessages: Int
  }

  public let template: ChatTemplate
  public let tokenizer: any TextTokenizer
  /// Tokens that the model can look at, and those of them that are kept for its reply.
  public let contextLength: Int
  public let replyRoom: Int

  public init(_ template: ChatTemplate, tokenizer: any TextTokenizer, contextLength: Int, replyRoom: Int) {
    self.template = template
    self.tokenizer = tokenizer
    self.contextLength = contextLength
    self.replyRoom = max(0, replyRoom)
  }

  /// The messages that fit beside the room for the reply.
  /// - Parameters:
  ///   - messages: the whole conversation. System messages at its beginning stay; later ones belong to the turn in which they stand.
  ///   - summary: what the model must know of turns that went; it follows the system messages as another of them.
  /// - Throws: `ContextWindowError` if not even the newest turn fits, or the template cannot be written with this tokenizer.
  public func select(_ messages: [ChatMessage], summary: String) throws(ContextWindowError) -> Selection {
    guard contextLength > replyRoom else { throw .noRoom(contextLength: contextLength, replyRoom: replyRoom) }
    let room = contextLength - replyRoom
    let conversation = try Conversation(messages, summary: ChatMessage(.system, summary), count: count)
    var kept = conversation.firstKept(in: room)
    while true {
      let selected = conversation.messages(from: kept)
      let prompt = try encode(selected)
      if prompt.count <= room {
        return Selection(messages: selected, prompt: prompt, droppedMessages: conversation.dropped(before: kept))
      }
      // Without control tokens between the messages, a text can have other tokens than its parts have together.
      guard kept + 1 < conversation.starts.count else { throw conversation.fault(kept, room, prompt: prompt.count) }
      kept += 1
    }
  }

  private func encode(_ messages: [ChatMessage], addGenerationPrompt: Bool = true) throws(ContextWindowError) -> [Int32] {
    do {
      return try template.encode(messages, with: tokenizer, addGenerationPrompt: addGenerationPrompt)
    } catch {
      throw .template(error)
    }
  }

  /// Tokens of one message amid others, or of what surrounds all of them.
  private func count(_ message: ChatMessage?) throws(ContextWindowError) -> Int {
    guard let message else { return try encode([]).count }
    return try encode([message], addGenerationPrompt: false).count - encode([], addGenerationPrompt: false).count
  }
}

/// Messages with their lengths in tokens.
private struct Conversation {
  let all: [ChatMessage]
  let summary: ChatMessage
  /// Where the turns begin.
  let starts: [Int]
  /// Tokens of what stays in any case, and of the summary.
  let fixed: Int
  let summaryLength: Int
  /// Tokens of all messages before each, those that stay in any case left out.
  let sums: [Int]

  init(
    _ messages: [ChatMessage], summary: ChatMessage, count: (ChatMessage?) throws(ContextWindowError) -> Int
  ) throws(ContextWindowError) {
    all = messages
    self.summary = summary
    let head = messages.prefix { $0.role == .system }.count
    starts = (head..<messages.count).filter { $0 == head || messages[$0].role == .user }
    var fixed = try count(nil)
    for message in messages[..<head] { fixed += try count(message) }
    var sums = Array(repeating: 0, count: head + 1)
    for message in messages[head...] { sums.append(sums[sums.count - 1] + (try count(message))) }
    self.fixed = fixed
    self.sums = sums
    summaryLength = try count(summary)
  }

  /// The first turn that stays, found as if every message had been asked about when it came.
  func firstKept(in room: Int) -> Int {
    guard let first = starts.first else { return 0 }
    // In steps, so that a summary of a few words more does not move what goes.
    let step = max(1, room / 16)
    let summaryRoom = (summaryLength + step - 1) / step * step
    let turnRoom = room - fixed - summaryRoom
    let target = turnRoom - turnRoom / 4
    var kept = 0
    var newest = 0
    for end in first + 1..<sums.count {
      while newest + 1 < starts.count, starts[newest + 1] < end { newest += 1 }
      let used = sums[end] - sums[starts[kept]]
      guard used > (kept == 0 ? room - fixed : turnRoom) else { continue }
      while kept < newest, sums[end] - sums[starts[kept]] > target { kept += 1 }
    }
    return kept
  }

  func messages(from turn: Int) -> [ChatMessage] {
    guard let first = starts.first, turn > 0 else { return all }
    return all[..<first] + [summary] + all[starts[turn]...]
  }

  func dropped(before turn: Int) -> Int { turn > 0 ? starts[turn] - starts[0] : 0 }

  /// Why the turn does not fit, which is the newest one.
  func fault(_ turn: Int, _ room: Int, prompt: Int) -> ContextWindowError {
    guard let start = starts.last else { return .systemTooLong(tokens: prompt, room: room) }
    let turnLength = sums[sums.count - 1] - sums[start]
    let left = room - (prompt - turnLength)
    return left > 0 ? .newestTurnTooLong(tokens: turnLength, room: left) : .systemTooLong(tokens: prompt - turnLength, room: room)
  }
}
