import Frames

/// What must be true of one item of a reply example.
public struct ReplyCondition: Sendable, Hashable {
  public enum Value: Sendable, Hashable {
    case value(String)
    /// Shares a value of the slot with an earlier item, counted from 0.
    case sameAs(item: Int)
  }
  public var slot: String
  public var value: Value

  public init(slot: String, value: Value) { (self.slot, self.value) = (slot, value) }
}

/// A person's wording of a reply, of `language/replies.<lang>.tsv`: what was said, about which items, and the answer. Its placeholders are
/// filled from the catalogue, so that one example serves every item that fits.
public struct ReplyExample: Sendable, Hashable {
  /// More items than this are a list and no reply.
  public static let mostItems = 4

  public var user: ReplyTemplate
  public var language: String
  public var goal: Goal
  /// The items that the reply is about, in order, each with its conditions.
  public var items: [[ReplyCondition]]
  public var reply: ReplyTemplate

  public init(user: ReplyTemplate, language: String, goal: Goal, items: [[ReplyCondition]], reply: ReplyTemplate) {
    self.user = user
    self.language = language
    self.goal = goal
    self.items = items
    self.reply = reply
  }

  /// The goals that replies are written for.
  public static let goals: [Goal] = [.recommend, .refine, .plan, .inform, .explain, .compare, .feedback]
}

extension Pack {
  /// Whether an item has what an example asks of its `place`-th item: every condition, and something to fill each placeholder with.
  /// Of what it has to share with another item, it must have some value.
  public func fits(_ item: Item, _ example: ReplyExample, at place: Int) -> Bool {
    for condition in example.items[place] {
      let own = item.values(of: condition.slot)
      switch condition.value {
      case .value(let value): guard own.contains(value) else { return false }
      case .sameAs: guard !own.isEmpty else { return false }
      }
    }
    for placeholder in example.user.placeholders + example.reply.placeholders where placeholder.item == place {
      switch placeholder.content {
      case .name: break
      case .slot(let slot, _): guard !item.values(of: slot).isEmpty else { return false }
      case .about: guard item.description[example.language] != nil else { return false }
      case .fact: guard !factSentences(about: item, language: example.language).isEmpty else { return false }
      }
    }
    return true
  }

  /// What the graph states of an item beyond its slots, as sentences without the final stop.
  public func factSentences(about item: Item, language: String) -> [String] {
    let own = manifest.slotPredicates
    return graph.facts(about: item.id).filter { !own.contains($0.predicate) }.compactMap { fact in
      guard manifest.relation(fact.predicate)?.sentence[language] != nil,
        // A node known only in another language would put that language into the sentence.
        fact.isLiteral || graph.labels[fact.object]?[language] != nil
      else { return nil }
      return sentence(
        subject: fact.subject, predicate: fact.predicate, object: fact.object, literal: fact.isLiteral, language: language)
    }
  }
}
