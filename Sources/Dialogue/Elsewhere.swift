import Understanding

/// Whether the words leave the place that was talked about: "anywhere in the city", 「ほかの街で」.
enum Elsewhere {
  private static let phrases: [String: [String]] = [
    "en": [
      "anywhere in", "anywhere at all", "elsewhere", "somewhere else", "another area", "another part", "another neighbourhood",
      "another neighborhood", "any area", "any part", "don't mind where", "doesn't matter where", "wherever", "across town",
      "all over", "the whole city", "in the city", "in town",
    ],
    "ja": ["どこでも", "別の街", "別の町", "ほかの街", "他の街", "違う街", "別のエリア", "他のエリア", "ほかのエリア", "違うエリア", "場所は問わ", "都内で", "全体で", "東京で"],
  ]

  static func isMeant(_ text: String, language: String) -> Bool {
    let plain = FoldedText(text).string
    return (phrases[language] ?? []).contains { plain.contains(FoldedText.fold($0)) }
  }
}
