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

  /// The relations that a question asks along, by their asking phrases: the longest phrase wins, and where several are as long, all of them.
  public func predicates(askedIn question: String, language: String) -> Set<String> {
    let text = question.lowercased()
    var longest = 0
    var result: Set<String> = []
    for relation in manifest.relations where !manifest.slotPredicates.contains(relation.predicate) {
      let found = (relation.asked[language] ?? []).filter { holds(text, $0, language) }.map(\.count).max() ?? 0
      guard found > 0, found >= longest else { continue }
      if found > longest { result = [] }
      longest = found
      result.insert(relation.predicate)
    }
    return result
  }

  /// Latin phrases begin where a word does.
  private func holds(_ text: String, _ phrase: String, _ language: String) -> Bool {
    if language == "ja" { return text.contains(phrase) }
    return text.ranges(of: phrase).contains { range in
      range.lowerBound == text.startIndex || !text[text.index(before: range.lowerBound)].isLetter
    }
  }

  /// What the graph states of an item beyond its slots, as sentences without the final stop.
  /// - Parameter predicates: those to tell of; nil tells all.
  public func factSentences(about item: Item, language: String, predicates: Set<String>? = nil) -> [String] {
    let own = manifest.slotPredicates
    return graph.facts(about: item.id).compactMap { fact in
      own.contains(fact.predicate) || predicates?.contains(fact.predicate) == false ? nil : factSentence(fact, language: language)
    }
  }

  /// A fact of a relation as a sentence without the final stop; nil where the relation or a node has no words in the language, as those of
  /// another would stand in the sentence.
  public func factSentence(_ fact: Fact, language: String) -> String? {
    guard manifest.relation(fact.predicate)?.sentence[language] != nil, graph.labels[fact.subject]?[language] != nil,
      fact.isLiteral || graph.labels[fact.object]?[language] != nil
    else { return nil }
    return sentence(
      subject: fact.subject, predicate: fact.predicate, object: fact.object, literal: fact.isLiteral, language: language)
  }
}
