import LanguageModel

/// The words that a pre-tokeniser cuts texts into, and how often each occurs.
struct WordCounts: Sendable {
  let preTokenizer: PreTokenizer
  /// In the order in which they first occurred.
  private(set) var words = PackedBytes()
  private(set) var counts: [Int] = []
  private var table = ByteStringTable()

  init(preTokenizer: PreTokenizer) { self.preTokenizer = preTokenizer }

  /// Bytes of all words that differ.
  var byteCount: Int { words.count == 0 ? 0 : words.range(words.count - 1).upperBound }

  mutating func add(_ text: UnsafeBufferPointer<UInt8>) {
    var start = 0
    while start < text.count {
      let end = preTokenizer.wordEnd(in: text, from: start)
      let word = UnsafeBufferPointer(rebasing: text[start..<end])
      let index = Int(table.insert(word, Int32(truncatingIfNeeded: words.count)))
      if index == words.count {
        words.append(word)
        counts.append(0)
      }
      counts[index] += 1
      start = end
    }
  }
}
