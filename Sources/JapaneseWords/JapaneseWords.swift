import Foundation

/// One word of a segmented text.
public struct JapaneseWord: Sendable, Hashable {
  /// Letters of the text, half-open.
  public var range: Range<Int>
  /// The dictionary's number of its base form; nil for a letter that no word covers.
  public var lemma: Int?
}

/// Splits Japanese into words along the cheapest path through a lattice (Kudo, Yamamoto, Matsumoto 2004, as in MeCab), with the words
/// and costs of IPADIC.
public struct JapaneseWords: Sendable {
  private let table: WordTable
  /// A letter that no word covers costs more than a rare word.
  private static let unknownCost: Int32 = 9000

  /// - Throws: `WordTableError` where the data is not a whole word file.
  public init(_ data: Data) throws { table = try WordTable(data) }

  /// The words that come with the program; the failure is kept, since it would be the same every time.
  public static let standard: Result<JapaneseWords, any Error> = Result {
    guard let url = Bundle.module.url(forResource: "words-ja", withExtension: "bin") else { throw WordTableError.missing("words-ja.bin") }
    return try JapaneseWords(Data(contentsOf: url))
  }

  private struct Node {
    var cost: Int32
    var kind: UInt8
    /// Index of the node before it, among those that end where this one starts.
    var before: Int
    var start: Int
    var lemma: Int?
  }

  /// - Parameter letters: folded text: half-width ASCII in lower case, hiragana for katakana, no spaces.
  /// - Returns: words that cover all letters in order.
  public func words(_ letters: [Unicode.Scalar]) -> [JapaneseWord] {
    guard !letters.isEmpty else { return [] }
    // ends[i]: best path to each class of a word that ends before letter i.
    var ends = [[Node]](repeating: [], count: letters.count + 1)
    ends[0] = [Node(cost: 0, kind: table.boundary, before: -1, start: -1, lemma: nil)]
    for start in letters.indices where !ends[start].isEmpty {
      var hash = WordTable.seed
      for end in start..<min(letters.count, start + WordTable.longest) {
        hash = WordTable.extend(hash, letters[end].value)
        for reading in table.readings(hash) {
          add(Int32(reading.cost), reading.kind, Int(reading.lemma), start..<end + 1, &ends)
        }
      }
      add(Self.unknownCost, table.unknown, nil, start..<start + 1, &ends)
    }
    return path(ends)
  }

  private func add(_ cost: Int32, _ kind: UInt8, _ lemma: Int?, _ range: Range<Int>, _ ends: inout [[Node]]) {
    var best = Node(cost: .max, kind: kind, before: -1, start: range.lowerBound, lemma: lemma)
    for (index, node) in ends[range.lowerBound].enumerated() {
      let total = node.cost + cost + table.connection(node.kind, kind)
      if total < best.cost { (best.cost, best.before) = (total, index) }
    }
    guard let rival = ends[range.upperBound].firstIndex(where: { $0.kind == kind }) else {
      ends[range.upperBound].append(best)
      return
    }
    if best.cost < ends[range.upperBound][rival].cost { ends[range.upperBound][rival] = best }
  }

  private func path(_ ends: [[Node]]) -> [JapaneseWord] {
    var end = ends.count - 1
    func closing(_ node: Node) -> Int32 { node.cost + table.connection(node.kind, table.boundary) }
    var index = ends[end].indices.min { closing(ends[end][$0]) < closing(ends[end][$1]) } ?? 0
    var words: [JapaneseWord] = []
    while end > 0 {
      let node = ends[end][index]
      words.append(JapaneseWord(range: node.start..<end, lemma: node.lemma))
      (end, index) = (node.start, node.before)
    }
    return words.reversed()
  }
}
