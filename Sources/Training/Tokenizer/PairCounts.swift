import LanguageModel

/// All words as chains of symbols, with the count of each pair of neighbours and the places where it may stand, kept up to date merge by
/// merge: a merge costs what it changes, not a walk over the text.
struct PairCounts {
  /// `[bytes of all words]`: the symbol that begins at this byte, -1 inside of one.
  private var symbols: [Int32] = []
  /// Where the neighbours of the symbol begin, -1 at either end of a word.
  private var previous: [Int32] = []
  private var next: [Int32] = []
  /// How often the word of this byte occurs.
  private var weights: [Int] = []

  private struct Entry {
    var count = 0
    /// Where its left symbol begins; some places may have gone over to other pairs.
    var places: [Int32] = []
  }
  private var entries: [Entry] = []
  private var indices: [SymbolPair: Int] = [:]
  private var queue = BinaryHeap<MergeCandidate>()
  private let minimum: Int

  /// - Parameters:
  ///   - words: fewer than 2^31 bytes.
  ///   - minimum: pairs that occur less often are no candidates.
  init(_ words: WordCounts, minimum: Int) {
    self.minimum = max(1, minimum)
    for word in 0..<words.counts.count {
      let bytes = words.words[word]
      let first = symbols.count
      for byte in bytes {
        let place = symbols.count
        symbols.append(Int32(byte))
        previous.append(Int32(place - 1))
        next.append(Int32(place + 1))
        weights.append(words.counts[word])
      }
      previous[first] = -1
      next[symbols.count - 1] = -1
    }
    var found: [SymbolPair] = []
    for place in symbols.indices where next[place] >= 0 { count(at: Int32(place), new: &found) }
    enqueue(found)
  }

  /// The pair that comes first of all with the least frequency; each is given out once.
  mutating func popMostFrequent() -> SymbolPair? {
    while let candidate = queue.popLeast() {
      guard let index = indices[candidate.pair] else { continue }
      let count = entries[index].count
      if count == candidate.count { return candidate.pair }
      // Once it is queued a pair only loses places.
      if count >= minimum { queue.push(MergeCandidate(count: count, pair: candidate.pair)) }
    }
    return nil
  }

  /// Writes `symbol` for the pair wherever it stands, in each word from the left.
  mutating func merge(_ pair: SymbolPair, into symbol: Int32) {
    guard let index = indices[pair] else { return }
    // In order, so that of overlapping places (`aaa`) the left one merges, as when a text is encoded.
    let places = entries[index].places.sorted()
    var found: [SymbolPair] = []
    for place in places {
      let left = Int(place)
      guard symbols[left] == pair.left, next[left] >= 0 else { continue }
      let right = Int(next[left])
      guard symbols[right] == pair.right else { continue }
      discount(previous[left])
      discount(next[left])
      symbols[left] = symbol
      symbols[right] = -1
      next[left] = next[right]
      if next[right] >= 0 { previous[Int(next[right])] = place }
      if previous[left] >= 0 { count(at: previous[left], new: &found) }
      if next[left] >= 0 { count(at: place, new: &found) }
    }
    entries[index] = Entry()
    enqueue(found)
  }

  /// Counts the pair whose left symbol begins at `place`.
  private mutating func count(at place: Int32, new: inout [SymbolPair]) {
    let pair = SymbolPair(symbols[Int(place)], symbols[Int(next[Int(place)])])
    let index: Int
    if let known = indices[pair] {
      index = known
    } else {
      index = entries.count
      indices[pair] = index
      entries.append(Entry())
      new.append(pair)
    }
    entries[index].count += weights[Int(place)]
    entries[index].places.append(place)
  }

  /// The pair at `place`, if there is one, stands there no longer.
  private mutating func discount(_ place: Int32) {
    guard place >= 0, next[Int(place)] >= 0 else { return }
    let pair = SymbolPair(symbols[Int(place)], symbols[Int(next[Int(place)])])
    if let index = indices[pair] { entries[index].count -= weights[Int(place)] }
  }

  private mutating func enqueue(_ pairs: [SymbolPair]) {
    for pair in pairs {
      guard let index = indices[pair], entries[index].count >= minimum else { continue }
      queue.push(MergeCandidate(count: entries[index].count, pair: pair))
    }
  }
}
