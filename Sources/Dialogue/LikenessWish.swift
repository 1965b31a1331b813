/// Tells whether a wish asks for what is like something: "more like number 2", "films like Totoro", 「トトロみたいな」.
enum LikenessWish {
  private static let english = [
    "similar", "along the lines of", "in the vein of", "in the style of", "reminds me of", "reminiscent of", "akin to",
  ]
  /// Before "like" they make it a verb.
  private static let subjects: Set<Substring> = [
    "would", "i'd", "we'd", "you'd", "he'd", "she'd", "they'd", "do", "did", "does", "don't", "didn't", "doesn't", "i", "we", "you", "they",
    "to",
    "really", "who", "quite", "not", "nothing", "feel", "feels", "looks", "look", "sounds",
  ]
  private static let japanese = ["みたいな", "みたいの", "のような", "に似た", "に似て", "っぽい", "系の"]

  static func isMeant(_ text: String, language: String) -> Bool {
    if language == "ja" { return japanese.contains { text.contains($0) } }
    let lower = text.lowercased()
    if english.contains(where: { lower.contains($0) }) { return true }
    let words = lower.split { !$0.isLetter && !$0.isNumber && $0 != "'" }
    return words.indices.contains { index in
      words[index] == "like" && index + 1 < words.count && (index == 0 || !subjects.contains(words[index - 1]))
    }
  }
}
