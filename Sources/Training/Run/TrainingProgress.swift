/// How far a run is, after each step.
public struct TrainingProgress: Sendable {
  /// Updates done, and to be done in all.
  public let step: Int
  public let steps: Int
  /// Nats a learned token of this step's documents, before the update.
  public let loss: Float
  /// The last that was measured.
  public let heldOutLoss: Float?
  public let learningRate: Float
  /// Of the gradient before clipping.
  public let gradientNorm: Float
  /// Positions a second, lately.
  public let tokensPerSecond: Double
  /// How often each document was seen.
  public let epochs: Double
  /// Since the run began, interruptions left out.
  public let seconds: Double
  public let secondsLeft: Double
}

/// What a run came to.
public struct TrainingReport: Sendable, Codable, Equatable {
  public var shape: DecoderShape
  public var adaptation: Adaptation
  public var settings: TrainingSettings
  /// Weights of the model, and those of them or beside them that were trained.
  public var parameters: Int
  public var trainedParameters: Int
  public var documents: Int
  /// Tokens of the corpus, and those of them that are learned.
  public var tokens: Int
  public var learnedTokens: Int
  public var corpusDigest: String
  public var steps: Int
  /// Positions computed.
  public var positions: Int
  public var seconds: Double
  public var threads: Int
  public var level: String
  /// Mean of the last steps' losses, and that of held-out documents with the weights that were kept, in nats a learned token.
  public var loss: Float
  public var heldOutLoss: Float?
  public var curve: LearningCurve

  public var tokensPerSecond: Double { seconds > 0 ? Double(positions) / seconds : 0 }
}
