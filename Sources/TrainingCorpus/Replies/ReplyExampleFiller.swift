import Instructions
import Foundation
import Frames
import Knowledge
import LanguageModel

/// A reply example about particular items.
public struct FilledReply: Sendable, Hashable {
  public var user: String
  public var reply: String
  public var goal: Goal
  public var language: String
  /// Ids, in the example's order.
  public var items: [String]
  /// What the prompt shows of them: all that the reply states, and some that it does not.
  public var subjects: [InstructionPrompt.Subject]
}

/// Chooses items that fit a reply example, fills its placeholders with the pack's labels, and lists the facts that the prompt shows.
///
/// The variants of an example are about different items, as long as there are any, and items that few examples fit come up the more often,
/// so that the whole catalogue is spoken of.
public struct ReplyExampleFiller: Sendable {
  public let pack: Pack
  private let seed: UInt64
  /// Items that may be spoken of.
  private let items: [Item]
  /// By example: the candidates of its first place in the order in which its variants take them.
  private let orders: [[Int]]
  /// By example and place: the items that fit by themselves.
  private let fitting: [[[Int]]]
  /// By example: the relations that the question asks along, where the reply states a fact; nil where any fact will do.
  private let asked: [Set<String>?]
  private let weights: [Double]

  /// - Parameters:
  ///   - allowed: which items may be chosen, by id.
  ///   - seed: another one gives other choices.
  public init(pack: Pack, seed: UInt64, allowed: (String) -> Bool = { _ in true }) {
    self.pack = pack
    self.seed = seed
    let items = pack.items.filter { allowed($0.id) }
    self.items = items
    let asked = pack.replies.map { Self.predicates(askedBy: $0, pack) }
    self.asked = asked
    let fitting = zip(pack.replies, asked).map { example, predicates in
      example.items.indices.map { place in
        let all = items.indices.filter { pack.fits(items[$0], example, at: place) }
        guard let predicates, Self.statesFact(of: place, example) else { return all }
        return all.filter { !pack.factSentences(about: items[$0], language: example.language, predicates: predicates).isEmpty }
      }
    }
    self.fitting = fitting
    var counts = [Int](repeating: 0, count: items.count)
    for places in fitting { for index in places.first ?? [] { counts[index] += 1 } }
    let weights = counts.map { 1 / Double(max(1, $0)) }
    self.weights = weights
    orders = zip(pack.replies, fitting).map { example, places in Self.drawn(places.first ?? [], weights, items, seed, Self.key(of: example))
    }
  }

  /// "What is it known for?" is answered by what it is known for.
  private static func predicates(askedBy example: ReplyExample, _ pack: Pack) -> Set<String>? {
    guard example.goal == .inform, example.reply.placeholders.contains(where: { $0.content == .fact }) else { return nil }
    let predicates = pack.predicates(askedIn: example.user.ownText, language: example.language)
    let place = example.reply.placeholders.first { $0.content == .fact }?.item ?? 0
    let answers = pack.items.contains { item in
      pack.fits(item, example, at: place)
        && !pack.factSentences(about: item, language: example.language, predicates: predicates).isEmpty
    }
    return answers ? predicates : nil
  }

  private static func statesFact(of place: Int, _ example: ReplyExample) -> Bool {
    example.reply.placeholders.contains { $0.item == place && $0.content == .fact }
  }

  /// Weighted sampling without replacement (Efraimidis and Spirakis 2006): the order of −ln(u) / weight.
  private static func drawn(_ indices: [Int], _ weights: [Double], _ items: [Item], _ seed: UInt64, _ key: String) -> [Int] {
    var keyed: [(key: Double, index: Int)] = []
    for index in indices {
      var random = RandomSource(seed: seed, for: key, items[index].id)
      keyed.append((-log(max(random.fraction(), 0x1p-53)) / weights[index], index))
    }
    return keyed.sorted { ($0.key, $0.index) < ($1.key, $1.index) }.map(\.index)
  }

  /// What names an example, whatever stands before it in the file.
  static func key(of example: ReplyExample) -> String { example.language + "\u{0}" + example.reply.text }

  /// How many different first items an example can be about.
  public func choices(for index: Int) -> Int { orders[index].count }

  /// - Parameters:
  ///   - index: of the example among the pack's.
  ///   - variant: from 0; beyond `choices` the first items come again, beside others.
  /// - Returns: nil if no items fit together.
  public func fill(_ index: Int, variant: Int) -> FilledReply? {
    let example = pack.replies[index]
    let order = orders[index]
    let key = Self.key(of: example) + "\u{0}\(variant)"
    var random = RandomSource(seed: seed, for: key)
    if example.items.isEmpty { return fill(index, with: [], &random) }
    for attempt in 0..<min(order.count, 8) {
      let first = items[order[(variant + attempt) % order.count]]
      guard let chosen = companions(of: first, index, key) else { continue }
      return fill(index, with: chosen, &random)
    }
    return nil
  }

  private func companions(of first: Item, _ index: Int, _ key: String) -> [Item]? {
    var chosen = [first]
    for (place, conditions) in pack.replies[index].items.enumerated().dropFirst() {
      let together = fitting[index][place].filter { candidate in
        !chosen.contains { $0.id == items[candidate].id }
          && conditions.allSatisfy { shares(items[candidate], $0, with: chosen) }
      }
      guard let next = Self.drawn(together, weights, items, seed, key + "\u{0}\(place)").first else { return nil }
      chosen.append(items[next])
    }
    return chosen
  }

  private func shares(_ item: Item, _ condition: ReplyCondition, with earlier: [Item]) -> Bool {
    guard case .sameAs(let other) = condition.value else { return true }
    return !Set(item.values(of: condition.slot)).isDisjoint(with: earlier[other].values(of: condition.slot))
  }

  private func fill(_ index: Int, with chosen: [Item], _ random: inout RandomSource) -> FilledReply {
    let example = pack.replies[index]
    var page = FactPage(pack: pack, language: example.language, items: chosen, asked: asked[index])
    page.require(example.items)
    // The reply first: the user's text says nothing that has to be shown.
    let reply = ReplyText.write(example.reply, page: &page, capitalised: true, &random)
    let user = ReplyText.write(example.user, page: &page, capitalised: false, &random)
    return FilledReply(
      user: user, reply: reply, goal: example.goal, language: example.language, items: chosen.map(\.id),
      subjects: chosen.indices.map { page.subject($0, &random) })
  }
}
