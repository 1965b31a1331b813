/// A sentence encoder from a GGUF file of the architecture `bert`: MiniLM, E5, BGE and their like, in any of the formats that weights
/// are stored in.
public final class BERTEncoder: SentenceEncoder {
  public let dimension: Int
  /// Tokens of a text, its frame included; what is longer is cut.
  public let longest: Int
  public let pooling: Pooling
  private let tokenizer: any TextTokenizer
  private let model: BERT

  /// - Parameters:
  ///   - path: the GGUF file.
  ///   - level: the instruction set of the kernels; with AVX-512's bf16 the weights are rounded to it.
  /// - Throws: `GGUFError`, `TokenizerError` or `ModelFileError`: the file, what is wrong with it, and the mend.
  public init(path: String, level: SIMDLevel = .best) throws {
    let file = try GGUFFile(path: path)
    let bert = try BERTFile(file)
    tokenizer = try Tokenizers.make(file.metadata)
    guard tokenizer.vocabularySize <= bert.shape.vocabulary else {
      throw ModelFileError(
        file: path, problem: "the vocabulary has \(tokenizer.vocabularySize) tokens, the model vectors for \(bert.shape.vocabulary)",
        mend: "Use the vocabulary that came with the model.")
    }
    dimension = bert.shape.width
    longest = bert.longest
    pooling = try Pooling(file)
    model = BERT(try BERTWeights(bert.shape, level: level, tensor: bert.floats), keeping: [], pooling: pooling)
  }

  public func analyse(_ text: String) throws -> TextVectors { model.forward([tokens(text)])[0] }

  public func analyse(_ texts: [String]) throws -> [TextVectors] { try model.forwardOnAllCores(parallelMap(texts, tokens)) }

  /// The tokens of a text between those that frame it, at most `longest`.
  func tokens(_ text: String) -> [Int32] {
    let opening = [tokenizer.bos].compactMap { $0 }
    let closing = [tokenizer.eos].compactMap { $0 }
    return opening + tokenizer.encode(text, special: false).prefix(longest - opening.count - closing.count) + closing
  }
}
