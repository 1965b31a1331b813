import Foundation

/// Splits text into index terms: Latin words lightly stemmed, Japanese as character bigrams beside the pack's own words.
public struct TermSplitter: Sendable {
  /// Japanese words of the pack (names, labels), indexed whole beside their bigrams.
  private let dictionary: Set<String>
  private let longest: Int

  public init(dictionary: Set<String> = []) {
    self.dictionary = dictionary
    longest = min(12, dictionary.map(\.count).max() ?? 0)
  }

  private static let stopWords: Set<String> = [
    "a", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "do", "does", "for", "from",
    "get", "go", "good", "have", "i", "i'd", "i'm", "in", "is", "it", "it's", "me", "my", "near", "nice", "of", "on", "or",
    "place", "places", "recommend", "should", "show", "some", "something", "somewhere", "suggest", "that", "the",
    "there", "this", "to", "us", "want", "we", "what", "where", "which", "who", "with", "would", "you", "your", "not",
  ]

  public func terms(_ text: String) -> [String] {
    let lowered = Array(text.precomposedStringWithCompatibilityMapping.lowercased())
    var result: [String] = []
    var index = 0
    while index < lowered.count {
      let character = lowered[index]
      if Self.isJapanese(character) {
        var end = index
        while end < lowered.count, Self.isJapanese(lowered[end]) { end += 1 }
        japanese(Array(lowered[index..<end]), into: &result)
        index = end
      } else if character.isLetter || character.isNumber {
        var end = index
        while end < lowered.count, lowered[end].isLetter || lowered[end].isNumber || lowered[end] == "'",
          !Self.isJapanese(lowered[end])
        { end += 1 }
        let word = String(lowered[index..<end])
        if !Self.stopWords.contains(word) { result.append(Self.stem(word)) }
        index = end
      } else {
        index += 1
      }
    }
    return result
  }

  private func japanese(_ run: [Character], into result: inout [String]) {
    if run.count == 1 { result.append(String(run)) }
    for start in 0..<max(0, run.count - 1) {
      let bigram = String(run[start...start + 1])
      // Two hiragana are nearly always grammar; the word dictionary keeps the ones that are names.
      if !bigram.unicodeScalars.allSatisfy({ $0.value >= 0x3041 && $0.value <= 0x309F }) { result.append(bigram) }
    }
    guard longest > 2 else { return }
    for start in run.indices {
      for length in stride(from: min(longest, run.count - start), through: 3, by: -1) {
        let word = String(run[start..<start + length])
        if dictionary.contains(word) {
          result.append(word)
          break
        }
      }
    }
  }

  /// Plural, possessive and -ing endings only: a heavier stemmer would merge names.
  static func stem(_ word: String) -> String {
    var base = word
    if base.hasSuffix("'s") { base.removeLast(2) }
    if base.count > 4, base.hasSuffix("ies") { return String(base.dropLast(3)) + "y" }
    if base.count > 3, base.hasSuffix("s"), !base.hasSuffix("ss"), !base.hasSuffix("us") { base.removeLast() }
    if base.count > 5, base.hasSuffix("ing") { return String(base.dropLast(3)) }
    return base
  }

  static func isJapanese(_ character: Character) -> Bool {
    guard let value = character.unicodeScalars.first?.value else { return false }
    return (value >= 0x3041 && value <= 0x30FF) || (value >= 0x4E00 && value <= 0x9FFF) || value == 0x3005
  }
}
