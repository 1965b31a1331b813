import Foundation
import Frames
import Knowledge
import Retrieval

/// What a ranking may know beside the request.
public struct RankingContext: Sendable {
  public var state: ConversationState
  /// Learned liking of attribute values, `slot=value` → -1...1, from this user's feedback.
  public var taste: [String: Double]
  public var limit: Int
  /// Items that the user named: they belong on the list, at its top.
  public var named: Set<String>
  /// What was asked for in this turn: the list keeps to it where it can.
  public var fresh: [Constraint]
  /// Items of the standing list may come back (the user asked for them again).
  public var allowSeen: Bool

  public init(
    state: ConversationState, taste: [String: Double] = [:], limit: Int = 5, named: Set<String> = [], fresh: [Constraint] = [],
    allowSeen: Bool = false
  ) {
    self.fresh = fresh
    self.state = state
    self.taste = taste
    self.limit = limit
    self.named = named
    self.allowSeen = allowSeen
  }
}

/// A ranked item with the evidence behind its place.
public struct Ranked: Sendable {
  public var candidate: Candidate
  public var score: Double
  /// Constraints it meets, the ones that were asked for first.
  public var met: [Constraint]
  /// What this user's own feedback added, `slot=value`.
  public var liked: [String]
}

/// The list, and what had to be given up to fill it.
public struct Ranking: Sendable {
  public var items: [Ranked]
  /// Conditions that no remaining item met and that were therefore dropped, in the order dropped.
  public var relaxed: [Constraint]
}

/// Filters by conditions, adds preference and the popular–niche balance, and spreads the top of the list.
public struct Ranker: Sendable {
  private let pack: Pack
  private let matcher: ConstraintMatcher

  public init(pack: Pack, matcher: ConstraintMatcher) {
    self.pack = pack
    self.matcher = matcher
  }

  public func rank(_ candidates: [Candidate], constraints: [Constraint], context: RankingContext) -> Ranking {
    let state = context.state
    var barred = Set(state.rejected + state.known + state.chosen)
    if !context.allowSeen { barred.formUnion(state.seen) }
    let open = candidates.filter { !barred.contains(pack.items[$0.item].id) }
    var hard = constraints.filter { $0.strength == .must }
    var relaxed: [Constraint] = []
    var passing = open.filter { matcher.fails($0.item, hard) == nil }
    // Never silently: each condition given up is returned, the last said is the last to go.
    while passing.isEmpty, !hard.isEmpty {
      let drop = cheapestToDrop(hard, open)
      relaxed.append(hard.remove(at: drop))
      passing = open.filter { matcher.fails($0.item, hard) == nil }
    }
    // A wish of this turn that nothing left in the place can meet: the place gives way, and that is said.
    let wishes = context.fresh.filter { $0.polarity == .positive && $0.strength == .prefer }
    while let wish = wishes.first(where: { wish in !passing.contains { matcher.meets($0.item, wish) == true } }),
      let drop = hard.firstIndex(where: { $0.polarity == .positive && pack.manifest.slot($0.slot)?.lasting == true })
    {
      let without = hard[..<drop] + hard[(drop + 1)...]
      let wider = open.filter { matcher.fails($0.item, Array(without)) == nil }
      guard wider.contains(where: { matcher.meets($0.item, wish) == true }) else { break }
      relaxed.append(hard.remove(at: drop))
      passing = wider
    }
    // Hardly anything is left in a place that was named earlier: what lies around it comes in.
    let pinned = Set(context.fresh.map(\.slot))
    while passing.count < 3, context.limit > 3,
      let drop = hard.firstIndex(where: {
        $0.polarity == .positive && !pinned.contains($0.slot) && pack.manifest.slot($0.slot)?.lasting == true
      })
    {
      relaxed.append(hard.remove(at: drop))
      passing = open.filter { matcher.fails($0.item, hard) == nil }
    }
    passing = fitting(passing, wishes, named: context.named)
    let scored = passing.map { candidate in evaluate(candidate, constraints, context) }
      .sorted { ($0.score, $1.candidate.item) > ($1.score, $0.candidate.item) }
    return Ranking(items: diversified(Array(scored.prefix(60)), limit: context.limit, constraints), relaxed: relaxed)
  }

  /// Those that meet most of what was just asked for, and the next best where they are fewer than three: a shorter list is better
  /// than one that ignores the wish.
  private func fitting(_ candidates: [Candidate], _ wishes: [Constraint], named: Set<String>) -> [Candidate] {
    guard !wishes.isEmpty else { return candidates }
    let met = candidates.map { candidate in wishes.count { matcher.meets(candidate.item, $0) == true } }
    let most = met.max() ?? 0
    guard most > 0 else { return candidates }
    var floor = most
    while floor > 1, met.count(where: { $0 >= floor }) < 3 { floor -= 1 }
    return zip(candidates, met).filter { $0.1 >= floor || named.contains(pack.items[$0.0.item].id) }.map(\.0)
  }

  /// The positive condition whose loss lets most items through; exclusions go last, and what and where after how: cheap soba is rather
  /// soba than cheap.
  private func cheapestToDrop(_ hard: [Constraint], _ open: [Candidate]) -> Int {
    let qualities = hard.indices.filter { pack.manifest.slot(hard[$0].slot)?.group == nil && hard[$0].polarity == .positive }
    let quality = mostFreeing(qualities, hard, open)
    return quality.count > 0 ? quality.index : mostFreeing(Array(hard.indices), hard, open).index
  }

  private func mostFreeing(_ indices: [Int], _ hard: [Constraint], _ open: [Candidate]) -> (index: Int, count: Int) {
    var best = (index: 0, count: -1)
    for index in indices {
      var rest = hard
      rest.remove(at: index)
      var count = open.filter { matcher.fails($0.item, rest) == nil }.count
      if hard[index].polarity == .negative { count = min(count, 0) }
      if count > best.count { best = (index, count) }
    }
    return best
  }

  private func evaluate(_ candidate: Candidate, _ constraints: [Constraint], _ context: RankingContext) -> Ranked {
    let item = pack.items[candidate.item]
    var score = candidate.score
    let policy = pack.manifest.ranking
    // popularity 1...5 → 0...1, then a balance that neither buries nor crowns the famous.
    let popularity = (item.popularity - 1) / 4
    let fame = constraints.last { $0.slot == "popularity" && $0.polarity == .positive && [.ge, .le].contains($0.op) }
    if let fame {
      // "First time here": the more famous of the famous; "off the beaten track": the less known of the little known.
      score += 0.5 * (fame.op == .ge ? popularity : 1 - popularity)
    } else {
      score += 0.15 * ((1 - policy.niche) * popularity + policy.niche * (1 - popularity))
    }
    if context.named.contains(item.id) { score += 2 }
    var liked: [String] = []
    for (slot, values) in item.attributes {
      for value in values {
        guard let text = value.text, let weight = context.taste["\(slot)=\(text)"] else { continue }
        score += 0.12 * weight
        if weight > 0.2 { liked.append("\(slot)=\(text)") }
      }
    }
    // What was said last is what the user looks for in the reasons.
    let met = constraints.reversed().filter { matcher.meets(candidate.item, $0) == true }
    return Ranked(candidate: candidate, score: score, met: met, liked: liked.sorted())
  }

  /// Maximal marginal relevance (Carbonell & Goldstein 1998) over the pack's diversity slots.
  private func diversified(_ ranked: [Ranked], limit: Int, _ constraints: [Constraint]) -> [Ranked] {
    let policy = pack.manifest.ranking
    // Variety in what the user pinned down would be disobedience.
    let pinned = Set(constraints.filter { $0.polarity == .positive }.flatMap { [$0.slot, group($0.slot)] })
    let slots = policy.diversitySlots.filter { !pinned.contains($0) && !pinned.contains(group($0)) }
    var rest = ranked
    var chosen: [Ranked] = []
    let top = max(1e-6, ranked.first?.score ?? 1)
    while chosen.count < limit, !rest.isEmpty {
      var best = (index: 0, value: -Double.infinity)
      for (index, candidate) in rest.enumerated() {
        let likeness = chosen.map { similarity($0, candidate, slots) }.max() ?? 0
        let value = (1 - policy.diversity) * candidate.score / top - policy.diversity * likeness
        if value > best.value { best = (index, value) }
      }
      chosen.append(rest.remove(at: best.index))
    }
    return chosen
  }

  /// Slots that ask the same thing share a group: something to eat pins the kind down as well.
  private func group(_ slot: String) -> String { pack.manifest.slot(slot)?.group.map { "group:" + $0 } ?? slot }

  private func similarity(_ a: Ranked, _ b: Ranked, _ slots: [String]) -> Double {
    guard !slots.isEmpty else { return 0 }
    let x = pack.items[a.candidate.item].attributes
    let y = pack.items[b.candidate.item].attributes
    let shared = slots.filter { slot in
      guard let first = x[slot], let second = y[slot] else { return false }
      return !Set(first).isDisjoint(with: second)
    }
    return Double(shared.count) / Double(slots.count)
  }
}
