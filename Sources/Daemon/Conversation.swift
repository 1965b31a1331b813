import Composition
import Dialogue
import Foundation
import Frames
import History
import Knowledge
import LanguageModel
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
  /// Whether a turn is under way, and what waits for its end. A turn gives way while a model writes, so that the actor alone does not keep
  /// turns apart.
  private var isBusy = false
  private var waiting: [CheckedContinuation<Void, Never>] = []
  /// What was said so far, read when a model first asks for it.
  private var transcript: [ChatMessage]?
  /// Messages of the transcript that are kept; a model's context holds fewer.
  private static let longestTranscript = 400

  init(id: String, stored: StoredConversation, history: HistoryStore) {
    self.id = id
    user = stored.user
    pack = stored.pack
    state = stored.state
    turns = stored.turns
    self.history = history
  }

  /// Runs and records a turn; when this returns, it is in the database.
  /// - Parameters:
  ///   - composer: the model that words the reply; nil for the pack's plain wording.
  ///   - emit: gets the reply's parts as the model writes them; nothing where there is no composer.
  func send(
    _ text: String, context: [String: String], limit: Int, on runtime: PackRuntime, composer: ReplyComposer?,
    emit: @Sendable (String) async throws -> Void
  ) async throws -> (TurnRecord, TurnOutcome, [FeedbackEvent]) {
    await enter()
    defer { leave() }
    try checkPresent()
    lastUsed = ContinuousClock.now
    let input = try Profile.read(user: user, pack: runtime.pack, history: history).input(text, context: context, limit: limit)
    let engine = TurnEngine(runtime: runtime)
    let outcome: TurnOutcome
    if let composer {
      outcome = try await engine.turn(input, state: state, composer: composer, transcript: try said(), emit: emit)
      // It may have been forgotten while the model wrote.
      try checkPresent()
    } else {
      outcome = try engine.turn(input, state: state)
    }
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
    remember(text, outcome.reply)
    return (record, outcome, events)
  }

  private func enter() async {
    if !isBusy {
      isBusy = true
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  /// Hands over to the next that waits, first come first served.
  private func leave() {
    if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
  }

  private func said() throws -> [ChatMessage] {
    if let transcript { return transcript }
    let turns = try history.turns(of: id).suffix(Self.longestTranscript / 2)
    let read = turns.flatMap { [ChatMessage(.user, $0.text), ChatMessage(.assistant, $0.reply)] }
    transcript = read
    return read
  }

  private func remember(_ text: String, _ reply: String) {
    guard var known = transcript else { return }
    known += [ChatMessage(.user, text), ChatMessage(.assistant, reply)]
    // In blocks, so that the beginning of what the model is shown does not move every turn.
    if known.count > Self.longestTranscript { known.removeFirst(Self.longestTranscript / 2) }
    transcript = known
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

  func note(_ event: FeedbackEvent) async throws {
    await enter()
    defer { leave() }
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
