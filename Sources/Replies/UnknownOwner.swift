import Foundation
import Knowledge

/// Finds whose property a Japanese question asks for where no name was linked: 「君の名はの音楽は誰？」 is not about the item on screen.
struct UnknownOwner {
  let pack: Pack
  let language: String
  private static let joints = ["の", "を", "って", "は"]
  private static let openings = ["誰が", "だれが", "何が", "じゃあ", "では", "ちなみに", "ねえ", "あと", "で、", "えっと", "、"]
  private static let pointing = ["そ", "こ", "あれ", "あの", "番", "つ目", "個目", "最初", "最後", "両方", "全部", "どれ", "どの", "どこ"]

  /// The words before what is asked for, unless they point at the screen or are common nouns of the field.
  func name(in question: String) -> String? {
    guard language == "ja" else { return nil }
    let phrases = pack.manifest.relations.flatMap { $0.asked["ja"] ?? [] } + pack.manifest.slots.flatMap { $0.asked["ja"] ?? [] }
    var best: String?
    for phrase in phrases {
      guard let place = question.range(of: phrase) else { continue }
      var before = String(question[..<place.lowerBound])
      for opening in ["誰が", "だれが"] where before.hasSuffix(opening) { before.removeLast(opening.count) }
      guard let joint = Self.joints.first(where: { before.hasSuffix($0) }) else { continue }
      before.removeLast(joint.count)
      for opening in Self.openings where before.hasPrefix(opening) { before.removeFirst(opening.count) }
      if before.count >= 2, !isCommon(before, phrases), before.count > best?.count ?? 0 { best = before }
    }
    return best
  }

  private func isCommon(_ words: String, _ phrases: [String]) -> Bool {
    if Self.pointing.contains(where: { words.hasPrefix($0) || words.hasSuffix($0) }) { return true }
    if words.contains(pack.manifest.itemNoun["ja"] ?? "\0") || phrases.contains(where: { words.contains($0) }) { return true }
    let nouns = pack.manifest.slots.flatMap(\.values).flatMap { ($0.synonyms["ja"] ?? []) + [$0.label["ja"] ?? ""] }
    return nouns.contains { !$0.isEmpty && words.hasSuffix($0) } || words.hasSuffix("店") || words.hasSuffix("所") || words.hasSuffix("ところ")
  }
}
