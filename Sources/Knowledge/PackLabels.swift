extension Pack {
  /// The label of a slot's value in `language`: its own label, its node's, or the value itself.
  public func valueLabel(_ value: String, slot name: String, language: String) -> String {
    guard let slot = manifest.slot(name) else { return value }
    if let type = slot.nodeType { return graph.label("\(type):\(value)", in: language) }
    guard let known = slot.values.first(where: { $0.id == value }) else { return value }
    return known.label[language] ?? known.label["en"] ?? value
  }

  /// A fact as a sentence of the pack's relation, without the final stop; nil where the pack has no wording for it.
  public func sentence(
    subject: String, predicate: String, object: String, literal: Bool = false, language: String
  ) -> String? {
    let template: String?
    if let relation = manifest.relation(predicate) {
      template = relation.sentence[language] ?? relation.sentence["en"]
    } else if let slot = manifest.slots.first(where: { $0.predicate == predicate }) {
      let label = slot.label[language] ?? slot.name
      template = language == "ja" ? "{s}の\(label)は{o}" : "the \(label) of {s} is {o}"
    } else {
      template = nil
    }
    return template?.replacing("{s}", with: graph.label(subject, in: language))
      .replacing("{o}", with: literal ? object : graph.label(object, in: language))
  }
}
