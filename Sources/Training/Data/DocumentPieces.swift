import LanguageModel

/// Documents in pieces that fit the context, in an order that a seed decides: each epoch takes every piece once, in another order.
///
/// A piece of n positions reads n tokens and predicts the one after each; a document longer than the context goes on in the next piece.
struct DocumentPieces {
  /// Where the tokens that each piece reads stand in the corpus.
  let ranges: [Range<Int>]
  private let seed: UInt64
  private var epoch = -1
  private var order: [Int32] = []

  /// - Parameter longest: positions of a piece at most.
  init(_ corpus: TokenizedCorpus, longest: Int, seed: UInt64) {
    var ranges: [Range<Int>] = []
    for document in 0..<corpus.count {
      let whole = corpus.range(of: document)
      for start in stride(from: whole.lowerBound, to: whole.upperBound - 1, by: longest) {
        let piece = start..<min(start + longest, whole.upperBound - 1)
        // A piece that predicts nothing teaches nothing.
        if piece.contains(where: { corpus.learned[$0 + 1] }) { ranges.append(piece) }
      }
    }
    self.ranges = ranges
    self.seed = seed
  }

  /// The piece at a place of the endless sequence of epochs.
  mutating func shuffled(_ place: Int) -> Range<Int> {
    let wanted = place / ranges.count
    if wanted != epoch {
      epoch = wanted
      order = Self.permutation(ranges.count, seed: seed, epoch: wanted)
    }
    return ranges[Int(order[place % ranges.count])]
  }

  /// Durstenfeld's shuffle (1964) with a generator of the epoch's own.
  static func permutation(_ count: Int, seed: UInt64, epoch: Int) -> [Int32] {
    var mixed = RandomSource(seed: seed &+ 1)
    var random = RandomSource(seed: mixed.next() &+ UInt64(epoch))
    var order = Array(0..<Int32(count))
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, Int(random.next().multipliedFullWidth(by: UInt64(last + 1)).high))
    }
    return order
  }
}
