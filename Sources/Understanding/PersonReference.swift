/// Words that stand for somebody who was talked about: "he", "her", 「その人」, 「同じ監督」.
enum PersonReference {
  private static let english: Set<String> = ["he", "she", "him", "his", "her", "hers", "himself", "herself", "he's", "she's"]
  private static let japanese = [
    "その人", "この人", "その方", "その建築家", "その監督", "その作家", "その画家", "その俳優", "同じ人", "同じ建築家", "同じ監督", "同じ作家", "同じ俳優", "彼女", "彼",
  ].map(FoldedText.fold)

  /// The first such words, as a span of `text.scalars`.
  static func range(in text: FoldedText, language: String) -> Range<Int>? {
    guard language == "ja" else { return text.words.first { english.contains(text.string($0)) } }
    return japanese.lazy.compactMap { phrase in
      let wanted = Array(phrase.unicodeScalars)
      guard text.scalars.count >= wanted.count else { return nil }
      return (0...text.scalars.count - wanted.count).first { text.scalars[$0..<$0 + wanted.count].elementsEqual(wanted) }
        .map { $0..<$0 + wanted.count }
    }.first
  }
}
