import LanguageModel

/// Learns a byte-level BPE vocabulary (Sennrich et al. 2016; Radford et al. 2019): beginning with the 256 bytes, the most frequent pair of
/// neighbours within words becomes a token, again and again.
///
/// The same texts in whatever order and the same options give the same vocabulary: of equally frequent pairs the one of older tokens is
/// merged first. A pair whose text is a token already is passed over, so that no token stands twice.
public struct BytePairTrainer: Sendable {
  public let options: BytePairOptions
  private var words: WordCounts
  /// Places in the words are 32 bits wide.
  static let mostBytes = Int(Int32.max)

  /// - Throws: `BytePairTrainingError` if the options contradict each other.
  public init(_ options: BytePairOptions) throws(BytePairTrainingError) {
    try options.check()
    self.options = options
    words = WordCounts(preTokenizer: options.preTokenizer)
  }

  /// Counts the words of a text. Special tokens written in it are learned as any text is: leave them out.
  public mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { words.add($0) }
  }

  /// - Throws: `BytePairTrainingError.noText` or `.tooMuchText`.
  public func train() throws(BytePairTrainingError) -> LearnedVocabulary {
    guard words.byteCount > 0 else { throw .noText }
    guard words.byteCount <= Self.mostBytes else { throw .tooMuchText(bytes: words.byteCount, most: Self.mostBytes) }
    var pieces = (0...UInt8.max).map { [$0] }
    var taken = ByteStringTable(capacity: options.vocabularySize)
    for (id, piece) in pieces.enumerated() { taken.insert(piece, Int32(id)) }
    // No merge may be written as a special token is.
    for bytes in options.specialTokens.compactMap({ ByteLevelAlphabet.decode($0.utf8) }) { taken.insert(bytes, -1) }
    var merges: [SymbolPair] = []
    var pairs = PairCounts(words, minimum: options.minimumFrequency)
    let room = options.vocabularySize - options.smallestSize
    while merges.count < room, let pair = pairs.popMostFrequent() {
      let piece = pieces[Int(pair.left)] + pieces[Int(pair.right)]
      guard piece.count <= options.longestToken, !options.keepsCharactersWhole || TokenBytes.keepCharactersWhole(piece),
        taken.find(piece) == nil
      else { continue }
      let symbol = Int32(pieces.count)
      taken.insert(piece, symbol)
      pieces.append(piece)
      merges.append(pair)
      pairs.merge(pair, into: symbol)
    }
    return LearnedVocabulary(pieces: pieces, merges: merges, options: options)
  }
}
