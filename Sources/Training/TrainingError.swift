import LanguageModel

/// Why training could not begin or go on: what, where, and the mend.
public enum TrainingError: Error, Sendable, CustomStringConvertible {
  /// A setting or a number of the shape that cannot be used.
  case invalid(setting: String, value: String, expected: String)
  case emptyCorpus(String)
  /// A document of the corpus that cannot be learned from.
  case document(index: Int, problem: String)
  /// The model file, or what it asks of memory.
  case model(DecoderError)
  case file(GGUFError)
  /// The model is sound, but of a kind that is not trained.
  case unsupportedModel(file: String, what: String)
  case checkpoint(file: String, CheckpointProblem)
  /// The loss or a gradient is no number any more.
  case diverged(step: Int)

  public enum CheckpointProblem: Sendable, Equatable {
    /// The file is no checkpoint of this trainer.
    case foreign(String)
    case corrupt(String)
    /// It was written with another model, corpus or settings.
    case other(String)
  }

  public var description: String {
    switch self {
    case .invalid(let setting, let value, let expected): "\(setting) is \(value), expected \(expected). Change that setting."
    case .emptyCorpus(let name): "\(name) has nothing to learn. Add documents that have a learned token after their first."
    case .document(let index, let problem): "document \(index): \(problem). Encode it with the model's own tokenizer."
    case .model(let error): "\(error)"
    case .file(let error): "\(error)"
    case .unsupportedModel(let file, let what): "\(file): \(what) is not trained. Use a plain model of the llama architecture."
    case .checkpoint(let file, .foreign(let what)):
      "\(file): is no checkpoint of a training run: \(what). Name another file, or remove it to begin anew."
    case .checkpoint(let file, .corrupt(let what)): "\(file): is damaged: \(what). Remove it to begin anew."
    case .checkpoint(let file, .other(let what)):
      "\(file): was written with another \(what). Train with the same one, or remove the file to begin anew."
    case .diverged(let step): "the loss is no number any more at step \(step). Lower the learning rate or lengthen the warm-up."
    }
  }
}

/// Runs what throws a GGUF error.
func fileErrors<T>(_ body: () throws(GGUFError) -> T) throws(TrainingError) -> T {
  do { return try body() } catch { throw .file(error) }
}
