/// What an encoder learns from: texts whose vectors are known, as a teacher gives them (of the text itself, or of its translation: Reimers and
/// Gurevych 2020), and pairs of texts that belong together, as a request and what answers it.
public struct EncoderCorpus: Sendable {
  enum Example: Sendable {
    /// A text and the place of its vector.
    case known(text: Int, target: Int)
    case pair(Int, Int)
  }

  public let vocabularySize: Int
  /// Numbers of a vector.
  public let width: Int
  private(set) var examples: [Example] = []
  private var tokens: [Int32] = []
  /// Where texts begin, and the end of the last.
  private var bounds = [0]
  /// [targets][width], each of length 1.
  private var targets: [Float] = []
  /// Of everything that was appended: corpora with the same digest teach the same.
  public private(set) var digest = Digest()

  public init(vocabularySize: Int, width: Int) { (self.vocabularySize, self.width) = (vocabularySize, width) }

  public var count: Int { examples.count }
  public var tokenCount: Int { tokens.count }
  /// Tokens of the longest text.
  var longest: Int { zip(bounds, bounds.dropFirst()).reduce(0) { max($0, $1.1 - $1.0) } }

  /// A text and the vector that it should get, whose length does not matter.
  public mutating func append(_ tokens: [Int32], target: [Float]) throws(TrainingError) {
    let size = target.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard target.count == width, size > 0, size.isFinite else {
      throw .document(index: count, problem: "its vector has \(target.count) numbers and the length \(size), expected \(width) numbers")
    }
    let text = try add(tokens)
    examples.append(.known(text: text, target: targets.count / width))
    targets += target.map { $0 / size }
    for number in target { digest.add(UInt64(number.bitPattern)) }
  }

  /// Two texts that should get like vectors, and others than those of the pairs that are computed with them.
  public mutating func append(_ tokens: [Int32], like other: [Int32]) throws(TrainingError) {
    try check(other)
    examples.append(.pair(try add(tokens), try add(other)))
  }

  private func check(_ tokens: [Int32]) throws(TrainingError) {
    guard !tokens.isEmpty else { throw .document(index: count, problem: "it has no tokens") }
    if let token = tokens.first(where: { !(0..<Int32(clamping: vocabularySize)).contains($0) }) {
      throw .document(index: count, problem: "token \(token) is not in 0..<\(vocabularySize)")
    }
  }

  private mutating func add(_ tokens: [Int32]) throws(TrainingError) -> Int {
    try check(tokens)
    self.tokens += tokens
    bounds.append(self.tokens.count)
    digest.add(UInt64(tokens.count))
    for token in tokens { digest.add(UInt64(UInt32(bitPattern: token))) }
    return bounds.count - 2
  }

  func text(_ index: Int) -> ArraySlice<Int32> { tokens[bounds[index]..<bounds[index + 1]] }
  func target(_ index: Int) -> ArraySlice<Float> { targets[index * width..<(index + 1) * width] }

  /// Tokens of an example's texts.
  func positions(of example: Example) -> Int {
    switch example {
    case .known(let text, _): self.text(text).count
    case .pair(let text, let other): self.text(text).count + self.text(other).count
    }
  }
}

/// Texts one behind the other, with what their vectors should be.
struct EncoderBatch {
  private(set) var tokens: [Int32] = []
  private(set) var positions: [Int32] = []
  /// Where texts begin, and the end of the last.
  private(set) var starts: [Int32] = [0]
  /// Where each text's probabilities begin.
  private(set) var places: [Int] = []
  private(set) var probabilityCount = 0
  /// Texts with known vectors, and pairs of texts, by their places in the batch.
  private(set) var known: [(text: Int, target: Int)] = []
  private(set) var pairs: [(Int, Int)] = []

  var texts: Int { places.count }
  var examples: Int { known.count + pairs.count }

  mutating func append(_ example: EncoderCorpus.Example, of corpus: EncoderCorpus, heads: Int) {
    switch example {
    case .known(let text, let target): known.append((append(corpus.text(text), heads), target))
    case .pair(let text, let other): pairs.append((append(corpus.text(text), heads), append(corpus.text(other), heads)))
    }
  }

  /// - Returns: the text's place.
  @discardableResult
  mutating func append(_ text: ArraySlice<Int32>, _ heads: Int) -> Int {
    tokens += text
    positions += 0..<Int32(text.count)
    starts.append(Int32(tokens.count))
    places.append(probabilityCount)
    probabilityCount += heads * text.count * text.count
    return places.count - 1
  }
}
