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
    let wishes = frame.constraints.map { describe($0, in: frame.language) }
    let noun = pack.manifest.itemNoun[frame.language] ?? (frame.language == "ja" ? "おすすめ" : "item")
    if frame.language == "ja" {
      let detail = wishes.isEmpty ? "" : "（" + wishes.joined(separator: "、") + "）"
      return frame.goal == .plan ? "\(noun)を巡るプランを立ててください\(detail)。" : "おすすめの\(noun)を教えてください\(detail)。"
    }
    let detail = wishes.isEmpty ? "" : ": " + wishes.joined(separator: "; ")
    return frame.goal == .plan ? "Please plan an outing\(detail)." : "Please recommend a \(noun)\(detail)."
  }

  /// One constraint as it is said in passing: "quiet", "in Ueno", and in full where it is a bound or an exclusion.
  public func wish(_ constraint: Constraint, in language: String) -> String {
    guard constraint.polarity == .positive, [.is, .in].contains(constraint.op),
      let template = pack.manifest.slot(constraint.slot)?.reason[language]
    else { return describe(constraint, in: language) }
    let values = constraint.value.map { pack.valueLabel($0, slot: constraint.slot, language: language) }
    return template.replacing("{v}", with: values.joined(separator: language == "ja" ? "か" : " or "))
  }

  /// One constraint for a person, e.g. "area: Shibuya", "not kind: temple".
  public func describe(_ constraint: Constraint, in language: String) -> String {
    let slot = pack.manifest.slot(constraint.slot)
    let name = slot?.label[language] ?? constraint.slot
    let values = constraint.value.map { pack.valueLabel($0, slot: constraint.slot, language: language) }
      .joined(separator: language == "ja" ? "か" : " or ")
    if language == "ja" {
      let bound: String
      switch constraint.op {
      case .le: bound = "以下"
      case .lt: bound = "未満"
      case .ge: bound = "以上"
      case .gt: bound = "超"
      default: bound = ""
      }
      return "\(name)は\(values)\(bound)\(constraint.polarity == .negative ? "以外" : "")"
    }
    let bound: String
    switch constraint.op {
    case .le, .lt: bound = "at most "
    case .ge, .gt: bound = "at least "
    default: bound = ""
    }
    return "\(constraint.polarity == .negative ? "not " : "")\(name): \(bound)\(values)"
  }
}
