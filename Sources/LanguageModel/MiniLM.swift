import Foundation

/// all-MiniLM-L6-v2 (Wang et al. 2020; sentence-transformers): six BERT layers of 384, mean pooling, unit length.
public final class MiniLM: SentenceEncoder {
  public let dimension = BERTShape.miniLM.width
  /// Tokens beyond this are cut, as in the model's sentence_bert_config.json.
  package static let longest = 256
  /// Layers whose mean is kept beside the sentence vector; chosen on development utterances.
  private static let keptLayers: Set<Int> = [3, 4]

  package let tokenizer: WordPieceTokenizer
  package let model: BERT

  /// - Parameters:
  ///   - folder: a Hugging Face folder with `model.safetensors` and `vocab.txt`.
  ///   - level: the instruction set of the kernels; with AVX-512's bf16 the weights are rounded to it.
  /// - Throws: `ModelFileError` if a file is missing, damaged or of another model.
  public init(folder: URL, level: SIMDLevel = .best) throws {
    tokenizer = try WordPieceTokenizer(vocabulary: folder.appendingPathComponent("vocab.txt"))
    guard tokenizer.vocabularySize <= BERTShape.miniLM.vocabulary else {
      throw ModelFileError(
        file: "vocab.txt", problem: "has \(tokenizer.vocabularySize) lines, the model \(BERTShape.miniLM.vocabulary) words",
        mend: "Use the vocab.txt that came with the model.")
    }
    let file = try Safetensors(file: folder.appendingPathComponent("model.safetensors"))
    model = BERT(try BERTWeights(.miniLM, level: level) { try file.floats($0, shape: $1) }, keeping: Self.keptLayers)
  }

  public func analyse(_ text: String) throws -> TextVectors {
    model.forward([tokenizer.encode(text, limit: Self.longest)])[0]
  }

  /// Several texts share one product, each core taking a part of them.
  public func analyse(_ texts: [String]) throws -> [TextVectors] {
    try model.forwardOnAllCores(parallelMap(texts) { tokenizer.encode($0, limit: Self.longest) })
  }
}
