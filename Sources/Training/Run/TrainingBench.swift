import Foundation
import LanguageModel

/// How many tokens a second are trained on this machine: updates of a model of random weights on random documents.
public struct TrainingBench: Sendable {
  /// 8.5 million weights.
  public var shape = DecoderShape(
    width: 256, layers: 8, heads: 8, keyValueHeads: 4, headWidth: 32, hiddenWidth: 768, vocabularySize: 8192, contextLength: 256)
  /// Documents of `shape.contextLength` tokens an update.
  public var documents = 8
  public var precision = TrainingSettings.Precision.bfloat16
  public var level = SIMDLevel.best

  public init() {}

  /// Positions a second.
  /// - Parameter updates: that are timed, after two that are not.
  public func run(threads: Int, updates: Int) throws -> Double {
    let positions = documents * shape.contextLength
    var random = RandomSource(seed: 1)
    var corpus = TokenizedCorpus(vocabularySize: shape.vocabularySize)
    for _ in 0..<documents {
      try corpus.append((0...shape.contextLength).map { _ in Int32.random(in: 0..<Int32(shape.vocabularySize), using: &random) })
    }
    let untimed = 2
    let trainer = try DecoderTrainer(
      TrainableDecoder(shape, tokenizer: GGUFMetadata(), seed: 1), corpus: corpus,
      settings: TrainingSettings(steps: updates + untimed, batchPositions: positions, passPositions: positions, precision: precision),
      options: TrainingOptions(threads: threads, level: level))
    var begin = ContinuousClock.now
    _ = try trainer.run { if $0.step == untimed { begin = .now } }
    let passed = begin.duration(to: .now).components
    return Double(updates * positions) / (Double(passed.seconds) + Double(passed.attoseconds) * 1e-18)
  }
}
