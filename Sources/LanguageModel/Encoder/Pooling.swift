/// How the rows of a text's tokens become one vector.
public enum Pooling: String, Sendable, CaseIterable {
  /// The mean of all rows (Reimers and Gurevych 2019).
  case mean
  /// The row of the first token, `[CLS]` (Devlin et al. 2019).
  case firstToken = "first token"

  /// llama.h's `llama_pooling_type` of a model file. A file that names none is pooled by the mean, as models are that were trained
  /// without a pooling in mind.
  /// - Throws: `ModelFileError` for a pooling that is not supported, `GGUFError` for a key of another kind.
  init(_ file: GGUFFile) throws {
    let key = "bert.pooling_type"
    switch try file.metadata.integer(ifPresent: key) ?? 0 {
    case 0, 1: self = .mean
    case 2: self = .firstToken
    case let number:
      throw ModelFileError(
        file: file.path, problem: "metadata key \(key) is \(number), which is not supported",
        mend: "Use a model whose pooling is the mean (1) or the first token (2).")
    }
  }
}
