import Instructions
import Frames
import Knowledge
import LanguageModel

/// What may have gone before an utterance: a standing request, as other utterances of the pack make them, and items that meet it.
struct ConversationContexts: Sendable {
  struct Context: Sendable {
    var standing: [Constraint] = []
    var shown: [String] = []
  }

  private let pack: Pack
  /// Requests with their constraints, per language; none of a wording that is held out.
  private let requests: [String: [[Constraint]]]
  private let items: [Item]

  init(pack: Pack, holdOut: HoldOut) {
    self.pack = pack
    var requests: [String: [[Constraint]]] = [:]
    for utterance in pack.utterances
    where utterance.goal == .recommend && !utterance.constraints.isEmpty && !holdOut.holdsOut(wording: utterance.text) {
      requests[utterance.language, default: []].append(utterance.constraints)
    }
    self.requests = requests
    items = pack.items.filter { !holdOut.holdsOut(entity: $0.id) }
  }

  /// How often something is on screen when such a thing is said.
  private func likelihood(of goal: Goal) -> Double {
    switch goal {
    case .refine, .explain, .compare: 0.95
    case .feedback: 0.8
    case .inform: 0.7
    case .plan: 0.4
    case .recommend, .social, .meta, .outOfDomain: 0.3
    }
  }

  func draw(before utterance: LabelledUtterance, _ random: inout RandomSource) -> Context {
    guard random.chance(likelihood(of: utterance.goal)), !items.isEmpty else { return Context() }
    let standing = random.chance(0.85) ? random.pick(requests[utterance.language] ?? []) ?? [] : []
    let filter = CatalogueFilter(pack: pack)
    var shown: [String] = []
    let wanted = 2 + random.below(InstructionPrompt.mostShown - 1)
    // From a random place on, so that no item is always the first.
    let start = random.below(items.count)
    for offset in items.indices where shown.count < wanted {
      let item = items[(start + offset) % items.count]
      if filter.matches(item, standing) { shown.append(item.id) }
    }
    // Nothing meets a request rarely enough: then the next best are on screen.
    while shown.isEmpty || (shown.count < wanted && random.chance(0.7)) {
      guard let item = random.pick(items), !shown.contains(item.id) else { break }
      shown.append(item.id)
    }
    random.shuffle(&shown)
    return Context(standing: standing, shown: shown)
  }
}
