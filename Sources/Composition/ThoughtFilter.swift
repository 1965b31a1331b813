/// Takes `<think>…</think>` out of a text that comes in pieces: what reasoning models write before they answer is not for the reader.
struct ThoughtFilter {
  private static let opening = "<think>"
  private static let closing = "</think>"
  private var pending = ""
  private var isThinking = false

  /// The characters that are known to be outside of a thought.
  mutating func append(_ text: String) -> String {
    pending += text
    var output = ""
    while true {
      let mark = isThinking ? Self.closing : Self.opening
      if let range = pending.firstRange(of: mark) {
        if !isThinking { output += pending[..<range.lowerBound] }
        pending.removeSubrange(..<range.upperBound)
        isThinking.toggle()
        continue
      }
      // The end may be the beginning of a mark.
      let kept = (1..<mark.count).last { pending.hasSuffix(mark.prefix($0)) } ?? 0
      if !isThinking { output += pending.dropLast(kept) }
      pending = String(pending.suffix(kept))
      return output
    }
  }

  /// What is left at the end; an unfinished thought is dropped.
  mutating func finish() -> String {
    defer { pending = "" }
    return isThinking ? "" : pending
  }
}
