/// What may be generated, token by token: a state machine whose states are values, so that a generation can be branched, retried
/// and batched with others. All calls are safe from any thread.
///
/// For every state and token, `advance` gives a state exactly if `allowed` holds the token.
public protocol TokenConstraint: Sendable {
  /// Size of the vocabulary; also of every mask.
  var vocabularySize: Int { get }
  /// The state before the first token.
  var start: ConstraintState { get }
  /// The tokens that may come next; tokens that end the text are among them where `isComplete`. Empty once the text has ended.
  func allowed(_ state: ConstraintState) -> TokenMask
  /// The state after `token`, or nil if it is not allowed.
  func advance(_ state: ConstraintState, _ token: Int32) -> ConstraintState?
  /// The longest byte string that must follow, which a caller can append without a forward pass; empty if there is a choice.
  func forced(_ state: ConstraintState) -> [UInt8]
  /// Whether some allowed token spells `bytes` and goes on after them.
  func allowsLongerToken(_ state: ConstraintState, than bytes: [UInt8]) -> Bool
  /// Whether the text may end here.
  func isComplete(_ state: ConstraintState) -> Bool
}

/// A place in a `TokenConstraint`. It belongs to the constraint that gave it; another constraint allows nothing in it.
public struct ConstraintState: Sendable, Hashable {
  enum Place: Sendable, Hashable {
    /// A token that ends the text was taken.
    case ended
    case pattern(PatternState)
    indirect case all([ConstraintState])
  }

  let place: Place

  static let ended = ConstraintState(place: .ended)

  /// Whether the text has ended: nothing may follow.
  public var hasEnded: Bool { self == .ended }
}
