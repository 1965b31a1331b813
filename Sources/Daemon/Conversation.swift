import Dialogue
import Foundation
import Frames
import History
import Knowledge
import Ranking
import Wire

/// One conversation: its turns run one after the other, each on the pack version it began on.
actor Conversation {
  let id: String
  let user: String
  let pack: String
  private(set) var state: ConversationState
  private var turns: Int
  private let history: HistoryStore
  private(set) var lastUsed = ContinuousClock.now
  private var forgotten = false

  init(id: String, stored: StoredConversation, history: HistoryStore) {
    self.id = id
    user = stored.user
    pack = stored.pack
    state = stored.state
    turns = stored.turns
    self.history = history
  }

  /// Runs and records a turn; when this returns, it is in the database.
  func send(_ text: String, context: [String: String], limit: Int, on runtime: PackRuntime) throws -> (
    TurnRecord, TurnOutcome, [FeedbackEvent]
  ) {
    try checkPresent()
    lastUsed = ContinuousClock.now
    let input = try Profile.read(user: user, pack: runtime.pack, history: history).input(text, context: context, limit: limit)
    let outcome = try TurnEngine(runtime: runtime).turn(input, state: state)
    var record = TurnRecord(
      conversation: id, turn: turns + 1, pack: pack, user: user, text: text, reply: outcome.reply, frame: outcome.frame,
      items: outcome.items, state: outcome.state, timing: outcome.timing)
    let events = Self.events(outcome.frame, runtime.pack, conversation: id, user: user)
    let start = ContinuousClock.now
    try history.record(record, feedback: events)
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    record.timing.record = Double(seconds) * 1000 + Double(attoseconds) / 1e15
    turns += 1
    state = outcome.state
    return (record, outcome, events)
  }

  private static func events(_ frame: Frame, _ pack: Pack, conversation: String, user: String) -> [FeedbackEvent] {
    guard frame.goal == .feedback, let sentiment = frame.sentiment else { return [] }
    let kind: FeedbackKind
    switch sentiment {
    case .positive: kind = .like
    case .negative: kind = .dislike
    case .known: kind = .known
    case .chosen: kind = .chosen
    }
    return frame.references.filter { pack.item($0) != nil }.map {
      FeedbackEvent(conversation: conversation, user: user, pack: pack.manifest.id, item: $0, kind: kind)
    }
  }

  /// Runs a stage without recording a turn.
  func glance(_ input: (Profile) -> TurnInput, on runtime: PackRuntime) throws -> TurnOutcome {
    try checkPresent()
    let profile = try Profile.read(user: user, pack: runtime.pack, history: history)
    return try TurnEngine(runtime: runtime).turn(input(profile), state: state)
  }

  func note(_ event: FeedbackEvent) throws {
    try checkPresent()
    func add(_ list: WritableKeyPath<ConversationState, [String]>) {
      if !state[keyPath: list].contains(event.item) { state[keyPath: list].append(event.item) }
    }
    switch event.kind {
    case .like: add(\.liked)
    case .dislike: add(\.rejected)
    case .known: add(\.known)
    case .chosen: add(\.chosen)
    case .rating, .impression, .open, .dwell, .skip: break
    }
    try history.record(event)
    try history.save(state, conversation: id)
  }

  /// After this, nothing of the conversation is written any more.
  func forget() throws -> Bool {
    forgotten = true
    return try history.forget(conversation: id)
  }

  private func checkPresent() throws {
    guard !forgotten else {
      throw RPCError(.notFound, "The conversation was forgotten", reason: "unknown_conversation", hint: "Open a new one with chat.open")
    }
  }
}

/// What is known of a user beside the conversation at hand.
struct Profile: Sendable {
  var taste: [String: Double]
  var liked: [String]
  var barred: [String]

  static func read(user: String, pack: Pack, history: HistoryStore) throws -> Profile {
    let events = try history.feedback(user: user, pack: pack.manifest.id)
    var last: [String: FeedbackKind] = [:]
    for event in events where [.like, .chosen, .dislike, .known].contains(event.kind) { last[event.item] = event.kind }
    return Profile(
      taste: Taste.weights(events.map { ($0.item, $0.kind) }, pack: pack),
      liked: last.filter { [.like, .chosen].contains($0.value) }.keys.sorted(),
      barred: last.filter { [.dislike, .known].contains($0.value) }.keys.sorted())
  }

  func input(_ text: String, context: [String: String], limit: Int, goal: Goal? = nil, pointed: [String] = []) -> TurnInput {
    TurnInput(text: text, context: context, limit: limit, taste: taste, liked: liked, barred: barred, goal: goal, pointed: pointed)
  }
}
