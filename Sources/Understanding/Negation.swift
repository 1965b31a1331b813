/// Whether the words around a match turn it away: "not a temple", "anything but museums", 「寺以外」.
enum Negation {
  private static let before: Set<String> = [
    "not", "no", "without", "except", "avoid", "skip", "hate", "never", "dislike", "don't", "dont", "isn't", "isnt",
    "aren't", "doesn't", "doesnt", "can't", "cant", "nothing", "minus", "non", "won't",
  ]
  private static let beforePairs: Set<String> = [
    "but", "than", "of",
  ]
  private static let pairHeads: Set<String> = [
    "anything", "anywhere", "other", "rather", "instead", "sick", "tired", "enough", "everything", "bored", "less",
  ]
  private static let after: [String] = [
    "以外", "じゃなく", "ではなく", "でなく", "じゃない", "ではない", "はいや", "は嫌", "が嫌", "は苦手", "が苦手", "はもういい", "は飽き", "に飽き",
    "抜き", "は抜き", "なしで", "はなしで", "は無しで", "は遠慮", "はごめん", "は却下", "は避け", "を避け", "はぱす", "はやめ", "はいらない", "は無理", "はのぞ", "を除", "は除", "はもう十分",
    "はちょっと", "は要らない",
    "は勘弁", "ばっかり", "ばかり", "はあかん", "は結構", "のないところ", "がない", "がいない", "ない",
  ]

  /// Nouns that say nothing of their own: 「混んでるところは抜きで」 turns down what is crowded.
  private static let placeholders = ["ところ", "とこ", "場所", "お店", "店", "やつ", "もの", "感じ", "の"].map(FoldedText.fold)
  /// What turns away across such a noun; 「静かなところがない？」 asks for one.
  private static let refusals = [
    "以外", "じゃなく", "ではなく", "じゃない", "はいや", "は嫌", "が嫌", "は苦手", "が苦手", "はもういい", "抜き", "は抜き", "はなしで", "は無しで", "は避け", "を避け",
    "はぱす", "はやめ", "はいらない", "は要らない", "は無理", "を除", "は除", "は勘弁", "は遠慮", "はごめん", "は却下", "は結構",
  ].map(FoldedText.fold)

  private static let betweenTooAndIt: Set<String> = ["damn", "bloody", "much", "many", "of", "a", "far"]

  /// "Too touristy", 「有名すぎる」: more of it than is wanted.
  static func isTooMuch(_ range: Range<Int>, in text: FoldedText, language: String) -> Bool {
    if language == "ja" {
      let rest = text.string(range.upperBound..<min(text.scalars.count, range.upperBound + 4))
      return ["すぎ", "過ぎ"].contains { rest.hasPrefix($0) }
    }
    let earlier = text.words.filter { $0.upperBound <= range.lowerBound }.suffix(4).map { text.string($0) }
    return earlier.last { !betweenTooAndIt.contains($0) } == "too"
  }

  static func applies(to range: Range<Int>, in text: FoldedText, language: String) -> Bool {
    if language == "ja" {
      let rest = text.string(range.upperBound..<min(text.scalars.count, range.upperBound + 12))
      if after.contains(where: { rest.hasPrefix(FoldedText.fold($0)) }) { return true }
      // An ending may stand between: 「混んで|る|ところ」, 「にぎやか|な|場所」.
      let tails = (0...3).map { rest.dropFirst($0) }
      guard let said = tails.lazy.compactMap({ tail in placeholders.first { tail.hasPrefix($0) }.map { tail.dropFirst($0.count) } }).first
      else { return false }
      return refusals.contains { said.hasPrefix($0) }
    }
    let earlier = text.words.filter { $0.upperBound <= range.lowerBound }.suffix(4).map { text.string($0) }
    // "not only", "not sure", "no idea" say nothing about what follows; "why not a museum" proposes it.
    for (index, word) in earlier.enumerated() {
      let next = index + 1 < earlier.count ? earlier[index + 1] : ""
      if before.contains(word), !["only", "sure", "idea", "just", "mind", "bad"].contains(next),
        !(index > 0 && ["why", "if"].contains(earlier[index - 1]))
      {
        // A comma or a "but" between the negation and the match ends its reach.
        let reach = earlier[(index + 1)...]
        if !reach.contains("but") || next == "but" { return true }
      }
      if pairHeads.contains(word), beforePairs.contains(next) { return true }
    }
    return false
  }
}
