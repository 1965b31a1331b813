/// How far a run is, after each step.
public struct TrainingProgress: Sendable {
  /// Updates done, and to be done in all.
  public let step: Int
  public let steps: Int
  /// Of this step's examples, before the update.
  public let loss: Float
  /// The last that was measured.
  public let heldOutLoss: Float?
  public let learningRate: Float
  /// Of the gradient before clipping.
  public let gradientNorm: Float
  /// Positions a second, lately.
  public let tokensPerSecond: Double
  /// How often each example was seen.
  public let epochs: Double
  /// Since the run began, interruptions left out.
  public let seconds: Double
  public let secondsLeft: Double
}

/// What was learned from.
public struct CorpusSummary: Sendable, Codable, Equatable {
  public var examples: Int
  public var tokens: Int
  /// Of the tokens, those that are predicted.
  public var learnedTokens: Int
  public var digest: String
}

/// What a run came to.
public struct TrainingReport: Sendable, Codable, Equatable {
  /// The model's shape in words.
  public var architecture: String
  /// What of it was trained, in words.
  public var trained: String
  public var settings: TrainingSettings
  /// Weights of the model, and those of them or beside them that were trained.
  public var parameters: Int
  public var trainedParameters: Int
  public var corpus: CorpusSummary
  public var steps: Int
  /// Positions computed.
  public var positions: Int
  public var seconds: Double
  public var threads: Int
  public var level: String
  /// Mean of the last steps' losses, and that of held-out examples with the weights that were kept.
  public var loss: Float
  public var heldOutLoss: Float?
  public var curve: LearningCurve

  public var tokensPerSecond: Double { seconds > 0 ? Double(positions) / seconds : 0 }
}
