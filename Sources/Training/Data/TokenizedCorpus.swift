/// Documents as tokens, each with a mark at the tokens that the model learns to write.
///
///     var corpus = TokenizedCorpus(vocabularySize: tokenizer.vocabularySize)
///     try corpus.append(tokens, learned: tokens.map { _ in true })
public struct TokenizedCorpus: Sendable {
  public let vocabularySize: Int
  private(set) var tokens: [Int32] = []
  private(set) var learned: [Bool] = []
  /// Where documents begin, and the end of the last.
  private(set) var bounds = [0]
  /// Of everything that was appended: corpora with the same digest teach the same.
  public private(set) var digest = Digest()

  public init(vocabularySize: Int) { self.vocabularySize = vocabularySize }

  /// Documents.
  public var count: Int { bounds.count - 1 }
  public var tokenCount: Int { tokens.count }
  /// Tokens that are predicted.
  public private(set) var learnedCount = 0

  /// - Parameters:
  ///   - tokens: at least two.
  ///   - learned: as many marks; the first token is never predicted, whatever its mark.
  /// - Throws: `TrainingError.document` if a token is not in the vocabulary, counts differ, or nothing is learned.
  public mutating func append(_ tokens: [Int32], learned: [Bool]) throws(TrainingError) {
    guard tokens.count == learned.count else {
      throw .document(index: count, problem: "\(tokens.count) tokens with \(learned.count) marks")
    }
    if let token = tokens.first(where: { !(0..<Int32(clamping: vocabularySize)).contains($0) }) {
      throw .document(index: count, problem: "token \(token) is not in 0..<\(vocabularySize)")
    }
    let predicted = learned.dropFirst().reduce(0) { $0 + ($1 ? 1 : 0) }
    guard predicted > 0 else { throw .document(index: count, problem: "no token after the first is learned") }
    self.tokens += tokens
    self.learned += learned
    bounds.append(self.tokens.count)
    learnedCount += predicted
    digest.add(UInt64(tokens.count))
    for (token, mark) in zip(tokens, learned) { digest.add(UInt64(UInt32(bitPattern: token)) << 1 | (mark ? 1 : 0)) }
  }

  /// A document all of whose tokens are learned.
  public mutating func append(_ tokens: [Int32]) throws(TrainingError) {
    try append(tokens, learned: Array(repeating: true, count: tokens.count))
  }

  func range(of document: Int) -> Range<Int> { bounds[document]..<bounds[document + 1] }
}
