/// Cuts a text that comes in pieces into sentences, each with the space before it.
///
/// A sentence ends at 。！？ or a line's end, and at .!? before a space: "3.5" and "St.Luke" have no end within.
struct SentenceStream {
  private var pending = ""

  mutating func append(_ text: String) -> [String] {
    pending += text
    var sentences: [String] = []
    while let end = Self.end(in: pending) {
      sentences.append(String(pending[..<end]))
      pending.removeSubrange(..<end)
    }
    return sentences
  }

  /// The last sentence, which nothing ended; nil where only space is left.
  mutating func finish() -> String? {
    defer { pending = "" }
    return pending.allSatisfy(\.isWhitespace) ? nil : pending
  }

  private static func end(in text: String) -> String.Index? {
    var index = text.startIndex
    var hasBegun = false
    while index < text.endIndex {
      let character = text[index]
      let next = text.index(after: index)
      if "。！？".contains(character) || character.isNewline && hasBegun {
        // A closing bracket belongs to what it closes, and whether one follows is not known yet.
        guard next < text.endIndex || character.isNewline else { return nil }
        return next < text.endIndex && "」』）".contains(text[next]) ? text.index(after: next) : next
      }
      if ".!?".contains(character), next < text.endIndex, text[next].isWhitespace { return next }
      if !character.isWhitespace { hasBegun = true }
      index = next
    }
    return nil
  }
}
