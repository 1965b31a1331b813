/// A batch laid out for the kernels: every token with its position and sequence, and pieces of work for attention.
struct BatchPlan {
  /// Neighbouring tokens of one sequence, whose queries share a pass over its keys and values.
  struct Piece {
    let sequence: Int
    let first: Int
    let count: Int
  }

  private(set) var tokens: [Int32] = []
  private(set) var positions: [Int] = []
  /// Index of each token's sequence.
  private(set) var owners: [Int] = []
  private(set) var pieces: [Piece] = []
  /// Tokens whose logits are wanted, ascending.
  private(set) var wanted: [Int] = []
  private(set) var longest = 0
  /// A token's attention needs keys that other tokens of the batch write.
  private(set) var readsOthers = false

  /// - Parameter pieceLength: tokens a piece at most.
  init(_ steps: [DecoderStep], pieceLength: Int) {
    for (index, step) in steps.enumerated() {
      let first = tokens.count
      tokens.append(contentsOf: step.tokens)
      for offset in 0..<step.tokens.count {
        positions.append(step.sequence.length + offset)
        owners.append(index)
      }
      for start in Swift.stride(from: 0, to: step.tokens.count, by: pieceLength) {
        pieces.append(Piece(sequence: index, first: first + start, count: min(pieceLength, step.tokens.count - start)))
      }
      switch step.logits {
      case .none: break
      case .last: wanted.append(tokens.count - 1)
      case .all: wanted.append(contentsOf: first..<tokens.count)
      }
      longest = max(longest, step.sequence.length + step.tokens.count)
      if step.tokens.count > 1 { readsOthers = true }
    }
  }
}
