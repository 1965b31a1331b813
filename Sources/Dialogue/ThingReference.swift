/// Words that stand for the thing or place that was talked about: "it", "there", 「そこ」.
enum ThingReference {
  private static let english: Set<Substring> = ["it", "it's", "its", "there", "that"]
  private static let japanese = ["そこ", "それ", "ここ", "これ"]

  static func occurs(in text: String, language: String) -> Bool {
    if language == "ja" { return japanese.contains { text.contains($0) } }
    return !english.isDisjoint(with: text.lowercased().split { !$0.isLetter && $0 != "'" })
  }
}
