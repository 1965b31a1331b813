/// Words that stand for somebody who was talked about: "he", "her", 「その人」, 「同じ監督」.
enum PersonReference {
  private static let english: Set<String> = ["he", "she", "him", "his", "her", "hers", "himself", "herself", "he's", "she's"]
  private static let japanese = [
    "その人", "この人", "その方", "その建築家", "その監督", "その作家", "その画家", "その俳優", "同じ人", "同じ建築家", "同じ監督", "同じ作家", "同じ俳優", "彼女", "彼",
  ].map(FoldedText.fold)

  /// Somebody of the speaker's own: "my mum is here, she likes a good cry".
  private static let kin: Set<String> = [
    "mum", "mom", "mother", "dad", "father", "wife", "husband", "girlfriend", "boyfriend", "partner", "fiance", "fiancee", "son",
    "daughter",
    "sister", "brother", "aunt", "auntie", "uncle", "gran", "granny", "nan", "grandma", "grandpa", "grandmother", "grandfather", "grandad",
    "niece", "nephew", "cousin", "friend", "mate", "boss", "colleague", "flatmate", "roommate", "kid", "child", "boy", "girl", "baby",
    "toddler",
  ]
  /// What 彼 and 彼女 must be asked about to mean somebody who was talked of, and not the speaker's own partner.
  private static let works = ["監督", "作", "撮", "書", "建", "設計", "描", "他に", "ほかに", "生まれ", "出て", "出演", "住ん"].map(FoldedText.fold)

  /// The first such words, as a span of `text.scalars`.
  static func range(in text: FoldedText, language: String) -> Range<Int>? {
    guard language == "ja" else {
      let words = text.words.map { text.string($0) }
      guard let place = words.firstIndex(where: english.contains), !words[..<place].contains(where: kin.contains) else { return nil }
      return text.words[place]
    }
    let ofWorks = works.contains { text.string.contains($0) }
    return japanese.lazy.filter { ofWorks || !$0.hasPrefix("彼") }.compactMap { phrase in
      let wanted = Array(phrase.unicodeScalars)
      guard text.scalars.count >= wanted.count else { return nil }
      return (0...text.scalars.count - wanted.count).first { text.scalars[$0..<$0 + wanted.count].elementsEqual(wanted) }
        .map { $0..<$0 + wanted.count }
    }.first
  }
}
