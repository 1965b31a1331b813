import Instructions
import Knowledge
import LanguageModel

/// What a reply has used of its items so far, and what the prompt therefore has to show.
struct FactPage {
  let pack: Pack
  let language: String
  let items: [Item]
  /// By item: slot → values that the example's conditions or placeholders use.
  private var used: [[String: [String]]]
  private let sheet: FactSheet
  /// The relations that are asked along; nil for any.
  private let asked: Set<String>?
  private var usesAbout: Set<Int> = []
  private var usedFacts: [[String]]

  init(pack: Pack, language: String, items: [Item], asked: Set<String>? = nil) {
    self.asked = asked
    self.pack = pack
    self.language = language
    self.items = items
    sheet = FactSheet(pack: pack, language: language)
    used = items.map { _ in [:] }
    usedFacts = items.map { _ in [] }
  }

  /// What an example asks of its items may be said in its own words.
  mutating func require(_ conditions: [[ReplyCondition]]) {
    for (place, list) in conditions.enumerated() {
      for condition in list {
        switch condition.value {
        case .value(let value): use(value, of: condition.slot, at: place)
        case .sameAs(let other):
          let own = items[place].values(of: condition.slot)
          // What the earlier item already shows is what they share, if it can be.
          let theirs = (used[other][condition.slot] ?? []) + items[other].values(of: condition.slot)
          guard let shared = theirs.first(where: own.contains) else { continue }
          use(shared, of: condition.slot, at: place, first: true)
          use(shared, of: condition.slot, at: other, first: true)
        }
      }
    }
  }

  private mutating func use(_ value: String, of slot: String, at place: Int, first: Bool = false) {
    var values = used[place][slot] ?? []
    if first { values.removeAll { $0 == value } }
    guard !values.contains(value) else { return }
    values.insert(value, at: first ? 0 : values.count)
    used[place][slot] = values
  }

  /// The label that a placeholder is filled with.
  mutating func text(for placeholder: ReplyPlaceholder, _ random: inout RandomSource) -> String {
    let item = items[placeholder.item]
    switch placeholder.content {
    case .name: return item.name(in: language)
    case .slot(let slot, let article):
      let value = used[placeholder.item][slot]?.first ?? item.values(of: slot).first ?? ""
      use(value, of: slot, at: placeholder.item)
      let label = pack.valueLabel(value, slot: slot, language: language)
      return article ? "\(IndefiniteArticle.before(label)) \(label)" : label
    case .about:
      usesAbout.insert(placeholder.item)
      return sheet.sentence(item.description[language] ?? "")
    case .fact:
      let facts = pack.factSentences(about: item, language: language, predicates: asked)
      let fact = random.pick(facts.filter { !usedFacts[placeholder.item].contains($0) }) ?? facts.first ?? ""
      usedFacts[placeholder.item].append(fact)
      return sheet.sentence(fact)
    }
  }

  /// The item's name with exactly what was used of it and some facts that were not, in the manifest's order.
  func subject(_ place: Int, _ random: inout RandomSource) -> InstructionPrompt.Subject {
    let item = items[place]
    var facts: [InstructionPrompt.Fact] = []
    let spare = pack.manifest.slots.filter { used[place][$0.name] == nil && !item.values(of: $0.name).isEmpty }.map(\.name)
    let distractors = min(spare.count, 1 + random.below(5))
    var order = spare
    random.shuffle(&order)
    let shown = Set(order.prefix(distractors))
    for slot in pack.manifest.slots where used[place][slot.name] != nil || shown.contains(slot.name) {
      facts.append(sheet.fact(slot, values(of: slot.name, at: place)))
    }
    let about = item.description[language]
    if let about, usesAbout.contains(place) || random.chance(0.5) { facts.append(.init(key: "about", text: sheet.sentence(about))) }
    var sentences = usedFacts[place]
    var others = pack.factSentences(about: item, language: language).filter { !sentences.contains($0) }
    random.shuffle(&others)
    sentences += others.prefix(random.below(3))
    random.shuffle(&sentences)
    facts += sentences.map { .init(key: "fact", text: sheet.sentence($0)) }
    return .init(name: item.name(in: language), facts: facts)
  }

  /// Of many values the used ones and the first others, in the catalogue's order.
  private func values(of slot: String, at place: Int) -> [String] {
    let own = items[place].values(of: slot)
    let needed = own.filter { used[place][slot]?.contains($0) == true }
    let rest = own.filter { !needed.contains($0) }.prefix(max(0, FactSheet.mostValues - needed.count))
    return own.filter { needed.contains($0) || rest.contains($0) }
  }
}
