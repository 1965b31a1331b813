/// Holds a generation to several constraints at once.
///
/// The parts may agree on the next token and yet have no common text to end in: then a state allows nothing and is not complete,
/// which `ConstraintRunner` reports.
public struct IntersectionConstraint: TokenConstraint {
  /// Why constraints cannot be joined.
  public enum Fault: Error, Sendable, Equatable, CustomStringConvertible {
    case noConstraints
    /// The sizes, in the order of the constraints.
    case vocabulariesDiffer([Int])

    public var description: String {
      switch self {
      case .noConstraints: "An intersection of no constraints holds to nothing; give at least one."
      case .vocabulariesDiffer(let sizes):
        "The constraints are over vocabularies of \(sizes.map(String.init).joined(separator: ", ")) tokens; make all of them with the "
          + "vocabulary of one model."
      }
    }
  }

  private let parts: [any TokenConstraint]
  public let vocabularySize: Int

  /// - Parameter parts: constraints over one vocabulary.
  /// - Throws: `Fault` if there is none, or if their vocabularies differ in size.
  public init(_ parts: [any TokenConstraint]) throws(Fault) {
    guard let size = parts.first?.vocabularySize else { throw .noConstraints }
    guard parts.allSatisfy({ $0.vocabularySize == size }) else { throw .vocabulariesDiffer(parts.map(\.vocabularySize)) }
    self.parts = parts
    vocabularySize = size
  }

  public var start: ConstraintState { ConstraintState(place: .all(parts.map(\.start))) }

  public func allowed(_ state: ConstraintState) -> TokenMask {
    guard case .all(let states) = state.place, states.count == parts.count else { return TokenMask(count: vocabularySize) }
    var mask = parts[0].allowed(states[0])
    for index in 1..<parts.count { mask.formIntersection(parts[index].allowed(states[index])) }
    return mask
  }

  public func advance(_ state: ConstraintState, _ token: Int32) -> ConstraintState? {
    guard case .all(let states) = state.place, states.count == parts.count else { return nil }
    var next: [ConstraintState] = []
    for (part, state) in zip(parts, states) {
      guard let advanced = part.advance(state, token) else { return nil }
      next.append(advanced)
    }
    return next.allSatisfy(\.hasEnded) ? .ended : ConstraintState(place: .all(next))
  }

  /// What any part forces, all must follow: the longest, up to where two disagree.
  public func forced(_ state: ConstraintState) -> [UInt8] {
    guard case .all(let states) = state.place, states.count == parts.count else { return [] }
    var longest: [UInt8] = []
    for (part, state) in zip(parts, states) {
      let bytes = part.forced(state)
      if let differing = zip(longest, bytes).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset {
        return Array(longest[..<differing])
      }
      if bytes.count > longest.count { longest = bytes }
    }
    return longest
  }

  public func allowsLongerToken(_ state: ConstraintState, than bytes: [UInt8]) -> Bool {
    guard case .all(let states) = state.place, states.count == parts.count else { return false }
    return zip(parts, states).allSatisfy { $0.allowsLongerToken($1, than: bytes) }
  }

  public func isComplete(_ state: ConstraintState) -> Bool {
    switch state.place {
    case .ended: true
    case .all(let states): states.count == parts.count && zip(parts, states).allSatisfy { $0.isComplete($1) }
    case .pattern: false
    }
  }
}
