import Frames
import Knowledge

/// Sets two to five items beside each other on the slots where they differ.
struct Comparer {
  let pack: Pack
  let language: String
  let words: any Wording
  private var lines: ItemLines { ItemLines(pack: pack, language: language, words: words) }

  func compare(_ ids: [String], text: String) -> Reply {
    let items = ids.compactMap { pack.item($0) }.prefix(5)
    var reply = Reply()
    let noun = pack.manifest.itemNoun[language] ?? ""
    guard items.count >= 2 else {
      reply.say(words.compareNeedsTwo(noun: noun), spaced: words.space)
      return reply
    }
    let question = text.lowercased()
    let asked = asked(question)
    if let asked { verdict(asked.slot, highest: asked.highest, Array(items), &reply) }
    // What was asked about is told of each, before what else tells them apart.
    let telling =
      (asked.map { [$0.slot] } ?? []) + differences(Array(items)).filter { $0.name != asked?.slot.name }.prefix(asked == nil ? 5 : 3)
    for item in items {
      let name = item.name(in: language)
      let clauses = telling.compactMap { slot in
        slot.name == asked?.slot.name
          ? lines.clause(of: slot, item) : ownValues(slot, item, beside: Array(items)).flatMap { lines.clause(of: slot, $0) }
      }
      reply.line("• \(name)\(language == "ja" ? "：" : ": ")\(clauses.joined(separator: words.comma))")
      reply.evidence += [name] + clauses
    }
    return reply
  }

  /// At most five slots on which the items differ; one value says more than a list of them.
  private func differences(_ items: [Item]) -> [Slot] {
    let differing = pack.manifest.slots.filter { slot in
      Set(items.map { lines.value(of: slot, $0) ?? "" }).count > 1 && !slot.label.isEmpty
    }
    func isList(_ slot: Slot) -> Bool { items.contains { ($0.attributes[slot.name]?.count ?? 0) > 1 } }
    return Array((differing.filter { !isList($0) } + differing.filter(isList)).prefix(5))
  }

  /// The item with only those values of the slot that not all of them share, three at most; nil where none is left.
  private func ownValues(_ slot: Slot, _ item: Item, beside items: [Item]) -> Item? {
    guard let values = item.attributes[slot.name] else { return nil }
    let own = values.filter { value in !items.allSatisfy { $0.attributes[slot.name]?.contains(value) == true } }
    guard !own.isEmpty else { return nil }
    var copy = item
    copy.attributes[slot.name] = Array(own.prefix(3))
    return copy
  }

  /// The slot the question asks about, by its asking phrases or the words for its values and ranges, and which end of it: "longest" is of
  /// the words of a range that begins high, "shortest" of one that ends low.
  private func asked(_ question: String) -> (slot: Slot, highest: Bool)? {
    var best: (slot: Slot, highest: Bool, length: Int)?
    func consider(_ slot: Slot, _ phrases: [String], highest: Bool) {
      let length = phrases.filter { question.contains($0) }.map(\.count).max() ?? 0
      if length > best?.length ?? 0 { best = (slot, highest, length) }
    }
    for slot in pack.manifest.slots where [.ordered, .number].contains(slot.type) {
      consider(slot, slot.asked[language] ?? [], highest: false)
      for (index, value) in slot.values.enumerated() {
        consider(slot, value.synonyms[language] ?? [], highest: slot.type == .ordered && index == slot.values.count - 1)
      }
      for range in slot.ranges { consider(slot, range.synonyms[language] ?? [], highest: range.op == .ge) }
    }
    return best.map { ($0.slot, $0.highest) }
  }

  /// The lower end of a scale comes first: cheaper, nearer, quieter, shorter; the higher where that was asked for.
  private func verdict(_ slot: Slot, highest: Bool, _ items: [Item], _ reply: inout Reply) {
    func place(_ item: Item) -> Double? {
      guard let value = item.attributes[slot.name]?.first else { return nil }
      if let number = value.number { return number }
      return slot.values.firstIndex { $0.id == value.text }.map(Double.init)
    }
    let placed = items.compactMap { item in place(item).map { (item: item, at: $0) } }
    let label = slot.label[language] ?? slot.name
    guard let best = placed.min(by: { highest ? $0.at > $1.at : $0.at < $1.at }), placed.count > 1,
      let value = lines.measure(of: slot, best.item)
    else {
      reply.say(words.unknown(label), spaced: words.space)
      reply.saysUnknown = true
      return
    }
    let name = best.item.name(in: language)
    if placed.allSatisfy({ $0.at == best.at }) {
      reply.state(words.same(label, value), from: [label, value], spaced: words.space)
    } else {
      reply.state(words.better(name, label, value), from: [name, label, value], spaced: words.space)
    }
  }
}
