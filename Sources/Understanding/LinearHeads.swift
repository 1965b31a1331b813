import Foundation

/// One training or prediction input: weighted hash buckets and an optional dense vector.
struct Example: Sendable {
  var buckets: [Int32]
  var values: [Float]
  var dense: [Float]
}

/// Floats that are kept as bytes: millions of them as single values would take seconds to read.
struct FloatTable: Codable, Sendable {
  var values: [Float]

  init(values: [Float]) { self.values = values }

  init(from decoder: any Decoder) throws {
    let data = try decoder.singleValueContainer().decode(Data.self)
    values = data.withUnsafeBytes { bytes in (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) } }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(values.withUnsafeBytes { Data($0) })
  }
}

/// Several linear classifiers over one feature space: multinomial (softmax) or independent (sigmoid) outputs.
///
/// Weights are `[buckets + dense, outputs]`, row-major, so that an active feature touches one contiguous row.
struct LinearHeads: Codable, Sendable {
  var outputs: Int
  var dense: Int
  /// Softmax over the outputs when true; independent sigmoids when false.
  var exclusive: Bool
  var weights: FloatTable
  /// Divides the logits: fitted on held-out folds so that probabilities are calibrated (Guo et al. 2017).
  var temperature: Float = 1

  init(outputs: Int, dense: Int, exclusive: Bool) {
    self.outputs = outputs
    self.dense = dense
    self.exclusive = exclusive
    weights = FloatTable(values: [Float](repeating: 0, count: (FeatureExtractor.buckets + dense) * outputs))
  }

  func logits(_ example: Example) -> [Float] {
    var result = [Float](repeating: 0, count: outputs)
    weights.values.withUnsafeBufferPointer { table in
      for (bucket, value) in zip(example.buckets, example.values) {
        let row = Int(bucket) * outputs
        for output in 0..<outputs { result[output] += table[row + output] * value }
      }
      for index in 0..<min(dense, example.dense.count) {
        let value = example.dense[index] * Self.denseScale
        let row = (FeatureExtractor.buckets + index) * outputs
        for output in 0..<outputs { result[output] += table[row + output] * value }
      }
    }
    return result
  }

  func probabilities(_ example: Example) -> [Float] { activate(logits(example).map { $0 / temperature }) }

  private func activate(_ logits: [Float]) -> [Float] {
    if !exclusive { return logits.map { 1 / (1 + exp(-$0)) } }
    let top = logits.max() ?? 0
    let powers = logits.map { exp($0 - top) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// Weight of the dense vector against one group of n-grams; chosen on development utterances.
  static let denseScale: Float = 1

  /// AdaGrad (Duchi et al. 2011) on the log loss, examples in a seeded shuffled order.
  /// - Parameter targets: for each example the indices of its true outputs.
  mutating func train(
    _ examples: [Example], targets: [Set<Int>], epochs: Int = 14, rate: Float = 0.25, decay: Float = 1e-5,
    seed: UInt64 = 7
  ) {
    var squares = [Float](repeating: 1e-4, count: weights.values.count)
    var generator = SplitMix64(state: seed)
    var order = Array(examples.indices)
    for _ in 0..<epochs {
      order.shuffle(using: &generator)
      for index in order {
        let example = examples[index]
        var gradient = activate(logits(example))
        for target in targets[index] { gradient[target] -= 1 }
        weights.values.withUnsafeMutableBufferPointer { table in
          squares.withUnsafeMutableBufferPointer { history in
            for (bucket, value) in zip(example.buckets, example.values) {
              Self.step(table, history, Int(bucket) * outputs, gradient, value, rate, decay)
            }
            for index in 0..<min(dense, example.dense.count) {
              Self.step(
                table, history, (FeatureExtractor.buckets + index) * outputs, gradient,
                example.dense[index] * Self.denseScale, rate, decay)
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private static func step(
    _ table: UnsafeMutableBufferPointer<Float>, _ history: UnsafeMutableBufferPointer<Float>, _ row: Int,
    _ gradient: [Float], _ value: Float, _ rate: Float, _ decay: Float
  ) {
    for output in 0..<gradient.count {
      let slope = gradient[output] * value + decay * table[row + output]
      // A slope this small changes nothing that a Float can show.
      if abs(slope) < 1e-6 { continue }
      history[row + output] += slope * slope
      table[row + output] -= rate * slope / history[row + output].squareRoot()
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

/// Seeded generator (Steele, Lea, Flood 2014): same seed, same model.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
