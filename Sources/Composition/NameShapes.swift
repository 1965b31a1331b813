import Foundation

/// Finds what looks like a name in a written sentence, whether or not anyone knows it: a model that makes up a place gives it a capital,
/// katakana or quotation marks.
enum NameShapes {
  /// Names in order, without those that `isKnown` holds to be supported.
  static func names(in sentence: String, language: String, isKnown: (String) -> Bool) -> [String] {
    (quoted(sentence) + (language == "ja" ? katakana(sentence) : capitalised(sentence))).filter { !isKnown($0) }
  }

  private static func quoted(_ sentence: String) -> [String] {
    sentence.matches(of: /[「『]([^」』]+)[」』]|“([^”]+)”/).map { String($0.1 ?? $0.2 ?? "") }.filter { !$0.isEmpty }
  }

  /// Runs of three katakana and more.
  private static func katakana(_ sentence: String) -> [String] {
    sentence.matches(of: /[ァ-ヺー]{3,}/).map { String($0.0) }
  }

  /// Words with a capital that do not begin the sentence, joined where they follow each other.
  private static func capitalised(_ sentence: String) -> [String] {
    var names: [String] = []
    var previousEnd: String.Index?
    for match in sentence.matches(of: /[\p{L}][\p{L}'’\-]*/) {
      let word = match.0
      defer { previousEnd = match.range.upperBound }
      guard let end = previousEnd else { continue }
      let between = sentence[end..<match.range.lowerBound]
      guard word.first?.isUppercase == true, word.count > 1, !word.hasPrefix("I'"), !word.hasPrefix("I’") else { continue }
      // After a colon or a quotation mark a sentence may begin.
      guard !between.contains(where: { ":—\"“".contains($0) }) else { continue }
      names.append(String(word))
    }
    return names
  }
}
