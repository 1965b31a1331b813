import Foundation
import LanguageModel

@testable import Training

extension DecoderShape {
  /// Two layers, two heads that share their keys and values.
  static func tiny(vocabulary: Int = 20, context: Int = 32, ties: Bool = true) -> DecoderShape {
    DecoderShape(
      width: 32, layers: 2, heads: 2, keyValueHeads: 1, headWidth: 16, hiddenWidth: 48, vocabularySize: vocabulary, contextLength: context,
      tiesEmbeddings: ties)
  }
}

extension TrainableDecoder {
  static func tiny(_ shape: DecoderShape = .tiny(), seed: UInt64 = 3) throws -> TrainableDecoder {
    try TrainableDecoder(shape, tokenizer: GGUFMetadata(), seed: seed)
  }

  /// Larger weights than training begins with, so that every part has an effect.
  static func strong(ties: Bool = true) throws -> TrainableDecoder {
    let model = try tiny(.tiny(ties: ties))
    for entry in model.layout.entries where entry.shape.count > 1 {
      for place in entry.range { model.weights.base[place] *= 8 }
    }
    return model
  }
}

extension TokenizedCorpus {
  /// Documents of random tokens and lengths, some of whose tokens are not learned.
  static func random(_ count: Int, vocabulary: Int = 20, lengths: ClosedRange<Int> = 2...30, seed: UInt64) throws -> TokenizedCorpus {
    var random = RandomSource(seed: seed)
    var corpus = TokenizedCorpus(vocabularySize: vocabulary)
    for _ in 0..<count {
      let length = Int.random(in: lengths, using: &random)
      let tokens = (0..<length).map { _ in Int32.random(in: 0..<Int32(vocabulary), using: &random) }
      try corpus.append(tokens, learned: tokens.indices.map { $0 == length - 1 || Bool.random(using: &random) })
    }
    return corpus
  }

  /// Documents that say a few tokens twice: what the second half is can be known.
  static func copies(_ count: Int, vocabulary: Int = 20, seed: UInt64) throws -> TokenizedCorpus {
    var random = RandomSource(seed: seed)
    var corpus = TokenizedCorpus(vocabularySize: vocabulary)
    for _ in 0..<count {
      let half = (0..<6).map { _ in Int32.random(in: 1..<Int32(vocabulary), using: &random) }
      try corpus.append(half + [0] + half, learned: Array(repeating: false, count: 7) + Array(repeating: true, count: 6))
    }
    return corpus
  }

  /// All of it as one batch.
  func batch(prefix: Int = 0) -> PackedBatch {
    var batch = PackedBatch()
    for document in 0..<count { batch.append(range(of: document).dropLast(), of: self, prefix: prefix) }
    return batch
  }
}

/// A pass with its gradient, to look inside.
struct Inspected {
  let model: TrainableDecoder
  let trained: Trained
  let pass: TrainingPass
  let kernels: TrainingKernels

  init(
    _ model: TrainableDecoder, _ adaptation: Adaptation = .full, precision: TrainingSettings.Precision = .float32, threads: Int = 2,
    level: SIMDLevel = .best
  ) throws {
    self.model = model
    let layout = adaptation.layout(model)
    let values = adaptation == .full ? model.weights : try FloatBuffer(layout.count, for: "a test")
    trained = Trained(adaptation: adaptation, layout: layout, values: values, gradient: try FloatBuffer(layout.count, for: "a test"))
    adaptation.initialize(values, layout, model, seed: 9)
    kernels = try TrainingKernels(threads: threads, level: level, precision: precision)
    pass = try TrainingPass(model, trained, kernels, capacity: 256)
  }

  func gradient(_ batch: PackedBatch) throws -> [Float] {
    trained.gradient.values.update(repeating: 0)
    _ = try pass.learn(batch, scale: 1 / Float(batch.learnedCount))
    return Array(trained.gradient.values)
  }

  func export(to path: String, name: String, type: TensorType) throws {
    try AdapterExport(adaptation: trained.adaptation, layout: trained.layout, values: trained.values)
      .write(to: path, name: name, type: type)
  }

  func loss(_ batch: PackedBatch) throws -> Double { try pass.loss(batch) / Double(batch.learnedCount) }
}

/// A folder that is removed with this value.
final class TemporaryFolder {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("training-\(UUID().uuidString)").path

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }
}
