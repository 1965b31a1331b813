import Knowledge

/// The words that people of a field say, from its labelled utterances: what is not among them may be a name.
struct FieldVocabulary: Sendable {
  /// Latin words that stand, in small letters, in two utterances or more.
  private let latin: Set<String>
  /// Runs of four kanji and katakana or more, in any utterance.
  private let runs: Set<String>
  /// Katakana words, in any utterance.
  private let katakana: Set<String>

  init(_ utterances: [LabelledUtterance]) {
    var counts: [Substring: Int] = [:]
    var runs = Set<String>()
    var katakana = Set<String>()
    for utterance in utterances {
      for word in Set(utterance.text.split(whereSeparator: { !$0.isLetter })) where word.first?.isLowercase == true {
        counts[word, default: 0] += 1
      }
      guard utterance.language == "ja" else { continue }
      for run in Self.runs(of: FoldedText(utterance.text)) { runs.insert(run) }
      for match in utterance.text.matches(of: /[ァ-ヺー]{3,}/) { katakana.insert(String(match.0)) }
    }
    latin = Set(counts.filter { $0.value >= 2 }.keys.map(String.init))
    self.runs = runs
    self.katakana = katakana
  }

  /// Whether people say the word, written as it is or in small letters.
  func knows(_ word: String) -> Bool { latin.contains(word.lowercased()) || katakana.contains(word) }

  /// The first name in a text that no entity was linked in: capitalised words nobody writes small, or a long run of kanji or katakana
  /// that nobody has used and that a particle follows.
  func stranger(in text: FoldedText, language: String) -> String? {
    if language == "ja" { return Self.runs(of: text, followed: true).first { !runs.contains($0) } }
    let words = text.words.map { text.originalString($0) }
    var name: [String] = []
    for (position, word) in words.enumerated() {
      let isName =
        word.first?.isUppercase == true && (position > 0 || words.count == 1) && word.count > 1
        && !Self.isEverydayCapital(word.lowercased())
      if isName { name.append(word) } else if name.isEmpty { continue } else { break }
    }
    return name.contains { !knows($0) } || name.count > 1 ? name.joined(separator: " ") : nil
  }

  /// Days, months and what begins with "I" have capitals and name nothing.
  private static func isEverydayCapital(_ word: String) -> Bool {
    let calendar: Set<String> = [
      "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "christmas",
      "easter", "english", "japanese",
    ]
    let singular = word.hasSuffix("s") ? String(word.dropLast()) : word
    return word.hasPrefix("i'") || calendar.contains(singular) || singular.hasSuffix("day") && singular.count <= 9
  }

  /// - Parameter followed: only runs before a particle that marks what a sentence is about.
  private static func runs(of text: FoldedText, followed: Bool = false) -> [String] {
    func isNameLike(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.value {
      case 0x4E00...0x9FFF, 0x3005, 0x30A1...0x30FA, 0x30FC: true
      default: false
      }
    }
    let original = Array(text.originalString(0..<text.scalars.count).unicodeScalars)
    let particles = Set("をはのがって".unicodeScalars)
    var result: [String] = []
    var start = 0
    while start < original.count {
      var end = start
      while end < original.count, isNameLike(original[end]) { end += 1 }
      if end - start >= 4, !followed || (end < original.count && particles.contains(original[end])) {
        var run = String.UnicodeScalarView()
        run.append(contentsOf: original[start..<end])
        result.append(String(run))
      }
      start = max(end, start + 1)
    }
    return result
  }
}
