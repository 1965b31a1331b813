/// Pieces of documents one behind the other, without padding: what one pass over the weights computes.
struct PackedBatch {
  /// Tokens that are read; -1 and downwards stand for the vectors of a soft prompt (`SoftPrompt`).
  private(set) var tokens: [Int32] = []
  /// The token after each, -1 where it is not learned.
  private(set) var targets: [Int32] = []
  /// Where each position's piece begins in the batch: a position attends to nothing before it.
  private(set) var starts: [Int32] = []
  /// Within its piece.
  private(set) var positions: [Int32] = []
  /// Targets that are learned.
  private(set) var learnedCount = 0

  var count: Int { tokens.count }
  /// The soft prompt's vector at each position, -1 where a token stands.
  var softVectors: [Int32] { tokens.map { $0 < 0 ? -1 - $0 : -1 } }

  /// - Parameter prefix: vectors of a soft prompt before each piece.
  mutating func append(_ piece: Range<Int>, of corpus: TokenizedCorpus, prefix: Int) {
    let start = Int32(count)
    for vector in 0..<prefix { append(-1 - Int32(vector), target: -1, start) }
    for index in piece {
      let learned = corpus.learned[index + 1]
      append(corpus.tokens[index], target: learned ? corpus.tokens[index + 1] : -1, start)
      if learned { learnedCount += 1 }
    }
  }

  private mutating func append(_ token: Int32, target: Int32, _ start: Int32) {
    positions.append(Int32(count) - start)
    tokens.append(token)
    targets.append(target)
    starts.append(start)
  }
}

/// Fills batches with the pieces of a corpus.
struct BatchPacker {
  private let corpus: TokenizedCorpus
  private var pieces: DocumentPieces
  private let capacity: Int
  private let prefix: Int
  /// Pieces that were taken so far, over all epochs; with the seed, all that says what comes next.
  private(set) var taken = 0

  /// - Parameters:
  ///   - capacity: positions of a batch at most.
  ///   - longest: positions of a piece at most, those of the prefix included.
  init(_ corpus: TokenizedCorpus, capacity: Int, longest: Int, prefix: Int, seed: UInt64) {
    self.corpus = corpus
    (self.capacity, self.prefix) = (capacity, prefix)
    pieces = DocumentPieces(corpus, longest: longest - prefix, seed: seed)
  }

  var epochs: Double { Double(taken) / Double(pieces.ranges.count) }

  /// Goes on where another packer of the same pieces had taken so many.
  mutating func resume(at place: Int) { taken = place }

  /// The next pieces in shuffled order, as many as fit.
  mutating func next() -> PackedBatch {
    var batch = PackedBatch()
    while true {
      let piece = pieces.shuffled(taken)
      guard batch.count + piece.count + prefix <= capacity else { return batch }
      batch.append(piece, of: corpus, prefix: prefix)
      taken += 1
    }
  }

  /// Every piece once, in the corpus's order.
  func all() -> [PackedBatch] {
    var batches: [PackedBatch] = []
    var batch = PackedBatch()
    for piece in pieces.ranges {
      if batch.count + piece.count + prefix > capacity {
        batches.append(batch)
        batch = PackedBatch()
      }
      batch.append(piece, of: corpus, prefix: prefix)
    }
    if batch.count > 0 { batches.append(batch) }
    return batches
  }
}
