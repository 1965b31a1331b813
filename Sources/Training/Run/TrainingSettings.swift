import LanguageModel

/// All that decides what a run learns, besides model and corpus.
public struct TrainingSettings: Sendable, Equatable, Codable {
  public enum Precision: String, Sendable, Codable, CaseIterable {
    case float32
    /// Products of bf16 numbers with sums of float32: twice as fast where the processor has them.
    case bfloat16
  }

  /// Which weights a run ends with.
  public enum Selection: Sendable, Equatable, Codable {
    /// Those after the last step.
    case last
    /// Those that gave the lowest held-out loss; a run ends early when that many measurements in a row were no lower.
    case lowestHeldOutLoss(patience: Int)
  }

  /// Updates of the weights, at most.
  public var steps: Int
  /// Positions a step at most; a step takes `batchPositions / passPositions` passes, whose gradients add up.
  public var batchPositions: Int
  /// Positions a pass at most, which is what memory holds at once.
  public var passPositions: Int
  /// The highest learning rate, reached after `warmUpSteps` and left along a half cosine down to `finalRate` of it
  /// (Loshchilov and Hutter 2017).
  public var learningRate: Float
  public var warmUpSteps: Int
  public var finalRate: Float
  /// AdamW's (Loshchilov and Hutter 2019).
  public var weightDecay: Float
  public var beta1: Float
  public var beta2: Float
  public var epsilon: Float
  /// The gradient's norm is at most this (Pascanu et al. 2013).
  public var clipping: Float
  public var precision: Precision
  /// Steps between two measurements of the held-out loss, which is measured at the end in any case.
  public var evaluationInterval: Int
  public var selection: Selection
  public var seed: UInt64

  public init(
    steps: Int, batchPositions: Int = 8192, passPositions: Int = 2048, learningRate: Float = 1e-3, warmUpSteps: Int? = nil,
    finalRate: Float = 0.1, weightDecay: Float = 0.1, beta1: Float = 0.9, beta2: Float = 0.95, epsilon: Float = 1e-8,
    clipping: Float = 1, precision: Precision = .bfloat16, evaluationInterval: Int = 100, selection: Selection = .last, seed: UInt64 = 1
  ) {
    (self.steps, self.batchPositions, self.passPositions) = (steps, batchPositions, passPositions)
    (self.learningRate, self.warmUpSteps, self.finalRate) = (learningRate, warmUpSteps ?? min(100, steps / 10), finalRate)
    (self.weightDecay, self.beta1, self.beta2, self.epsilon) = (weightDecay, beta1, beta2, epsilon)
    (self.clipping, self.precision, self.seed) = (clipping, precision, seed)
    (self.evaluationInterval, self.selection) = (evaluationInterval, selection)
  }

  /// Steps that show a model each document about `epochs` times.
  public static func steps(epochs: Double, of corpus: TokenizedCorpus, batchPositions: Int) -> Int {
    max(1, Int((epochs * Double(corpus.tokenCount) / Double(max(1, batchPositions))).rounded(.up)))
  }

  /// The learning rate of a step, counted from 0.
  func rate(_ step: Int) -> Float { learningRate * Self.factor(step, steps: steps, warmUp: warmUpSteps, final: finalRate) }

  var passes: Int { max(1, batchPositions / passPositions) }

  /// - Parameter longest: positions of the longest example that the model takes.
  func check(longest: Int, hasHeldOut: Bool) throws(TrainingError) {
    func require(_ holds: Bool, _ setting: String, _ value: some CustomStringConvertible, _ expected: String) throws(TrainingError) {
      guard holds else { throw .invalid(setting: setting, value: "\(value)", expected: expected) }
    }
    try require((1...1 << 30).contains(steps), "steps", steps, "1 or more")
    try require(
      (longest...max(longest, 1 << 20)).contains(passPositions), "passPositions", passPositions, "\(longest) (the context) to 1048576")
    try require(
      (passPositions...1 << 30).contains(batchPositions) && batchPositions % passPositions == 0, "batchPositions", batchPositions,
      "a multiple of the \(passPositions) positions of a pass")
    try require((0...steps).contains(warmUpSteps), "warmUpSteps", warmUpSteps, "0 to \(steps)")
    try require(learningRate > 0 && learningRate.isFinite, "learningRate", learningRate, "a positive number")
    try require((0...1).contains(finalRate), "finalRate", finalRate, "0 to 1")
    try require(weightDecay >= 0 && weightDecay.isFinite, "weightDecay", weightDecay, "0 or more")
    try require((0..<1).contains(beta1), "beta1", beta1, "0 to below 1")
    try require((0..<1).contains(beta2), "beta2", beta2, "0 to below 1")
    try require(epsilon > 0 && epsilon < 1, "epsilon", epsilon, "above 0, below 1")
    try require(clipping > 0, "clipping", clipping, "a positive number")
    try require(evaluationInterval > 0, "evaluationInterval", evaluationInterval, "1 or more")
    if case .lowestHeldOutLoss(let patience) = selection {
      try require(patience > 0, "patience", patience, "1 or more")
      try require(hasHeldOut, "selection", "the lowest held-out loss", "last, as there is no held-out corpus")
    }
  }
}

/// How a run is carried out; none of it changes what is learned, except that another instruction set rounds otherwise.
public struct TrainingOptions: Sendable {
  public var threads: Int
  public var level: SIMDLevel
  /// Where the state of the run is kept, to go on with after an end of any kind; nil for nowhere.
  public var checkpoint: String?
  /// Seconds between two checkpoints.
  public var checkpointInterval: Double

  public init(threads: Int = 2, level: SIMDLevel = .best, checkpoint: String? = nil, checkpointInterval: Double = 60) {
    (self.threads, self.level, self.checkpoint, self.checkpointInterval) = (threads, level, checkpoint, checkpointInterval)
  }
}
