/// Phrases of two scripts → payloads, matched longest first: Latin phrases on word boundaries, Japanese ones anywhere.
public struct PhraseTable<Payload: Sendable>: Sendable {
  public struct Match: Sendable {
    public var range: Range<Int>
    public var payloads: [Payload]
    /// Distance of the writing from the phrase; 0 = as written.
    public var edits: Int
  }

  private var latin: [String: [Payload]] = [:]
  private var japanese: [String: [Payload]] = [:]
  private var longestLatin = 1
  /// First word → numbers of words, longest first; first scalar → lengths, longest first: most places begin no phrase.
  private var latinLengths: [String: [Int]] = [:]
  private var japaneseLengths: [Unicode.Scalar: [Int]] = [:]
  /// Deletion neighbourhood (SymSpell, Garbe 2012) of Latin phrases of `fuzzyLength` letters or more.
  private var deletions: [String: [String]] = [:]
  private let fuzzyLength: Int?

  /// - Parameter fuzzyLength: Latin phrases at least this long also match at one edit; nil = exact only.
  public init(fuzzyLength: Int? = nil) { self.fuzzyLength = fuzzyLength }

  public mutating func add(_ phrase: String, _ payload: Payload) {
    let folded = FoldedText.fold(phrase)
    if folded.unicodeScalars.contains(where: FoldedText.isJapanese) {
      let key = folded.filter { $0 != " " }
      japanese[key, default: []].append(payload)
      Self.note(key.unicodeScalars.count, for: key.unicodeScalars.first!, in: &japaneseLengths)
      return
    }
    let key = FoldedText.wordKey(phrase)
    guard !key.isEmpty else { return }
    if latin[key] == nil, let fuzzyLength, key.count >= fuzzyLength {
      for neighbour in Self.deletionsOfOne(key) { deletions[neighbour, default: []].append(key) }
    }
    latin[key, default: []].append(payload)
    let words = key.split(separator: " ")
    longestLatin = max(longestLatin, words.count)
    Self.note(words.count, for: String(words[0]), in: &latinLengths)
  }

  private static func note<Key: Hashable>(_ length: Int, for key: Key, in lengths: inout [Key: [Int]]) {
    var known = lengths[key] ?? []
    if known.contains(length) { return }
    known.append(length)
    lengths[key] = known.sorted(by: >)
  }

  /// Non-overlapping matches, longest first at each place, in text order.
  /// - Parameter forgiving: whether a typo in a long Latin name is forgiven; exact matching is much the faster.
  public func matches(in text: FoldedText, skipping taken: [Range<Int>] = [], forgiving: Bool = true) -> [Match] {
    var found = latinMatches(in: text, skipping: taken, forgiving: forgiving && fuzzyLength != nil)
    found += japaneseMatches(in: text, skipping: taken + found.map(\.range))
    return found.sorted { $0.range.lowerBound < $1.range.lowerBound }
  }

  private func latinMatches(in text: FoldedText, skipping taken: [Range<Int>], forgiving: Bool) -> [Match] {
    var result: [Match] = []
    let words = text.words
    var index = 0
    scan: while index < words.count {
      let lengths = forgiving ? Array((1...longestLatin).reversed()) : self.lengths(startingWith: text.string(words[index]))
      for length in lengths where length <= words.count - index {
        let range = words[index].lowerBound..<words[index + length - 1].upperBound
        if taken.contains(where: { $0.overlaps(range) }) { continue }
        let key = words[index..<index + length].map { text.string($0) }.joined(separator: " ")
        if let match = lookup(key, forgiving: forgiving) {
          result.append(Match(range: range, payloads: match.0, edits: match.1))
          index += length
          continue scan
        }
      }
      index += 1
    }
    return result
  }

  private func lengths(startingWith word: String) -> [Int] {
    let own = latinLengths[word] ?? []
    return word.hasSuffix("'s") ? own + (latinLengths[String(word.dropLast(2))] ?? []) : own
  }

  private func lookup(_ key: String, forgiving: Bool) -> ([Payload], Int)? {
    if let exact = latin[key] { return (exact, 0) }
    if key.hasSuffix("'s"), let owner = latin[String(key.dropLast(2))] { return (owner, 0) }
    guard forgiving, let fuzzyLength, key.count >= fuzzyLength else { return nil }
    var candidates = Set(deletions[key] ?? [])
    for shorter in Self.deletionsOfOne(key) {
      if latin[shorter] != nil { candidates.insert(shorter) }
      candidates.formUnion(deletions[shorter] ?? [])
    }
    let near = candidates.filter { isOneEditApart($0, key) }.sorted()
    // Two different names at one edit: guessing would be worse than asking.
    guard near.count == 1, let payloads = latin[near[0]] else { return nil }
    return (payloads, 1)
  }

  private func japaneseMatches(in text: FoldedText, skipping taken: [Range<Int>]) -> [Match] {
    guard !japanese.isEmpty else { return [] }
    var result: [Match] = []
    var index = 0
    scan: while index < text.scalars.count {
      for length in japaneseLengths[text.scalars[index]] ?? [] where length <= text.scalars.count - index {
        let range = index..<index + length
        if taken.contains(where: { $0.overlaps(range) }) { continue }
        if let payloads = japanese[text.string(range)] {
          result.append(Match(range: range, payloads: payloads, edits: 0))
          index += length
          continue scan
        }
      }
      index += 1
    }
    return result
  }

  static func deletionsOfOne(_ key: String) -> [String] {
    let characters = Array(key)
    return characters.indices.map { String(characters[..<$0] + characters[($0 + 1)...]) }
  }
}

/// True when one insertion, deletion, substitution or swap of neighbours turns `a` into `b`.
func isOneEditApart(_ a: String, _ b: String) -> Bool {
  let x = Array(a.utf8)
  let y = Array(b.utf8)
  if abs(x.count - y.count) > 1 || x == y { return false }
  var start = 0
  while start < min(x.count, y.count), x[start] == y[start] { start += 1 }
  var endX = x.count
  var endY = y.count
  while endX > start, endY > start, x[endX - 1] == y[endY - 1] {
    endX -= 1
    endY -= 1
  }
  let middle = (endX - start, endY - start)
  if max(middle.0, middle.1) <= 1 { return true }
  return middle == (2, 2) && x[start] == y[start + 1] && x[start + 1] == y[start]
}
