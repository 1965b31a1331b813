import Testing

@testable import LanguageModel

@Suite struct ContextWindowTests {
  private static let bytes = ByteTokenizer(vocabularySize: 257)
  private static let summary = "wants: quiet; shown: 4, 19"

  /// A conversation that ends with a user's message: system messages, at times a greeting, and turns of random lengths.
  private func conversation(turns: Int, longest: Int, using random: inout SplitMix) -> [ChatMessage] {
    func text() -> String { String(repeating: "x", count: Int.random(in: 0...longest, using: &random)) }
    var messages = Bool.random(using: &random) ? [ChatMessage(.system, "Recommend places.")] : []
    if Bool.random(using: &random) { messages.append(ChatMessage(.assistant, "Hello! " + text())) }
    for turn in 0..<turns {
      messages.append(ChatMessage(.user, "\(turn) " + text()))
      // Now and then two messages of the user, or a note of the system, come together.
      if Int.random(in: 0..<8, using: &random) == 0 { messages.append(ChatMessage(.system, "note " + text())) }
      if turn + 1 < turns, Int.random(in: 0..<8, using: &random) > 0 { messages.append(ChatMessage(.assistant, text())) }
    }
    return messages
  }

  private func check(_ selection: ContextWindow.Selection, of messages: [ChatMessage], _ window: ContextWindow) throws {
    let head = messages.prefix { $0.role == .system }
    #expect(selection.prompt.count <= window.contextLength - window.replyRoom)
    #expect(selection.prompt == (try window.template.encode(selection.messages, with: window.tokenizer)))
    let dropped = selection.droppedMessages
    let summary = dropped > 0 ? [ChatMessage(.system, Self.summary)] : []
    #expect(selection.messages == head + summary + messages.dropFirst(head.count + dropped))
    // The newest turn is among them, and the first that stays is whole.
    if dropped > 0 { #expect(messages[head.count + dropped].role == .user) }
  }

  @Test func whatFitsIsWholeTurnsInTheirOrder() throws {
    var random = SplitMix(3)
    var (all, some, refused) = (0, 0, 0)
    for _ in 0..<600 {
      let longest = Int.random(in: 0...60, using: &random)
      let messages = conversation(turns: Int.random(in: 1...25, using: &random), longest: longest, using: &random)
      let window = ContextWindow(
        .plain, tokenizer: Self.bytes, contextLength: Int.random(in: 40...1200, using: &random),
        replyRoom: Int.random(in: 0...30, using: &random))
      let room = window.contextLength - window.replyRoom
      let fitsWhole = try ChatTemplate.plain.encode(messages, with: Self.bytes).count <= room
      do {
        let selection = try window.select(messages, summary: Self.summary)
        try check(selection, of: messages, window)
        if selection.droppedMessages == 0 { all += 1 } else { some += 1 }
        // Nothing goes, and no summary comes, where all fits.
        #expect(fitsWhole == (selection.droppedMessages == 0))
      } catch {
        refused += 1
        #expect(!fitsWhole)
        // Neither would the newest turn alone, with all that must stand before it.
        let head = messages.prefix { $0.role == .system }
        let start = messages.lastIndex { $0.role == .user } ?? 0
        let dropsSome = start > head.count
        let least = head + (dropsSome ? [ChatMessage(.system, Self.summary)] : []) + messages[start...]
        #expect(try ChatTemplate.plain.encode(Array(least), with: Self.bytes).count > room)
      }
    }
    // All of these come up.
    #expect(all > 50 && some > 50 && refused > 20)
  }

  @Test func theBeginningStaysForManyTurns() throws {
    var random = SplitMix(5)
    let window = ContextWindow(.plain, tokenizer: Self.bytes, contextLength: 2000, replyRoom: 100)
    var messages = [ChatMessage(.system, "Recommend places.")]
    var before = ContextWindow.Selection(messages: messages, prompt: [], droppedMessages: 0)
    var moves = 0
    for turn in 0..<300 {
      messages.append(ChatMessage(.user, "\(turn) " + String(repeating: "u", count: Int.random(in: 0...40, using: &random))))
      let now = try window.select(messages, summary: Self.summary)
      try check(now, of: messages, window)
      if now.droppedMessages == before.droppedMessages {
        #expect(now.messages.starts(with: before.messages))
      } else {
        moves += 1
        #expect(now.droppedMessages > before.droppedMessages)
        // There is room for a while again.
        #expect(now.prompt.count <= 1900 * 3 / 4 + 50)
      }
      // A summary that has grown by some words moves nothing.
      let grown = Self.summary + ", 23, 42, 57, 61, 78, 80, 93; declined: 5, 17, 31"
      #expect(try window.select(messages, summary: grown).droppedMessages == now.droppedMessages)
      before = now
      messages.append(ChatMessage(.assistant, String(repeating: "a", count: Int.random(in: 0...60, using: &random))))
    }
    // A turn has about 70 tokens, and about 450 go at once.
    #expect((25...65).contains(moves))
  }

  @Test(arguments: [(ChatTemplate.chatML, PeerVocabulary.qwen2), (.llama3, .llamaBPE), (.plain, .llamaSPM)])
  func realVocabulariesAreCounted(_ template: ChatTemplate, _ name: PeerVocabulary) throws {
    let tokenizer = name.tokenizer
    var random = SplitMix(8)
    for _ in 0..<12 {
      var messages = [ChatMessage(.system, "You recommend places. 静かに。")]
      for _ in 0..<Int.random(in: 3...20, using: &random) {
        messages += [
          ChatMessage(.user, "a" + randomText(upTo: 60, using: &random)), ChatMessage(.assistant, randomText(upTo: 60, using: &random)),
        ]
      }
      messages.append(ChatMessage(.user, "And?"))
      let window = ContextWindow(
        template, tokenizer: tokenizer, contextLength: Int.random(in: 300...1500, using: &random), replyRoom: 100)
      let selection = try window.select(messages, summary: Self.summary)
      try check(selection, of: messages, window)
      let whole = try template.encode(messages, with: tokenizer)
      #expect((whole.count <= window.contextLength - 100) == (selection.droppedMessages == 0))
    }
  }

  @Test func whatCannotFitSaysWhy() throws {
    func fault(_ messages: [ChatMessage], context: Int, reply: Int, summary: String = "s") -> ContextWindowError? {
      do {
        _ = try ContextWindow(.plain, tokenizer: Self.bytes, contextLength: context, replyRoom: reply).select(messages, summary: summary)
        return nil
      } catch { return error }
    }
    // "System: abc\n" has 12 tokens, "Assistant:" 10, and "User: \n" 7.
    let system = ChatMessage(.system, "abc")
    let long = ChatMessage(.user, String(repeating: "x", count: 93))
    #expect(fault([system, long], context: 141, reply: 20) == .newestTurnTooLong(tokens: 100, room: 99))
    #expect(fault([system, long], context: 142, reply: 20) == nil)
    // With an older turn to drop, the summary takes its place: "System: s\n".
    let older = [system, ChatMessage(.user, "1"), ChatMessage(.assistant, "2")]
    #expect(fault(older + [long], context: 151, reply: 20) == .newestTurnTooLong(tokens: 100, room: 99))
    #expect(fault(older + [long], context: 152, reply: 20) == nil)
    let longSummary = String(repeating: "s", count: 40)
    #expect(fault(older + [long], context: 60, reply: 20, summary: longSummary) == .systemTooLong(tokens: 71, room: 40))
    #expect(fault([system], context: 30, reply: 10) == .systemTooLong(tokens: 22, room: 20))
    #expect(fault([system], context: 32, reply: 10) == nil)
    #expect(fault([], context: 20, reply: 20) == .noRoom(contextLength: 20, replyRoom: 20))
    #expect(fault([], context: .min, reply: .max) == .noRoom(contextLength: .min, replyRoom: .max))
    #expect(fault(older, context: .max, reply: -5) == nil)
    let foreign = ContextWindow(.chatML, tokenizer: Self.bytes, contextLength: 100, replyRoom: 10)
    #expect(throws: ContextWindowError.template(.templateNeedsToken(template: "chatml", token: "<|im_start|>"))) {
      try foreign.select([system], summary: "")
    }
    #expect(ContextWindowError.newestTurnTooLong(tokens: 100, room: 99).description.contains("shorten it"))
  }
}
