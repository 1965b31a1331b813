import Knowledge

/// An item's facts as a reply's prompt writes them, in training as in a turn.
public struct FactSheet: Sendable {
  /// Values of a slot that are shown at most.
  public static let mostValues = 4

  private let pack: Pack
  private let language: String

  public init(pack: Pack, language: String) { (self.pack, self.language) = (pack, language) }

  /// What is known of an item.
  /// - Parameters:
  ///   - slots: those to show, in the manifest's order; nil shows all.
  ///   - sentences: facts of the graph at most; those about the same item in several turns are the same ones.
  public func subject(_ item: Item, slots: Set<String>? = nil, sentences: Int = 3) -> InstructionPrompt.Subject {
    var facts = pack.manifest.slots.compactMap { slot -> InstructionPrompt.Fact? in
      if let slots, !slots.contains(slot.name) { return nil }
      let values = item.values(of: slot.name)
      return values.isEmpty ? nil : fact(slot, Array(values.prefix(Self.mostValues)))
    }
    if let about = item.description[language] { facts.append(.init(key: "about", text: sentence(about))) }
    for text in pack.factSentences(about: item, language: language).prefix(sentences) {
      facts.append(.init(key: "fact", text: sentence(text)))
    }
    return .init(name: item.name(in: language), facts: facts)
  }

  /// Labels of values; a number that people have a word for has it beside it: `popularity: 5 (famous)`.
  package func fact(_ slot: Slot, _ values: [String]) -> InstructionPrompt.Fact {
    let labels = values.map { value in
      let label = pack.valueLabel(value, slot: slot.name, language: language)
      guard let number = Double(value), let word = slot.ranges.first(where: { $0.contains(number) })?.label[language] else { return label }
      return language == "ja" ? "\(label)（\(word)）" : "\(label) (\(word))"
    }
    return .init(key: slot.name, text: labels.joined(separator: language == "ja" ? "、" : ", "))
  }

  /// A sentence with its capital and its full stop.
  package func sentence(_ text: String) -> String {
    let japanese = language == "ja"
    let start = japanese ? text : text.prefix(1).uppercased() + text.dropFirst()
    return text.last.map { ".。!！?？」』\"”…".contains($0) } == true ? start : start + (japanese ? "。" : ".")
  }
}
