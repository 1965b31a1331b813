import Foundation
import Frames
import History
import Wire

/// The conversations that are awake. The rest sleep in the history: memory does not grow with their number.
actor Conversations {
  private var awake: [String: Conversation] = [:]
  private let history: HistoryStore
  static let most = 256

  init(history: HistoryStore) { self.history = history }

  func open(pack: String, user: String, id: String? = nil) async throws -> Conversation {
    let name = id ?? Self.freshID()
    try history.open(conversation: name, pack: pack, user: user)
    return try await find(name)
  }

  func find(_ id: String) async throws -> Conversation {
    if let conversation = awake[id] { return conversation }
    guard let stored = try history.conversation(id) else {
      throw RPCError(
        .notFound, "There is no conversation \"\(id)\"", reason: "unknown_conversation", hint: "See chat.list, or open one with chat.open")
    }
    let conversation = Conversation(id: id, stored: stored, history: history)
    await makeRoom()
    awake[id] = conversation
    return conversation
  }

  func forget(_ id: String) async throws -> Bool {
    if let conversation = awake.removeValue(forKey: id) { return try await conversation.forget() }
    return try history.forget(conversation: id)
  }

  func forgetAll() async throws -> Int {
    for conversation in awake.values { _ = try await conversation.forget() }
    awake = [:]
    return try history.forgetAll()
  }

  func forget(user: String) async throws -> Int {
    for (id, conversation) in awake where conversation.user == user {
      _ = try await conversation.forget()
      awake[id] = nil
    }
    return try history.forget(user: user)
  }

  private func makeRoom() async {
    guard awake.count >= Self.most else { return }
    var oldest: (id: String, at: ContinuousClock.Instant)?
    for (id, conversation) in awake {
      let at = await conversation.lastUsed
      if oldest == nil || at < oldest!.at { oldest = (id, at) }
    }
    guard let oldest else { return }
    let sleeper = awake.removeValue(forKey: oldest.id)
    // Without a file there is nowhere to sleep: the oldest goes.
    if history.file == nil { _ = try? await sleeper?.forget() }
  }

  /// 96 random bits: short enough to type, too many to guess.
  private static func freshID() -> String {
    let letters = Array("0123456789abcdefghijklmnopqrstuvwxyz")
    return String((0..<18).map { _ in letters.randomElement()! })
  }
}
