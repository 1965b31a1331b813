import Dialogue
import Frames
import History
import Knowledge
import Wire

/// The methods of a conversation: `chat.*`, `understand`, `retrieve`, `recommend`, `explain`, `feedback`, `profile.*`.
struct ChatService: Sendable {
  let packs: PackRegistry
  let conversations: Conversations
  let history: HistoryStore
  let stats: Stats
  let models: LanguageModels
  let defaultPack: String
  static let longestText = 16_384

  // MARK: conversations

  func open(_ params: inout Params) async throws -> JSONValue {
    let pack = try params.optionalText("pack") ?? defaultPack
    let user = try params.optionalText("user") ?? "local"
    try params.finish()
    _ = try await packs.runtime(pack)
    let conversation = try await conversations.open(pack: pack, user: user)
    return .object(["conversation": .string(conversation.id), "pack": .string(pack), "user": .string(user)])
  }

  func send(_ params: inout Params, emit: @escaping @Sendable (String) async throws -> Void) async throws -> JSONValue {
    let text = try params.text("text", longest: Self.longestText)
    let id = try params.optionalText("conversation")
    let pack = try params.optionalText("pack")
    let user = try params.optionalText("user")
    let context = try params.textMap("context")
    let stream = try params.flag("stream")
    let limit = try params.optionalInteger("limit", in: 1...50) ?? 5
    try params.finish()
    let conversation: Conversation
    if let id {
      conversation = try await conversations.find(id)
      try same(pack, conversation.pack, "pack")
      try same(user, conversation.user, "user")
    } else {
      _ = try await packs.runtime(pack ?? defaultPack)
      conversation = try await conversations.open(pack: pack ?? defaultPack, user: user ?? "local")
    }
    let runtime = try await packs.runtime(conversation.pack)
    try check(context, runtime.pack)
    let composer = await models.composer(for: runtime)
    let (record, outcome, events) = try await conversation.send(
      text, context: context, limit: limit, on: runtime, composer: composer
    ) { part in
      if stream { try await emit(part) }
    }
    for event in events { await packs.note(event) }
    await count(outcome, record.timing, runtime.pack)
    // What no model writes piece by piece is kept before any of it goes out.
    if stream, composer == nil { for part in outcome.parts { try await emit(part) } }
    return .object([
      "conversation": .string(record.conversation), "turn": .number(Double(record.turn)), "reply": .string(record.reply),
      "frame": try .encoding(record.frame), "items": try .encoding(record.items), "timing": try .encoding(record.timing),
    ])
  }

  private func same(_ asked: String?, _ own: String, _ what: String) throws {
    guard let asked, asked != own else { return }
    throw RPCError(
      .refused, "The conversation is with \(what) \"\(own)\", not \"\(asked)\"", reason: "\(what)_mismatch",
      hint: "Leave \"\(what)\" out, or open another conversation")
  }

  private func check(_ context: [String: String], _ pack: Pack) throws {
    for (feature, value) in context.sorted(by: { $0.key < $1.key }) {
      guard pack.manifest.context.contains(feature), let slot = pack.manifest.slot(feature) else {
        throw RPCError(
          .invalidParams, "context: \"\(feature)\" is no feature of this pack", reason: "unknown_context",
          hint: "Use: \(pack.manifest.context.joined(separator: ", "))")
      }
      if [.enum, .ordered].contains(slot.type), !slot.values.contains(where: { $0.id == value }) {
        throw RPCError(
          .invalidParams, "context: \"\(value)\" is no value of \(feature)", reason: "unknown_context",
          hint: "Use: \(slot.values.map(\.id).joined(separator: ", "))")
      }
    }
  }

  private func count(_ outcome: TurnOutcome, _ timing: Timing, _ pack: Pack) async {
    await stats.note(timing)
    await stats.count(.turns)
    if outcome.saysUnknown { await stats.count(.unknownAnswers) }
    if outcome.frame.confidence < pack.manifest.clarifyBelow { await stats.count(.clarified) }
    if !outcome.refusedClaims.isEmpty { await stats.count(.refusedClaims, by: outcome.refusedClaims.count) }
    if outcome.relaxed > 0 { await stats.count(.relaxed) }
  }

  func list(_ params: inout Params) throws -> JSONValue {
    let user = try params.optionalText("user")
    let search = try params.optionalText("search", longest: 1024)
    let limit = try params.optionalInteger("limit", in: 1...1000) ?? 100
    try params.finish()
    return .object(["conversations": try .encoding(try history.conversations(user: user, search: search, limit: limit))])
  }

  func turns(_ params: inout Params) throws -> JSONValue {
    let id = try params.text("conversation")
    try params.finish()
    guard let stored = try history.conversation(id) else {
      throw RPCError(.notFound, "There is no conversation \"\(id)\"", reason: "unknown_conversation", hint: "See chat.list")
    }
    return .object([
      "conversation": .string(id), "pack": .string(stored.pack), "user": .string(stored.user),
      "turns": try .encoding(try history.turns(of: id)), "state": try .encoding(stored.state),
    ])
  }

  func close(_ params: inout Params) async throws -> JSONValue {
    let id = try params.text("conversation")
    try params.finish()
    _ = try await conversations.find(id)
    try history.close(conversation: id)
    return .object(["closed": .bool(true)])
  }

  func forget(_ params: inout Params) async throws -> JSONValue {
    let id = try params.optionalText("conversation")
    let all = try params.flag("all")
    try params.finish()
    if all { return .object(["forgotten": .number(Double(try await conversations.forgetAll()))]) }
    guard let id else { throw params.missing("conversation") }
    guard try await conversations.forget(id) else {
      throw RPCError(.notFound, "There is no conversation \"\(id)\"", reason: "unknown_conversation", hint: "See chat.list")
    }
    return .object(["forgotten": .number(1)])
  }

  // MARK: feedback and profile

  func feedback(_ params: inout Params) async throws -> JSONValue {
    let item = try params.text("item")
    let kindText = try params.text("kind")
    guard let kind = FeedbackKind(rawValue: kindText) else {
      throw RPCError(
        .invalidParams, "feedback: \"\(kindText)\" is no kind", reason: "bad_param",
        hint: "Use: \(FeedbackKind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let value = try params.optionalNumber("value", in: 0...1_000_000)
    let id = try params.optionalText("conversation")
    let pack = try params.optionalText("pack")
    let user = try params.optionalText("user")
    try params.finish()
    let conversation = id == nil ? nil : try await conversations.find(id!)
    try same(pack, conversation?.pack ?? pack ?? defaultPack, "pack")
    let event = FeedbackEvent(
      conversation: id, user: conversation?.user ?? user ?? "local", pack: conversation?.pack ?? pack ?? defaultPack,
      item: item, kind: kind, value: value)
    let runtime = try await packs.runtime(event.pack)
    guard runtime.pack.item(item) != nil else {
      throw RPCError(
        .notFound, "There is no item \"\(item)\" in \(event.pack)", reason: "unknown_item", hint: "Use the id of an item that was shown")
    }
    if let conversation { try await conversation.note(event) } else { try history.record(event) }
    await packs.note(event)
    return .object(["recorded": .bool(true)])
  }

  func profile(_ params: inout Params) async throws -> JSONValue {
    let user = try params.optionalText("user") ?? "local"
    let pack = try params.optionalText("pack") ?? defaultPack
    try params.finish()
    let runtime = try await packs.runtime(pack)
    let profile = try Profile.read(user: user, pack: runtime.pack, history: history)
    return .object([
      "user": .string(user), "pack": .string(pack), "liked": .array(profile.liked.map { .string($0) }),
      "barred": .array(profile.barred.map { .string($0) }),
      "taste": .object(profile.taste.mapValues { .number($0) }),
      "conversations": .number(Double(try history.conversations(user: user, limit: 1_000_000).count)),
      "events": .number(Double(try history.feedback(user: user).count)),
    ])
  }

  func forgetProfile(_ params: inout Params) async throws -> JSONValue {
    let user = try params.optionalText("user") ?? "local"
    try params.finish()
    return .object(["forgotten": .number(Double(try await conversations.forget(user: user)))])
  }
}
