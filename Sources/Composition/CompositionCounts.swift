import Synchronization

/// What became of the replies that a model was to write.
public struct CompositionCounts: Sendable, Equatable, Codable {
  /// Replies that a model was asked for.
  public var requested = 0
  /// Replies whose every sentence was the model's.
  public var written = 0
  /// Replies of which some sentences were the model's, and the rest the plain wording's.
  public var partly = 0
  /// Replies in the plain wording alone.
  public var plain = 0
  /// Sentences that stated what the pack does not hold, and were not sent.
  public var refusedSentences = 0
  /// Replies that said nothing.
  public var empty = 0
  /// Replies that were not done in time.
  public var late = 0
  /// Replies that failed otherwise.
  public var failed = 0

  public init() {}
}

/// Counts of a whole daemon.
public final class CompositionTally: Sendable {
  private let state = Mutex(CompositionCounts())

  public init() {}

  public var counts: CompositionCounts { state.withLock { $0 } }

  func change(_ body: (inout CompositionCounts) -> Void) { state.withLock { body(&$0) } }
}
