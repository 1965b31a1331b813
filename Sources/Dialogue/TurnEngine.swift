import Composition
import Foundation
import Frames
import Knowledge
import LanguageModel
import Ranking
import Replies
import Retrieval
import Understanding

/// What a turn gets to work with.
public struct TurnInput: Sendable {
  public var text: String
  /// Context features, e.g. `weather: rain`.
  public var context: [String: String]
  /// How many items to show at most.
  public var limit: Int
  /// `slot=value` → -1...1, learned from this user's feedback.
  public var taste: [String: Double]
  /// Items this user liked or chose in any conversation.
  public var liked: [String]
  /// Items this user knows or refused in any conversation.
  public var barred: [String]
  /// Overrides what the text is taken to want, for callers that know.
  public var goal: Goal?
  /// Items pointed at by other means than words.
  public var pointed: [String]

  public init(
    text: String, context: [String: String] = [:], limit: Int = 5, taste: [String: Double] = [:], liked: [String] = [],
    barred: [String] = [], goal: Goal? = nil, pointed: [String] = []
  ) {
    self.goal = goal
    self.pointed = pointed
    self.text = text
    self.context = context
    self.limit = limit
    self.taste = taste
    self.liked = liked
    self.barred = barred
  }
}

/// What a turn produced, before it is recorded.
public struct TurnOutcome: Sendable {
  public var frame: Frame
  public var items: [RecommendedItem]
  public var reply: String
  /// The reply in pieces that can be streamed.
  public var parts: [String]
  public var state: ConversationState
  public var timing: Timing
  /// Names and numbers that a first writing of the reply could not support; it was written anew without them.
  public var refusedClaims: [String]
  /// The same check on the reply as it is sent: empty, or a defect.
  public var unsupportedClaims: [String]
  public var saysUnknown: Bool
  /// How many conditions had to be given up.
  public var relaxed: Int
}

/// One turn: understand → retrieve → rank → respond. Recording is the caller's, before the reply is acknowledged.
public struct TurnEngine: Sendable {
  public let runtime: PackRuntime

  public init(runtime: PackRuntime) { self.runtime = runtime }

  /// A turn in the pack's plain wording.
  public func turn(_ input: TurnInput, state: ConversationState) throws -> TurnOutcome {
    let draft = try draft(input, state: state)
    return outcome(draft, draft.reply, input)
  }

  /// A turn whose reply a language model words where it can.
  /// - Parameters:
  ///   - emit: gets the reply's parts as they come.
  public func turn(
    _ input: TurnInput, state: ConversationState, composer: ReplyComposer, transcript: [ChatMessage],
    emit: (String) async throws -> Void
  ) async throws -> TurnOutcome {
    var draft = try draft(input, state: state)
    guard composer.writes(draft.brief) else {
      for part in draft.reply.parts { try await emit(part) }
      return outcome(draft, draft.reply, input)
    }
    let conversation = ReplyComposer.Conversation(transcript: transcript, summary: runtime.standing.summary(of: state))
    let reply = try await composer.compose(draft.brief, draft: draft.reply, conversation: conversation, emit: emit)
    draft.clock.lap(\.respond)
    return outcome(draft, reply, input)
  }

  /// A turn up to what is to be said.
  private struct Draft {
    var brief: ReplyBrief
    var reply: Reply
    var refused: [String]
    var relaxed: Int
    var state: ConversationState
    var clock: StageClock
  }

  private func draft(_ input: TurnInput, state: ConversationState) throws -> Draft {
    var clock = StageClock()
    let frame = try understand(input, state)
    clock.lap(\.understand)
    var next = runtime.standing.merge(state, frame, text: input.text, context: input.context)
    noteFeedback(frame, &next)
    let candidates = try retrieve(frame, next, input)
    clock.lap(\.retrieve)
    let ranking = rank(candidates, frame, next, input)
    clock.lap(\.rank)
    let brief = brief(input, frame, state, next, ranking)
    let (reply, refused) = respond(brief)
    show(brief, in: &next)
    clock.lap(\.respond)
    return Draft(brief: brief, reply: reply, refused: refused, relaxed: ranking.relaxed.count, state: next, clock: clock)
  }

  private func outcome(_ draft: Draft, _ reply: Reply, _ input: TurnInput) -> TurnOutcome {
    var next = draft.state
    if let node = reply.leadsTo ?? person(draft.brief.frame) { next.mentioned = node }
    let isPlain = reply.parts == draft.reply.parts
    return TurnOutcome(
      frame: draft.brief.frame, items: draft.brief.items, reply: reply.text, parts: reply.parts, state: next, timing: draft.clock.timing,
      refusedClaims: draft.refused,
      // What passed once, before it became the draft, is not checked again.
      unsupportedClaims: isPlain && draft.refused.isEmpty ? [] : runtime.checker.unsupported(reply, userText: input.text),
      saysUnknown: reply.saysUnknown, relaxed: draft.relaxed)
  }

  // MARK: understand

  public func understand(_ input: TurnInput, _ state: ConversationState) throws -> Frame {
    var frame = try runtime.understander.understand(
      input.text, shown: state.shown, focus: state.focus, mentioned: state.mentioned, language: state.language)
    if let goal = input.goal {
      frame.goal = goal
      frame.confidence = 1
    }
    frame.references = Self.adding(frame.references, to: input.pointed)
    // "I loved it", right after talking of one item.
    if frame.goal == .feedback, frame.references.isEmpty, frame.entities.isEmpty, let focus = state.focus { frame.references = [focus] }
    // Nothing stands that could be changed: a first "cheaper ramen" is a wish.
    if frame.goal == .refine, state.query.isEmpty, state.constraints.isEmpty, state.shown.isEmpty { frame.goal = .recommend }
    return frame
  }

  private func noteFeedback(_ frame: Frame, _ state: inout ConversationState) {
    guard frame.goal == .feedback, let sentiment = frame.sentiment else { return }
    let items = frame.references
    switch sentiment {
    case .positive: state.liked = Self.adding(items, to: state.liked)
    case .negative: state.rejected = Self.adding(items, to: state.rejected)
    case .known: state.known = Self.adding(items, to: state.known)
    case .chosen:
      state.chosen = Self.adding(items, to: state.chosen)
      // The search has ended: what comes next is another one, under the same circumstances.
      state.constraints.removeAll { !runtime.pack.manifest.context.contains($0.slot) }
      (state.topics, state.query) = ([], "")
    }
    guard sentiment == .negative else { return }
    // "Shibuya was awful": the place is left out of what follows, as a wish that a later word can take back.
    for entity in frame.entities {
      guard let type = KnowledgeGraph.type(of: entity.id),
        let slot = runtime.pack.manifest.slots.first(where: { $0.nodeType == type })
      else { continue }
      let value = String(entity.id.dropFirst(type.count + 1))
      let unwanted = Constraint(slot: slot.name, value: [value], polarity: .negative, strength: .must)
      state.constraints.removeAll { $0.slot == slot.name && $0.polarity == .positive && $0.value == [value] }
      state.topics.removeAll { $0 == entity.id }
      if !state.constraints.contains(unwanted) { state.constraints.append(unwanted) }
    }
  }

  private static func adding(_ new: [String], to old: [String]) -> [String] { old + new.filter { !old.contains($0) } }

  // MARK: retrieve

  private func retrieve(_ frame: Frame, _ state: ConversationState, _ input: TurnInput) throws -> [Candidate] {
    guard wantsItems(frame, state) || frame.goal == .explain else { return [] }
    return try runtime.retriever.retrieve(
      RetrievalRequest(
        query: state.query, language: frame.language, constraints: state.constraints, fresh: frame.constraints, topics: state.topics,
        liked: Self.adding(state.liked + state.chosen, to: input.liked)))
  }

  /// A list is due for a wish, and for "that was awful" or "I know it" while a request stands.
  private func wantsItems(_ frame: Frame, _ state: ConversationState) -> Bool {
    switch frame.goal {
    case .recommend, .refine, .plan: true
    case .feedback: [.negative, .known].contains(frame.sentiment) && !state.query.isEmpty && !state.shown.isEmpty
    default: false
    }
  }

  // MARK: rank

  private func rank(_ candidates: [Candidate], _ frame: Frame, _ state: ConversationState, _ input: TurnInput) -> Ranking {
    var seen = state
    seen.rejected += input.barred
    // What the user names is asked for, seen before or not; what only feedback names is not.
    var named = frame.goal == .feedback ? [] : Set(frame.entities.map(\.id))
    // Films like Totoro: not Totoro itself.
    if LikenessWish.isMeant(input.text, language: frame.language) {
      seen.known += state.topics
      named.subtract(state.topics)
    }
    for list in [\ConversationState.seen, \.rejected, \.known, \.chosen] { seen[keyPath: list].removeAll { named.contains($0) } }
    if frame.goal == .explain {
      let wanted = Set(frame.references.isEmpty ? Array(state.shown.prefix(1)) : frame.references)
      let own = candidates.filter { wanted.contains(runtime.pack.items[$0.item].id) }
      let context = RankingContext(state: ConversationState(), taste: input.taste, limit: 3, allowSeen: true)
      return runtime.ranker.rank(own, constraints: state.constraints.map(Self.softened), context: context)
    }
    let limit = frame.goal == .plan ? 24 : input.limit
    return runtime.ranker.rank(
      candidates, constraints: state.constraints,
      context: RankingContext(
        state: seen, taste: input.taste, limit: limit, named: named, fresh: frame.goal == .plan ? [] : frame.constraints))
  }

  /// An item that was shown is explained even where a later condition excludes it.
  private static func softened(_ constraint: Constraint) -> Constraint {
    var soft = constraint
    soft.strength = .prefer
    return soft
  }

  // MARK: respond

  private func brief(
    _ input: TurnInput, _ frame: Frame, _ before: ConversationState, _ state: ConversationState, _ ranking: Ranking
  ) -> ReplyBrief {
    var brief = ReplyBrief(text: input.text, frame: frame)
    var stops = ranking.items
    if frame.goal == .plan {
      let outing = Planner(pack: runtime.pack).outing(
        from: ranking.items, stops: OutingSize.stops(in: input.text, language: frame.language) ?? 3,
        within: OutingSize.minutes(in: input.text, language: frame.language))
      stops = outing.stops
      brief.distances = outing.distances
    }
    brief.items = stops.map { recommended($0, language: frame.language) }
    let wishes = Rewriter(pack: runtime.pack)
    brief.relaxed = ranking.relaxed.map { wishes.wish($0, in: frame.language) }
    brief.changed = frame.constraints.map { wishes.wish($0, in: frame.language) }
    brief.subjects = subjects(input.text, frame, before)
    brief.before = before.focus
    if frame.goal == .inform, frame.entities.isEmpty, frame.references.isEmpty {
      brief.stranger = runtime.understander.strangerName(in: input.text, language: frame.language)
      if brief.stranger != nil { brief.subjects = [] }
      brief.assumesSubject = !brief.subjects.isEmpty
    }
    if WholeList.asked(input.text, frame, shown: before.shown) {
      brief.wantsBest = WholeList.isSuperlative(input.text, language: frame.language)
      brief.properties = runtime.understander.properties(in: input.text, language: frame.language).map {
        ReplyBrief.Property($0, wish: wishes.wish($0, in: frame.language))
      }
    }
    brief.continues = !before.shown.isEmpty && frame.goal == .refine
    // Pointing at what is on screen leaves little doubt about what is meant.
    let points =
      [.inform, .explain, .compare].contains(frame.goal)
      && (!frame.references.isEmpty || WholeList.asked(input.text, frame, shown: before.shown))
    brief.unsure = frame.confidence < runtime.pack.manifest.clarifyBelow && !points
    brief.seed = before.seen.count + before.query.count + input.text.count
    return brief
  }

  private func subjects(_ text: String, _ frame: Frame, _ state: ConversationState) -> [String] {
    let named = frame.entities.map(\.id)
    let pointed = frame.references.filter { !named.contains($0) }
    if WholeList.asked(text, frame, shown: state.shown) { return state.shown }
    if frame.goal == .compare, named.count + pointed.count < 2, pointed.isEmpty || named.isEmpty {
      return Self.adding(Array(state.shown.prefix(2)), to: named + pointed)
    }
    // "Is it in Taito?" is about what was talked of, and about Taito.
    if frame.goal == .inform, named.count == 1, pointed.isEmpty, ThingReference.occurs(in: text, language: frame.language),
      let antecedent = state.focus ?? state.topics.last ?? state.shown.first, antecedent != named[0]
    {
      return [antecedent] + named
    }
    // "How much is it?" after a list is about the one on top.
    if named.isEmpty, pointed.isEmpty, [.inform, .feedback].contains(frame.goal) {
      return frame.goal == .inform ? state.focus.map { [$0] } ?? Array(state.shown.prefix(1)) : []
    }
    return named + pointed
  }

  public func recommended(_ ranked: Ranked, language: String) -> RecommendedItem {
    let item = runtime.pack.items[ranked.candidate.item]
    let own = runtime.pack.manifest.slotPredicates
    let facts = runtime.pack.graph.facts(about: item.id).filter { !own.contains($0.predicate) }.prefix(6).compactMap {
      runtime.pack.sentence(
        subject: $0.subject, predicate: $0.predicate, object: $0.object, literal: $0.isLiteral, language: language)
    }
    return RecommendedItem(
      id: item.id, name: item.name(in: language), score: ranked.score,
      reasons: runtime.reasons.reasons(for: ranked, language: language), facts: Array(facts))
  }

  /// A reply that holds anything its evidence does not is never sent: the plainer one is.
  private func respond(_ brief: ReplyBrief) -> (Reply, refused: [String]) {
    let reply = runtime.writer.write(brief)
    let refused = runtime.checker.unsupported(reply, userText: brief.text)
    return refused.isEmpty ? (reply, []) : (runtime.plainWriter.write(brief), refused)
  }

  /// The person that the user named last.
  private func person(_ frame: Frame) -> String? { frame.entities.map(\.id).last { KnowledgeGraph.type(of: $0) == "person" } }

  private func show(_ brief: ReplyBrief, in state: inout ConversationState) {
    guard !brief.items.isEmpty, brief.frame.goal != .explain else {
      let talkedOf = brief.frame.goal == .explain ? brief.items.map(\.id) : brief.subjects
      if let item = talkedOf.first(where: { runtime.pack.itemIndex[$0] != nil }) { state.focus = item }
      return
    }
    state.focus = nil
    state.shown = brief.items.map(\.id)
    state.seen = Self.adding(state.shown, to: state.seen)
  }
}

/// Milliseconds of each stage.
struct StageClock {
  private(set) var timing = Timing()
  private var last = ContinuousClock.now

  mutating func lap(_ stage: WritableKeyPath<Timing, Double>) {
    let now = ContinuousClock.now
    let (seconds, attoseconds) = (now - last).components
    timing[keyPath: stage] += Double(seconds) * 1000 + Double(attoseconds) / 1e15
    last = now
  }
}
