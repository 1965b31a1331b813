import Frames
import Knowledge

/// How one item is shown: its name with what it is, one sentence about it, and a line with the reasons.
struct ItemLines {
  let pack: Pack
  let language: String
  let words: any Wording

  func entry(_ index: Int, _ item: RecommendedItem, describes: Bool = true, into reply: inout Reply) {
    guard let known = pack.item(item.id) else { return }
    let kind = known.kind.isEmpty ? "" : pack.valueLabel(known.kind, slot: "kind", language: language)
    let title = kind.isEmpty ? item.name : language == "ja" ? "\(item.name)（\(kind)）" : "\(item.name) (\(kind))"
    let description = describes ? known.description[language] : nil
    let about = description.map { (language == "ja" ? "　" : " — ") + $0 } ?? ""
    reply.line("\(index). \(title)\(about)")
    let reasons = item.reasons.map(\.text).joined(separator: " · ")
    if !reasons.isEmpty { reply.line("   → \(reasons)") }
    reply.evidence += [item.name, kind] + known.description.values + item.reasons.map(\.text) + item.facts
  }

  /// The values of a slot as people read them; nil where the item has none.
  func value(of slot: Slot, _ item: Item) -> String? {
    guard let values = item.attributes[slot.name], !values.isEmpty else { return nil }
    let texts = values.map { value in
      value.number.map(\.plain) ?? pack.valueLabel(value.text ?? "", slot: slot.name, language: language)
    }
    return texts.joined(separator: words.comma)
  }

  /// A slot's value with its unit where the pack has one, without the name of the slot.
  func measure(of slot: Slot, _ item: Item) -> String? {
    guard let value = value(of: slot, item) else { return nil }
    return slot.reason[language]?.replacing("{v}", with: value) ?? value
  }

  /// A slot's value as a clause: "5 minutes from the station".
  func clause(of slot: Slot, _ item: Item) -> String? {
    guard let value = value(of: slot, item) else { return nil }
    guard let template = slot.reason[language], template != "{v}" else {
      let label = slot.label[language] ?? slot.name
      return language == "ja" ? "\(label)：\(value)" : "\(label): \(value)"
    }
    return template.replacing("{v}", with: value)
  }
}
