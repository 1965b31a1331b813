/// How the next token is chosen from the logits.
///
/// The steps, in this order: the mask, the repetition penalty (Keskar et al. 2019), the temperature, the `topK` likeliest, the nucleus
/// `topP` (Holtzman et al. 2020), and those of at least `minP` times the likeliest's probability (Nguyen et al. 2024).
public struct Sampling: Sendable, Equatable {
  /// 0 chooses the likeliest token; 1 samples from the model's own distribution.
  public var temperature: Float
  /// Tokens that stay at most; 0 for all.
  public var topK: Int
  /// The fewest tokens whose probabilities sum to this stay; 1 for all.
  public var topP: Float
  /// Tokens less likely than this times the likeliest go; 0 for none.
  public var minP: Float
  /// Positive logits of recent tokens are divided by this, negative ones multiplied; 1 for nothing.
  public var repetitionPenalty: Float
  /// How many of the last tokens count as recent.
  public var penaltyWindow: Int
  /// The same seed gives the same text for the same prompt, model and settings on the same machine.
  public var seed: UInt64

  public static let greedy = Sampling(temperature: 0)

  public init(
    temperature: Float = 0.7, topK: Int = 40, topP: Float = 0.95, minP: Float = 0, repetitionPenalty: Float = 1, penaltyWindow: Int = 64,
    seed: UInt64 = 0
  ) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.repetitionPenalty = repetitionPenalty
    self.penaltyWindow = penaltyWindow
    self.seed = seed
  }
}
