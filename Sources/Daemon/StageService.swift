import Dialogue
import Frames
import Knowledge
import Retrieval
import Wire

/// The stages of a turn by themselves, stateless or within a conversation; nothing is recorded.
extension ChatService {
  private struct Setting {
    var runtime: PackRuntime
    var conversation: Conversation?
    var state: ConversationState
    var profile: Profile
  }

  private func setting(_ params: inout Params) async throws -> Setting {
    let id = try params.optionalText("conversation")
    let pack = try params.optionalText("pack")
    let user = try params.optionalText("user")
    if let id {
      let conversation = try await conversations.find(id)
      let runtime = try await packs.runtime(conversation.pack)
      return Setting(
        runtime: runtime, conversation: conversation, state: await conversation.state,
        profile: try Profile.read(user: conversation.user, pack: runtime.pack, history: history))
    }
    let runtime = try await packs.runtime(pack ?? defaultPack)
    return Setting(
      runtime: runtime, conversation: nil, state: ConversationState(),
      profile: try Profile.read(user: user ?? "local", pack: runtime.pack, history: history))
  }

  func understand(_ params: inout Params) async throws -> JSONValue {
    let text = try params.text("text", longest: Self.longestText)
    let setting = try await setting(&params)
    try params.finish()
    return try .encoding(TurnEngine(runtime: setting.runtime).understand(TurnInput(text: text), setting.state))
  }

  func retrieve(_ params: inout Params) async throws -> JSONValue {
    let text = try params.text("text", longest: Self.longestText)
    let only = try params.optionalText("retriever")
    let limit = try params.optionalInteger("limit", in: 1...1000) ?? 20
    let setting = try await setting(&params)
    try params.finish()
    if let only, !HybridRetriever.names.contains(only) {
      throw RPCError(
        .invalidParams, "retrieve: \"\(only)\" is no retriever", reason: "bad_param",
        hint: "Use: \(HybridRetriever.names.joined(separator: ", "))")
    }
    let runtime = setting.runtime
    var frame = try TurnEngine(runtime: runtime).understand(TurnInput(text: text), setting.state)
    if ![.recommend, .refine, .plan].contains(frame.goal) { frame.goal = .recommend }
    let state = runtime.standing.merge(setting.state, frame, text: text)
    let candidates = try runtime.retriever.retrieve(
      RetrievalRequest(
        query: state.query, language: frame.language, constraints: state.constraints, topics: state.topics, liked: setting.profile.liked),
      only: only)
    return .object([
      "items": .array(
        candidates.prefix(limit).filter { $0.score > 0 }.map { candidate in
          let item = runtime.pack.items[candidate.item]
          return .object([
            "id": .string(item.id), "name": .string(item.name(in: frame.language)), "score": .number(candidate.score),
            "parts": .object(candidate.parts.mapValues { .number($0) }),
            "path": .array(candidate.path.map { .string($0) }),
          ])
        })
    ])
  }

  func recommend(_ params: inout Params) async throws -> JSONValue {
    let text = try params.optionalText("text", longest: Self.longestText)
    let constraints = try params.list("constraints", of: Constraint.self, expected: "a list of constraints")
    let context = try params.textMap("context")
    let limit = try params.optionalInteger("limit", in: 1...50) ?? 5
    let setting = try await setting(&params)
    try params.finish()
    for constraint in constraints where setting.runtime.pack.manifest.slot(constraint.slot) == nil {
      throw RPCError(
        .invalidParams, "recommend: \"\(constraint.slot)\" is no slot of this pack", reason: "unknown_slot",
        hint: "Use: \(setting.runtime.pack.manifest.slots.map(\.name).joined(separator: ", "))")
    }
    if text == nil, constraints.isEmpty, setting.conversation == nil { throw params.missing("text") }
    var state = setting.state
    state.constraints += constraints
    // Without words the standing request is asked again, which is what a refinement with nothing new does.
    let input = setting.profile.input(text ?? "…", context: context, limit: limit, goal: text == nil ? .refine : .recommend)
    let outcome = try TurnEngine(runtime: setting.runtime).turn(input, state: state)
    return .object(["items": try .encoding(outcome.items), "frame": try .encoding(outcome.frame), "timing": try .encoding(outcome.timing)])
  }

  func explain(_ params: inout Params) async throws -> JSONValue {
    let item = try params.text("item")
    let language = try params.optionalText("language")
    let setting = try await setting(&params)
    try params.finish()
    guard setting.runtime.pack.item(item) != nil else {
      throw RPCError(
        .notFound, "There is no item \"\(item)\" in \(setting.runtime.pack.manifest.id)", reason: "unknown_item",
        hint: "Use the id of an item that was shown")
    }
    var state = setting.state
    if let language { state.language = language }
    if state.language.isEmpty { state.language = setting.runtime.pack.manifest.languages[0] }
    let input = setting.profile.input("…", context: [:], limit: 1, goal: .explain, pointed: [item])
    let outcome = try TurnEngine(runtime: setting.runtime).turn(input, state: state)
    return .object(["items": try .encoding(outcome.items), "reply": .string(outcome.reply)])
  }
}
