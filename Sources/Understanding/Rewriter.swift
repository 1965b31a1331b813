import Frames
import Knowledge

/// Says the request directly: "My feet are killing me" → "Please recommend a place: little walking."
public struct Rewriter: Sendable {
  private let pack: Pack

  public init(pack: Pack) { self.pack = pack }

  public func rewrite(_ frame: Frame, text: String) -> String {
    switch frame.goal {
    case .recommend, .plan, .refine: break
    default: return text
    }
    let wishes = frame.constraints.map { wish($0, in: frame.language) }
    let noun = pack.manifest.itemNoun[frame.language] ?? (frame.language == "ja" ? "おすすめ" : "item")
    if frame.language == "ja" {
      let detail = wishes.isEmpty ? "" : "（" + wishes.joined(separator: "、") + "）"
      return frame.goal == .plan ? "\(noun)を巡るプランを立ててください\(detail)。" : "おすすめの\(noun)を教えてください\(detail)。"
    }
    let detail = wishes.isEmpty ? "" : ": " + wishes.joined(separator: "; ")
    return frame.goal == .plan ? "Please plan an outing\(detail)." : "Please recommend a \(noun)\(detail)."
  }

  /// One constraint as it is said in passing: "quiet", "in Ueno", "free or cheap", "no museums", "at most 90 minutes".
  public func wish(_ constraint: Constraint, in language: String) -> String {
    let japanese = language == "ja"
    let slot = pack.manifest.slot(constraint.slot)
    if let range = slot?.range(of: constraint), let label = range.label[language] {
      return constraint.polarity == .negative ? (japanese ? "\(label)以外" : "not \(label)") : label
    }
    let values = bounded(constraint, slot, language)
    let either = values.texts.joined(separator: japanese ? "か" : " or ")
    // "What" is said by its name alone; other slots have a phrase around the value.
    let named = slot?.type == .enum && slot?.group != nil
    if constraint.polarity == .negative, named { return japanese ? "\(either)以外" : "no \(plural(either))" }
    var text = either
    if !named, let template = slot?.reason[language] { text = template.replacing("{v}", with: either) }
    if let bound = values.bound {
      let label = slot?.label[language] ?? constraint.slot
      let leads = slot?.reason[language]?.hasPrefix("{v}") == true
      text = japanese ? "\(text)\(bound)" : leads ? "\(bound) \(text)" : "\(label): \(bound) \(either)"
    }
    return constraint.polarity == .negative ? (japanese ? "\(text)以外" : "not \(text)") : text
  }

  /// The values' names; a bound on a short scale is spelt out, any other keeps its word ("at most").
  private func bounded(_ constraint: Constraint, _ slot: Slot?, _ language: String) -> (texts: [String], bound: String?) {
    func label(_ value: String) -> String { pack.valueLabel(value, slot: constraint.slot, language: language) }
    let own = constraint.value.map(label)
    let upwards: Bool
    switch constraint.op {
    case .le, .lt: upwards = false
    case .ge, .gt: upwards = true
    default: return (own, nil)
    }
    if let slot, slot.type == .ordered, let limit = slot.values.firstIndex(where: { $0.id == constraint.value.first }) {
      let strict = [.lt, .gt].contains(constraint.op) ? 1 : 0
      let range = upwards ? slot.values.suffix(from: min(slot.values.count, limit + strict)) : slot.values.prefix(limit + 1 - strict)
      if (1...2).contains(range.count) { return (range.map { label($0.id) }, nil) }
    }
    return (own, language == "ja" ? (upwards ? "以上" : "以下") : (upwards ? "at least" : "at most"))
  }

  private func plural(_ noun: String) -> String {
    if noun.hasSuffix("s") { return noun }
    if noun.hasSuffix("y"), !"aeiou".contains(noun.dropLast().last ?? "a") { return noun.dropLast() + "ies" }
    return noun + (noun.hasSuffix("ch") || noun.hasSuffix("sh") ? "es" : "s")
  }
}
