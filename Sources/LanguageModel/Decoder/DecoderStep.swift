/// The next tokens of one sequence in a batch.
public struct DecoderStep {
  /// Which of the step's tokens the next-token logits are wanted for.
  public enum Logits: Sendable {
    case none
    case last
    case all
  }

  public let sequence: KVSequence
  /// At least one; they take the positions from `sequence.length` on.
  public let tokens: ArraySlice<Int32>
  public let logits: Logits

  public init(_ sequence: KVSequence, _ tokens: ArraySlice<Int32>, logits: Logits = .last) {
    self.sequence = sequence
    self.tokens = tokens
    self.logits = logits
  }

  public init(_ sequence: KVSequence, _ tokens: [Int32], logits: Logits = .last) {
    self.init(sequence, tokens[...], logits: logits)
  }
}
