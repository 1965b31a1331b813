import Frames
import Knowledge

/// Reads constraints that are said in words: slot values by their synonyms, places by their nodes, numbers by their units.
public struct SlotLexicon: Sendable {
  public struct Found: Sendable {
    public var constraint: Constraint
    public var range: Range<Int>
  }
  private struct Exception: Sendable {
    var slot: String
    var value: String
  }
  private struct Sense: Sendable {
    var slot: String
    var value: String
    var op: ConstraintOperator
    var hard: Bool
    /// What is meant where the words are turned away; nil where that is simply the exclusion.
    var opposite: (op: ConstraintOperator, value: String)?
  }

  private var table = PhraseTable<Sense>()
  /// Phrases in which a word of a value does not mean it.
  private var exceptions = PhraseTable<Exception>()
  private let nodeSlots: [String: Slot]
  private let circumstances: Set<String>
  private let slots: [String: Slot]

  public init(pack: Pack) {
    var nodes: [String: Slot] = [:]
    var all: [String: Slot] = [:]
    for slot in pack.manifest.slots {
      all[slot.name] = slot
      if let type = slot.nodeType, nodes[type] == nil { nodes[type] = slot }
      for value in slot.values {
        let op = slot.type == .ordered ? Self.bound(value.id, slot) : .is
        Self.add(value.synonyms, Sense(slot: slot.name, value: value.id, op: op, hard: slot.hard), to: &table)
        for phrase in value.except.values.joined() { exceptions.add(phrase, Exception(slot: slot.name, value: value.id)) }
      }
      for range in slot.ranges {
        let opposite = slot.opposite(of: range).map { (op: $0.op, value: $0.bound.plain) }
        Self.add(
          range.synonyms, Sense(slot: slot.name, value: range.bound.plain, op: range.op, hard: slot.hard, opposite: opposite), to: &table)
      }
    }
    nodeSlots = nodes
    circumstances = Set(pack.manifest.context)
    slots = all
  }

  private static func add(_ synonyms: [String: [String]], _ sense: Sense, to table: inout PhraseTable<Sense>) {
    let phrases = Set(synonyms.values.joined())
    for phrase in phrases {
      table.add(phrase, sense)
      for plural in plurals(phrase) where !phrases.contains(plural) { table.add(plural, sense) }
    }
  }

  static func plurals(_ phrase: String) -> [String] {
    guard let last = phrase.unicodeScalars.last, FoldedText.isLatin(FoldedText.fold(last)), phrase.count > 2 else {
      return []
    }
    if phrase.hasSuffix("y") { return [phrase + "s", String(phrase.dropLast()) + "ies"] }
    if phrase.hasSuffix("s") { return [] }
    if phrase.hasSuffix("ch") || phrase.hasSuffix("sh") { return [phrase + "es"] }
    return [phrase + "s"]
  }

  public func constraints(in text: FoldedText, entities: [EntityMention], language: String) -> [Found] {
    var found: [Found] = []
    for entity in entities {
      guard let type = KnowledgeGraph.type(of: entity.id), let slot = nodeSlots[type] else { continue }
      let value = String(entity.id.dropFirst(type.count + 1))
      let range = entity.start..<entity.end
      let polarity: Polarity = Negation.applies(to: range, in: text, language: language) ? .negative : .positive
      found.append(
        Found(
          constraint: Constraint(
            slot: slot.name, value: [value], polarity: polarity, strength: slot.hard ? .must : .prefer),
          range: range))
    }
    let excepted = exceptions.matches(in: text)
    for match in table.matches(in: text, skipping: entities.map { $0.start..<$0.end }) {
      let around = excepted.filter { $0.range.overlaps(match.range) }.flatMap(\.payloads)
      let refused = Negation.applies(to: match.range, in: text, language: language)
      let tooMuch = Negation.isTooMuch(match.range, in: text, language: language)
      for sense in match.payloads where !around.contains(where: { $0.slot == sense.slot && $0.value == sense.value }) {
        // "Too rainy" tells of the rain; "too touristy" wants less of it.
        let negative = refused || tooMuch && !circumstances.contains(sense.slot)
        var constraint = Constraint(
          slot: sense.slot, value: [sense.value], polarity: negative ? .negative : .positive,
          strength: sense.hard ? .must : .prefer)
        if !negative {
          constraint.op = sense.op
        } else if let opposite = sense.opposite {
          (constraint.op, constraint.value, constraint.polarity) = (opposite.op, [opposite.value], .positive)
        } else if [.le, .ge].contains(sense.op), slots[sense.slot]?.type == .number {
          // "Not a huge one, an hour tops": a range without an opposite is meant as it stands.
          (constraint.op, constraint.polarity) = (sense.op, .positive)
        }
        found.append(Found(constraint: constraint, range: match.range))
      }
    }
    return Self.merged(found)
  }

  /// "cheap" means at most cheap; the two ends of the scale mean themselves.
  static func bound(_ value: String, _ slot: Slot) -> ConstraintOperator {
    guard let index = slot.values.firstIndex(where: { $0.id == value }) else { return .is }
    if index == 0 || index == slot.values.count - 1 { return .is }
    return .le
  }

  /// "ramen or sushi": several positive values of one slot become one `in`.
  static func merged(_ found: [Found]) -> [Found] {
    var result: [Found] = []
    for next in found {
      if let index = result.firstIndex(where: {
        $0.constraint.slot == next.constraint.slot && $0.constraint.polarity == next.constraint.polarity
          && [.is, .in].contains($0.constraint.op) && [.is, .in].contains(next.constraint.op)
      }) {
        for value in next.constraint.value where !result[index].constraint.value.contains(value) {
          result[index].constraint.value.append(value)
        }
        if result[index].constraint.value.count > 1 { result[index].constraint.op = .in }
      } else if !result.contains(where: { $0.constraint == next.constraint }) {
        result.append(next)
      }
    }
    return result
  }
}
