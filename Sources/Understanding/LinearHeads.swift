import CKernels
import Foundation
import LanguageModel

/// One training or prediction input: weighted features and an optional dense vector.
struct Example: Sendable {
  /// Numbers in the feature index.
  var features: [Int32]
  var values: [Float]
  var dense: [Float]
}

/// Several linear classifiers over one feature space: multinomial (softmax) or independent (sigmoid) outputs.
///
/// Weights are `[features + dense, outputs]`, row-major, so that an active feature touches one contiguous row.
struct LinearHeads: Codable, Sendable {
  var outputs: Int
  /// Features of the index that it sees: the first ones, which are the most frequent.
  var features: Int
  var dense: Int
  /// Softmax over the outputs when true; independent sigmoids when false.
  var exclusive: Bool
  var weights: ByteTable<Float>
  /// Divides the logits: fitted on held-out folds so that probabilities are calibrated (Guo et al. 2017).
  var temperature: Float = 1

  init(outputs: Int, features: Int, dense: Int, exclusive: Bool) {
    self.outputs = outputs
    self.features = features
    self.dense = dense
    self.exclusive = exclusive
    weights = ByteTable(values: [Float](repeating: 0, count: (features + dense) * outputs))
  }

  func logits(_ example: Example) -> [Float] {
    let level = SIMDLevel.best.rawValue
    var result = [Float](repeating: 0, count: outputs)
    weights.values.withUnsafeBufferPointer { table in
      guard let base = table.baseAddress else { return }
      Self.forEachRow(example, features, dense) { row, value in osu_axpy_f32(&result, base + row * outputs, value, outputs, level) }
    }
    return result
  }

  /// The rows of weights that an example touches, with its values there.
  @inline(__always)
  private static func forEachRow(_ example: Example, _ features: Int, _ dense: Int, _ body: (Int, Float) -> Void) {
    for (feature, value) in zip(example.features, example.values) where Int(feature) < features { body(Int(feature), value) }
    for index in 0..<min(dense, example.dense.count) { body(features + index, example.dense[index]) }
  }

  func probabilities(_ example: Example) -> [Float] { activate(logits(example).map { $0 / temperature }) }

  private func activate(_ logits: [Float]) -> [Float] {
    if !exclusive { return logits.map { 1 / (1 + exp(-$0)) } }
    let top = logits.max() ?? 0
    let powers = logits.map { exp($0 - top) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// AdaGrad (Duchi et al. 2011) on the log loss, examples in a seeded shuffled order.
  /// - Parameter targets: for each example the indices of its true outputs.
  mutating func train(
    _ examples: [Example], targets: [Set<Int>], epochs: Int = 14, rate: Float = 0.25, decay: Float = 1e-5,
    seed: UInt64 = 7
  ) {
    let (level, outputs, features, dense) = (SIMDLevel.best.rawValue, outputs, features, dense)
    var squares = [Float](repeating: 1e-4, count: weights.values.count)
    var generator = RandomSource(seed: seed)
    var order = Array(examples.indices)
    for _ in 0..<epochs {
      order.shuffle(using: &generator)
      for index in order {
        let example = examples[index]
        var gradient = activate(logits(example))
        for target in targets[index] { gradient[target] -= 1 }
        weights.values.withUnsafeMutableBufferPointer { table in
          squares.withUnsafeMutableBufferPointer { history in
            guard let weight = table.baseAddress, let square = history.baseAddress else { return }
            Self.forEachRow(example, features, dense) { row, value in
              osu_adagrad_f32(weight + row * outputs, square + row * outputs, gradient, value, rate, decay, outputs, level)
            }
          }
        }
      }
    }
  }

  /// Chooses the temperature with the least log loss on held-out logits.
  mutating func calibrate(_ held: [(logits: [Float], target: Int)]) {
    guard !held.isEmpty else { return }
    var best = (Float(1), Double.infinity)
    for step in 0..<40 {
      let candidate = 0.4 * powf(1.08, Float(step))
      var loss = 0.0
      for (logits, target) in held {
        loss -= Double(log(max(1e-9, activate(logits.map { $0 / candidate })[target])))
      }
      if loss < best.1 { best = (candidate, loss) }
    }
    temperature = best.0
  }
}
