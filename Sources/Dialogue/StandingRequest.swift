import Frames
import Knowledge
import Understanding

/// Folds a Frame into the standing request: later constraints replace earlier ones on their slot, exclusions
/// subtract, and a new topic resets what no longer applies.
public struct StandingRequest: Sendable {
  private let pack: Pack
  private let groups: [String: String]

  public init(pack: Pack) {
    self.pack = pack
    groups = Dictionary(
      pack.manifest.slots.map { ($0.name, $0.group ?? "slot:" + $0.name) }, uniquingKeysWith: { first, _ in first })
  }

  public func merge(_ state: ConversationState, _ frame: Frame, text: String, context: [String: String] = [:]) -> ConversationState {
    var next = state
    next.language = frame.language
    guard [.recommend, .refine, .plan].contains(frame.goal) else { return next }
    let positive = frame.constraints.filter { $0.polarity == .positive }
    if frame.goal != .refine, startsAfresh(frame, positive) {
      // Circumstances outlive a topic: the rain and the children are still there. So does a place that was awful;
      // "not another museum" was about the list.
      let stays = frame.entities.isEmpty && !Elsewhere.isMeant(text, language: frame.language)
      next.constraints = state.constraints.filter {
        isCircumstance($0.slot) || $0.polarity == .negative && pack.manifest.slot($0.slot)?.type == .node || stays && isLasting($0.slot)
      }
      // A place that stays is a condition; what else the graph joins it to would be far-fetched.
      next.topics = []
      next.query = ""
    }
    replace(positive, in: &next.constraints)
    for constraint in frame.constraints where constraint.polarity == .negative { exclude(constraint, from: &next.constraints) }
    setTopics(frame, text, &next)
    next.query = query(frame, text, standing: next.query)
    applyContext(context, to: &next)
    return next
  }

  /// A direct wish, or one that names what or where: not "it's pouring", which adds to what stands.
  private func startsAfresh(_ frame: Frame, _ positive: [Constraint]) -> Bool {
    if !frame.entities.isEmpty { return true }
    // A bare remark on the circumstances, however plainly it was made, adds to what stands.
    if frame.act == .statement, !positive.isEmpty, positive.allSatisfy({ isCircumstance($0.slot) || $0.strength == .prefer }) {
      return false
    }
    if !frame.indirect { return true }
    return positive.contains { !isCircumstance($0.slot) && $0.strength == .must }
  }

  private func isLasting(_ slot: String) -> Bool { pack.manifest.slot(slot)?.lasting == true }

  private func isCircumstance(_ slot: String) -> Bool { pack.manifest.context.contains(slot) }

  private func replace(_ constraints: [Constraint], in standing: inout [Constraint]) {
    let named = Set(constraints.compactMap { groups[$0.slot] })
    standing.removeAll { $0.polarity == .positive && named.contains(groups[$0.slot] ?? $0.slot) }
    for constraint in constraints {
      let wanted = Set(constraint.value)
      // Asking for a thing takes back its exclusion.
      standing.removeAll { $0.slot == constraint.slot && $0.polarity == .negative && !wanted.isDisjoint(with: $0.value) }
      standing.append(constraint)
    }
  }

  private func exclude(_ constraint: Constraint, from standing: inout [Constraint]) {
    let unwanted = Set(constraint.value)
    for index in standing.indices.reversed()
    where standing[index].slot == constraint.slot && standing[index].polarity == .positive {
      standing[index].value.removeAll { unwanted.contains($0) }
      if standing[index].value.isEmpty { standing.remove(at: index) }
    }
    if !standing.contains(constraint) { standing.append(constraint) }
  }

  private func setTopics(_ frame: Frame, _ text: String, _ next: inout ConversationState) {
    let excluded = Set(
      frame.constraints.filter { $0.polarity == .negative }.flatMap { constraint in
        constraint.value.map { value in (pack.manifest.slot(constraint.slot)?.nodeType).map { "\($0):\(value)" } ?? value }
      })
    next.topics.removeAll { excluded.contains($0) }
    var named = frame.entities.map(\.id).filter { !excluded.contains($0) }
    // "More like number 2": the list turns about that item.
    if LikenessWish.isMeant(text, language: frame.language) { named += frame.references.filter { !named.contains($0) } }
    guard !named.isEmpty else { return }
    // A new area replaces the old one; a person may join a place.
    let types = Set(named.map(typeGroup))
    next.topics = next.topics.filter { !types.contains(typeGroup($0)) } + named
  }

  private func typeGroup(_ node: String) -> String {
    guard let type = KnowledgeGraph.type(of: node) else { return "item" }
    guard let slot = pack.manifest.slots.first(where: { $0.nodeType == type }) else { return type }
    return slot.group ?? type
  }

  /// A wish is looked for by its own words, a hint by what it means too.
  private func query(_ frame: Frame, _ text: String, standing: String) -> String {
    let own = frame.indirect && !frame.constraints.isEmpty ? text + " " + frame.rewrite : text
    guard frame.goal == .refine, !standing.isEmpty else { return own }
    // The last wishes count; an endless query would say nothing.
    return String((standing + " " + own).suffix(400))
  }

  /// What of a conversation still matters once its words are gone: the standing request, and the ids of the items shown; empty where
  /// nothing stands.
  public func summary(of state: ConversationState) -> String {
    let language = state.language.isEmpty ? pack.manifest.languages[0] : state.language
    let wishes =
      state.constraints.map { Rewriter(pack: pack).wish($0, in: language) } + state.topics.map { pack.graph.label($0, in: language) }
    let lists = [("wanted", wishes), ("shown", state.shown), ("liked", state.liked + state.chosen), ("refused", state.rejected)]
    return lists.filter { !$0.1.isEmpty }.map { "\($0.0): \($0.1.joined(separator: ", "))" }.joined(separator: "\n")
  }

  /// What the client knows of time and weather counts like a wish, unless the user said otherwise.
  private func applyContext(_ context: [String: String], to state: inout ConversationState) {
    for (slot, value) in context.sorted(by: { $0.key < $1.key }) where !state.constraints.contains(where: { $0.slot == slot }) {
      guard pack.manifest.slot(slot)?.values.contains(where: { $0.id == value }) == true else { continue }
      state.constraints.append(Constraint(slot: slot, value: [value], strength: .prefer))
    }
  }
}
