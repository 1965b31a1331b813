import Knowledge

/// The words under which an item is found: its own texts and the labels of what it is tagged with.
public enum ItemText {
  /// Weighted fields for the lexical index, all languages together.
  static func fields(_ item: Item, pack: Pack) -> [(text: String, weight: Float)] {
    var fields: [(text: String, weight: Float)] = []
    for name in item.name.values { fields.append((name, 3)) }
    for names in item.alternateNames.values { for name in names { fields.append((name, 2)) } }
    for words in item.keywords.values { for word in words { fields.append((word, 2.5)) } }
    for text in item.description.values { fields.append((text, 1)) }
    for (slot, values) in item.attributes.sorted(by: { $0.key < $1.key }) {
      for value in values {
        guard let text = value.text else { continue }
        for language in pack.manifest.languages {
          fields.append((pack.valueLabel(text, slot: slot, language: language), slot == "kind" ? 2 : 1.2))
        }
      }
    }
    let own = pack.manifest.slotPredicates
    for fact in pack.graph.facts(about: item.id) where !own.contains(fact.predicate) && !fact.isLiteral {
      for language in pack.manifest.languages { fields.append((pack.graph.label(fact.object, in: language), 0.8)) }
    }
    return fields
  }

  /// One passage for the sentence encoder.
  static func passage(_ item: Item, pack: Pack, language: String) -> String {
    var parts = [item.name(in: language)]
    if let kind = item.attributes["kind"]?.first?.text { parts.append(pack.valueLabel(kind, slot: "kind", language: language)) }
    if let text = item.description[language] { parts.append(text) }
    parts += item.keywords[language] ?? []
    // Tags that say what it is like; places and numbers would only blur the sentence.
    for slot in pack.manifest.slots where slot.type == .enum && slot.name != "kind" {
      parts += (item.attributes[slot.name] ?? []).compactMap(\.text)
        .map { pack.valueLabel($0, slot: slot.name, language: language) }
    }
    return parts.joined(separator: ". ")
  }
}
