/// The constraint of one generation, with the place it has reached.
public struct ConstraintRunner: Sendable {
  /// Why a generation cannot go on.
  public enum Fault: Error, Sendable, Equatable, CustomStringConvertible {
    case notAllowed(token: Int32, step: Int)
    case deadEnd(step: Int)

    public var description: String {
      switch self {
      case .notAllowed(let token, let step):
        "Token \(token) at step \(step) is not allowed by the constraint; sample only from the mask."
      case .deadEnd(let step):
        "After \(step) tokens the constraint allows no token and the text is not complete: the vocabulary cannot spell what must "
          + "follow, nesting is deeper than \(PushdownAutomaton.depthLimit), or constraints that were joined have no common text."
      }
    }
  }

  public let constraint: any TokenConstraint
  public private(set) var state: ConstraintState
  /// How many tokens were accepted.
  public private(set) var step = 0

  public init(_ constraint: any TokenConstraint) {
    self.constraint = constraint
    state = constraint.start
  }

  /// Whether the text may end here, or has ended.
  public var isComplete: Bool { constraint.isComplete(state) }
  /// Whether a token that ends the text was accepted.
  public var hasEnded: Bool { state.hasEnded }

  /// The tokens to sample from; none where the text is complete and nothing may follow, which is its end under a vocabulary that has no
  /// token to end it with.
  /// - Throws: `deadEnd` if there is none although the text is not complete.
  public func mask() throws(Fault) -> TokenMask {
    let mask = constraint.allowed(state)
    if mask.isEmpty, !isComplete { throw .deadEnd(step: step) }
    return mask
  }

  /// Whether each of the tokens that `mask()` gave ends the text, or there is none.
  func onlyEnds(_ mask: TokenMask) -> Bool { mask.allSatisfy { constraint.advance(state, $0)?.hasEnded ?? true } }

  /// - Throws: `notAllowed`, and the runner stays where it was.
  public mutating func accept(_ token: Int32) throws(Fault) {
    guard let next = constraint.advance(state, token) else { throw .notAllowed(token: token, step: step) }
    state = next
    step += 1
  }

  /// Accepts the tokens that must follow and returns them, so that they need no sampling: they only enter the KV cache, together.
  ///
  /// A last token that a longer one could replace is left to the model, which would otherwise see a split that it was not trained
  /// on ("token healing"). Should the tokeniser's split leave the language, what fits is returned.
  /// - Parameter tokenise: tokens of a byte string; called once, if anything is forced.
  public mutating func takeForced(tokenise: ([UInt8]) -> [Int32], bytesOf: (Int32) -> [UInt8]) -> [Int32] {
    let bytes = constraint.forced(state)
    guard !bytes.isEmpty else { return [] }
    var taken: [Int32] = []
    var rest = bytes[...]
    for token in tokenise(bytes) {
      let spelled = bytesOf(token)
      guard !spelled.isEmpty, rest.starts(with: spelled) else { break }
      if spelled.count == rest.count, constraint.allowsLongerToken(state, than: spelled) { break }
      guard let next = constraint.advance(state, token) else { break }
      state = next
      step += 1
      taken.append(token)
      rest = rest.dropFirst(spelled.count)
    }
    return taken
  }
}
