import LanguageModel

/// What of a decoder is trained: the lighter, the less there is to learn and to ship.
public enum Adaptation: Sendable, Equatable, Codable {
  /// Every weight.
  case full
  /// Two thin factors for each chosen matrix, W x + alpha / rank * B (A x), while W stays (Hu et al. 2021, LoRA).
  case lora(rank: Int, alpha: Float, matrices: [DecoderMatrix] = DecoderMatrix.allCases)
  /// Vectors before each document, while all weights stay (Lester et al. 2021, prompt tuning).
  case softPrompt(count: Int)

  static let softPromptName = "prompt.embeddings"

  /// Vectors before each document.
  var prefix: Int { if case .softPrompt(let count) = self { count } else { 0 } }

  func check(_ shape: DecoderShape) throws(TrainingError) {
    switch self {
    case .full: break
    case .lora(let rank, let alpha, let matrices):
      guard (1...1024).contains(rank) else { throw .invalid(setting: "LoRA's rank", value: "\(rank)", expected: "1 to 1024") }
      guard alpha > 0, alpha.isFinite else { throw .invalid(setting: "LoRA's alpha", value: "\(alpha)", expected: "a positive number") }
      guard !matrices.isEmpty, Set(matrices).count == matrices.count else {
        throw .invalid(setting: "LoRA's matrices", value: "\(matrices.map(\.rawValue))", expected: "one or more, each once")
      }
    case .softPrompt(let count):
      guard (1..<shape.contextLength - 1).contains(count) else {
        throw .invalid(setting: "the soft prompt's length", value: "\(count)", expected: "1 to \(shape.contextLength - 2) vectors")
      }
    }
  }

  /// The tensors that are trained.
  func layout(_ model: TrainableDecoder) -> ParameterLayout {
    var layout = ParameterLayout()
    switch self {
    case .full: return model.layout
    case .lora(let rank, _, let matrices):
      for layer in 0..<model.shape.layers {
        for matrix in DecoderMatrix.allCases where matrices.contains(matrix) {
          layout.add("\(matrix.tensor(layer)).lora_a", [matrix.columns(model.shape), rank], decays: true)
          layout.add("\(matrix.tensor(layer)).lora_b", [rank, matrix.rows(model.shape)], decays: true)
        }
      }
    case .softPrompt(let count): layout.add(Self.softPromptName, [model.shape.width, count], decays: false)
    }
    return layout
  }

  /// Where training begins: LoRA's A random and B zero, so that the model is at first what it was; a soft prompt at the embeddings of
  /// random tokens, as Lester et al. found best of what needs no choice by hand.
  func initialize(_ values: FloatBuffer, _ layout: ParameterLayout, _ model: TrainableDecoder, seed: UInt64) {
    switch self {
    case .full: break
    case .lora:
      var random = NormalSource(seed: seed)
      for entry in layout.entries where entry.name.hasSuffix(".lora_a") {
        random.fill(values[entry.range], deviation: 1 / Double(entry.shape[0]).squareRoot())
      }
    case .softPrompt(let count):
      var random = RandomSource(seed: seed)
      let width = model.shape.width
      for vector in 0..<count {
        let token = Int(random.next().multipliedFullWidth(by: UInt64(model.shape.vocabularySize)).high)
        (values.base + vector * width).update(from: model.weights.base + token * width, count: width)
      }
    }
  }
}
