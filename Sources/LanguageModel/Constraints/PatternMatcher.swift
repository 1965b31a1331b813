/// Follows a text piece by piece and tells whether it is, or can become, one of a pattern's texts: a check of what was written
/// elsewhere, without tokens.
public struct PatternMatcher: Sendable {
  private let pattern: CompiledPattern
  private var automaton: PushdownAutomaton
  /// nil once no text of the pattern begins so.
  private var state: Int32?

  /// - Throws: `TextPattern.CompositionError` if the parts do not fit together.
  public init(_ pattern: TextPattern) throws(TextPattern.CompositionError) {
    self.pattern = try CompiledPattern(pattern)
    automaton = PushdownAutomaton(self.pattern)
    state = automaton.start
  }

  /// Goes on with `bytes`, which may end within a character.
  /// - Returns: whether some text of the pattern still begins with all that was given.
  public mutating func accept(_ bytes: some Sequence<UInt8>) -> Bool {
    for byte in bytes {
      guard let current = state else { return false }
      let next = automaton.next(current, byte)
      state = next < 0 ? nil : next
      if automaton.isFull, let kept = state {
        var fresh = PushdownAutomaton(pattern)
        state = fresh.adopt(kept, from: automaton)
        automaton = fresh
      }
    }
    return state != nil
  }

  /// Whether all that was given is a text of the pattern.
  public var isComplete: Bool { state.map { automaton.isComplete($0) } ?? false }
}
