import Frames
import Knowledge
import Retrieval

/// Puts the evidence that ranked an item into one line each: a constraint it meets, a path in the graph, own liking.
public struct ReasonWriter: Sendable {
  private let pack: Pack

  public init(pack: Pack) { self.pack = pack }

  public func reasons(for ranked: Ranked, language: String, limit: Int = 3) -> [Reason] {
    var reasons: [Reason] = []
    let parts = ranked.candidate.parts
    let total = max(1e-9, parts.values.reduce(0, +))
    // A path of one slot's fact ("in Shibuya") is told as the condition that it meets.
    let path = ranked.candidate.path
    let isSlot = path.count == 3 && pack.manifest.slotPredicates.contains(path[1].replacing("^-1", with: ""))
    if path.count >= 3, !isSlot, let text = chain(path, language) {
      reasons.append(Reason(text: text, path: path, share: (parts["graph"] ?? 0) / total))
    }
    if let likeness = ranked.candidate.likeness, !likeness.shared.isEmpty {
      let values = likeness.shared.prefix(3).map { feature in
        let halves = feature.split(separator: "=", maxSplits: 1).map(String.init)
        return pack.valueLabel(halves[1], slot: halves[0], language: language)
      }
      let name = pack.item(likeness.to)?.name(in: language) ?? likeness.to
      let text =
        language == "ja"
        ? "\(name)と同じく\(values.joined(separator: "・"))" : "like \(name): \(values.joined(separator: ", "))"
      reasons.append(
        Reason(text: text, path: ["likeness", likeness.to] + likeness.shared.prefix(3), share: (parts["likeness"] ?? 0) / total))
    }
    let each = (parts["slots"] ?? 0) / total / Double(max(1, ranked.met.count))
    // That it is not what was refused says little: told only where nothing speaks for the item.
    let speaking = ranked.met.filter { $0.polarity == .positive }
    for constraint in speaking.isEmpty ? ranked.met : speaking {
      reasons.append(
        Reason(text: phrase(constraint, ranked, language), path: [constraint.slot] + constraint.value, share: each))
    }
    for key in ranked.liked.prefix(reasons.count < 2 ? 1 : 0) {
      let halves = key.split(separator: "=", maxSplits: 1).map(String.init)
      let value = pack.valueLabel(halves[1], slot: halves[0], language: language)
      reasons.append(
        Reason(text: language == "ja" ? "お好みの「\(value)」" : "like what you liked (\(value))", path: [key], share: 0.1))
    }
    if reasons.isEmpty {
      let best = parts.filter { $0.value > 0 }.max { ($0.value, $1.key) < ($1.value, $0.key) }
      switch best?.key {
      case "lexical": reasons.append(Reason(text: language == "ja" ? "ことばが一致" : "matches your words", path: ["lexical"], share: 1))
      case "dense": reasons.append(Reason(text: language == "ja" ? "内容が近い" : "close to what you describe", path: ["dense"], share: 1))
      default:
        let popularity = pack.items[ranked.candidate.item].popularity
        let text =
          language == "ja"
          ? (popularity >= 4 ? "よく知られている" : "あまり知られていない")
          : (popularity >= 4 ? "well known" : "not one of the obvious choices")
        reasons.append(Reason(text: text, path: ["popularity"], share: 1))
      }
    }
    return Array(reasons.prefix(limit))
  }

  private func phrase(_ constraint: Constraint, _ ranked: Ranked, _ language: String) -> String {
    let item = pack.items[ranked.candidate.item]
    let own = item.attributes[constraint.slot] ?? []
    // The item's own value, not the asked one: "free" for someone who asked for at most cheap.
    let shown = own.first { constraint.value.contains($0.text ?? "") } ?? own.first
    var value = constraint.value.first ?? ""
    if let text = shown?.text { value = text } else if let number = shown?.number { value = number.plain }
    let label = pack.valueLabel(value, slot: constraint.slot, language: language)
    if constraint.polarity == .negative {
      let avoided = constraint.value.map { pack.valueLabel($0, slot: constraint.slot, language: language) }
      return language == "ja" ? "\(avoided.joined(separator: "・"))ではない" : "not \(avoided.joined(separator: " or "))"
    }
    let slot = pack.manifest.slot(constraint.slot)
    if let label = slot?.range(of: constraint)?.label[language] { return label }
    if let template = slot?.reason[language] { return template.replacing("{v}", with: label) }
    return label
  }

  /// "Soseki → Kokoro → ..." read as sentences of the relations, each fact in its own direction.
  func chain(_ path: [String], _ language: String) -> String? {
    var sentences: [String] = []
    var index = 0
    while index + 2 < path.count {
      let (from, step, to) = (path[index], path[index + 1], path[index + 2])
      let backwards = step.hasSuffix("^-1")
      let predicate = backwards ? String(step.dropLast(3)) : step
      if let sentence = pack.sentence(
        subject: backwards ? to : from, predicate: predicate, object: backwards ? from : to, language: language)
      {
        sentences.append(sentence)
      }
      index += 2
    }
    return sentences.isEmpty ? nil : sentences.joined(separator: language == "ja" ? "、" : "; ")
  }
}
