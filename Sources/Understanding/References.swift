import Foundation
import Frames
import Knowledge

/// Resolves what points at items on screen: "the second one", "number 3", "that museum", 「2番目」, 「それ」, or an item's name.
public struct ReferenceResolver: Sendable {
  private let kinds: [String: String]
  private let lexicon: [String: Set<String>]

  public init(pack: Pack) {
    kinds = Dictionary(pack.items.map { ($0.id, $0.kind) }, uniquingKeysWith: { first, _ in first })
    var words: [String: Set<String>] = [:]
    for value in pack.manifest.slot("kind")?.values ?? [] {
      for phrases in value.synonyms.values { for phrase in phrases { words[FoldedText.fold(phrase), default: []].insert(value.id) } }
    }
    lexicon = words
  }

  private static let english: [(String, Int)] = [
    ("first", 0), ("second", 1), ("third", 2), ("fourth", 3), ("fifth", 4), ("1st", 0), ("2nd", 1), ("3rd", 2),
    ("4th", 3), ("5th", 4),
  ]
  private static let japanese: [(String, Int)] = [
    ("1番", 0), ("2番", 1), ("3番", 2), ("4番", 3), ("5番", 4), ("一番目", 0), ("二番目", 1), ("三番目", 2), ("四番目", 3),
    ("五番目", 4), ("1つ目", 0), ("2つ目", 1), ("3つ目", 2), ("一つ目", 0), ("二つ目", 1), ("三つ目", 2), ("四つ目", 3),
    ("五つ目", 4), ("最初の", 0), ("1個目", 0), ("2個目", 1), ("3個目", 2), ("ひとつめ", 0), ("ふたつめ", 1), ("みっつめ", 2),
  ]

  /// 「1と2はどう違う」: digits that count nothing (no 分, 人 or 円 behind them), as positions from 0.
  private static func bareNumbers(_ scalars: [Unicode.Scalar]) -> [Int] {
    let followers = Set("とはのがをっか、,)）」?？!！。 ".unicodeScalars)
    return scalars.indices.compactMap { index in
      guard let digit = Int(String(scalars[index])), (1...9).contains(digit) else { return nil }
      if index > 0, FoldedText.isLatin(scalars[index - 1]) { return nil }
      if index + 1 < scalars.count, !followers.contains(scalars[index + 1]) { return nil }
      return digit - 1
    }
  }

  /// How many places on a screen the words point at, whatever is on it.
  func count(_ text: FoldedText, language: String) -> Int {
    resolve(text, language: language, shown: (1...9).map(String.init), entities: []).count
  }

  /// - Parameters:
  ///   - shown: items on screen in their order.
  ///   - focus: the item last talked about, which "it" points at; the first on screen where there is none.
  ///   - entities: the names in the text: items among them come first.
  /// - Returns: ids of items.
  public func resolve(_ text: FoldedText, language: String, shown: [String], focus: String? = nil, entities: [EntityMention])
    -> [String]
  {
    var result: [String] = []
    func point(_ index: Int) {
      if shown.indices.contains(index), !result.contains(shown[index]) { result.append(shown[index]) }
    }
    func pointAtFocus() { focus.map { result.append($0) } ?? point(0) }
    for entity in entities where kinds[entity.id] != nil && !result.contains(entity.id) { result.append(entity.id) }
    guard !shown.isEmpty else { return result }
    let folded = text.string
    if language == "ja" {
      for (phrase, index) in Self.japanese where folded.contains(phrase) { point(index) }
      for index in Self.bareNumbers(text.scalars) { point(index) }
      if folded.contains("最後") { point(shown.count - 1) }
      if result.isEmpty, ["それ", "そこ", "これ", "ここ"].contains(where: folded.contains) { pointAtFocus() }
      return result
    }
    let words = text.words.map { text.string($0) }
    for (position, word) in words.enumerated() {
      if let ordinal = Self.english.first(where: { $0.0 == word }), position == 0 || words[position - 1] != "at" {
        point(ordinal.1)
      }
      if let number = Int(word), (1...9).contains(number), isPointing(at: position, in: words) { point(number - 1) }
      if word == "last", position + 1 < words.count, words[position + 1] == "one" { point(shown.count - 1) }
      if ["that", "this"].contains(word), position + 1 < words.count {
        if let wanted = lexicon[words[position + 1]], let index = shown.firstIndex(where: { wanted.contains(kinds[$0] ?? "") }) {
          point(index)
        } else if words[position + 1] == "one" {
          pointAtFocus()
        }
      }
    }
    return result
  }

  /// Whether a number between words numbers an item ("compare 1 and 2") rather than counts something ("3 hours").
  private func isPointing(at position: Int, in words: [String]) -> Bool {
    let before: Set = ["number", "no", "and", "or", "option", "between", "than", "compare", "versus", "vs", "with", "against"]
    let joining: Set = ["and", "or", "versus", "vs", "than"]
    if position == 0 || words.count <= 3 || before.contains(words[position - 1]) { return true }
    return position + 2 < words.count && joining.contains(words[position + 1]) && Int(words[position + 2]) != nil
  }
}
