import LanguageModel
import Synchronization

/// Writes with the first generator, and with the second where the first fails before its first text.
///
/// After several failures in a row the first one is left alone for a while, so that not every turn waits for a server that is down. A
/// text that breaks off midway is an error and is not begun anew: its reader has seen the beginning.
public final class FallbackGenerator: TextGenerator {
  /// What was written by whom.
  public struct Counts: Sendable, Equatable, Codable {
    public var requests = 0
    /// Texts of the first generator.
    public var primary = 0
    /// Requests that went to the second one.
    public var fallback = 0
    /// Of these, how many without asking the first, which had failed just before.
    public var skipped = 0
    /// Texts of the first that broke off midway.
    public var interrupted = 0
    /// Why the first failed: `RemoteModelError.reason`, or `other`.
    public var reasons: [String: Int] = [:]
  }

  private struct State {
    var counts = Counts()
    var failuresInARow = 0
    var restsUntil: ContinuousClock.Instant?
  }

  private let primary: any TextGenerator
  private let fallback: any TextGenerator
  private let failureLimit: Int
  private let rest: Duration
  private let state = Mutex(State())

  /// - Parameters:
  ///   - failureLimit: failures in a row after which `primary` is left alone.
  ///   - rest: for how long.
  public init(primary: any TextGenerator, fallback: any TextGenerator, failureLimit: Int = 3, rest: Duration = .seconds(30)) {
    self.primary = primary
    self.fallback = fallback
    self.failureLimit = max(1, failureLimit)
    self.rest = rest
  }

  public var counts: Counts { state.withLock { $0.counts } }

  public func generate(_ request: TextRequest) -> AsyncThrowingStream<TextEvent, any Error> {
    let (stream, continuation) = AsyncThrowingStream<TextEvent, any Error>.makeStream()
    let task = Task {
      do {
        if try await !writeWithPrimary(request, continuation) {
          for try await event in fallback.generate(request) { continuation.yield(event) }
        }
        try Task.checkCancellation()
        continuation.finish()
      } catch {
        continuation.finish(throwing: error)
      }
    }
    continuation.onTermination = { _ in task.cancel() }
    return stream
  }

  /// - Returns: whether the text is written; else the second generator is to write it.
  private func writeWithPrimary(
    _ request: TextRequest, _ continuation: AsyncThrowingStream<TextEvent, any Error>.Continuation
  ) async throws -> Bool {
    let isResting = state.withLock { state in
      state.counts.requests += 1
      guard let end = state.restsUntil, .now < end else { return false }
      state.counts.skipped += 1
      state.counts.fallback += 1
      return true
    }
    if isResting { return false }
    var hasText = false
    do {
      for try await event in primary.generate(request) {
        hasText = true
        continuation.yield(event)
      }
      try Task.checkCancellation()
      state.withLock { state in
        state.counts.primary += 1
        state.failuresInARow = 0
      }
      return true
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      try Task.checkCancellation()
      note(error, isMidway: hasText)
      if hasText { throw error }
      if let deadline = request.deadline, .now >= deadline { throw error }
      state.withLock { $0.counts.fallback += 1 }
      return false
    }
  }

  private func note(_ error: any Error, isMidway: Bool) {
    state.withLock { state in
      state.counts.reasons[(error as? RemoteModelError)?.reason ?? "other", default: 0] += 1
      if isMidway { state.counts.interrupted += 1 }
      guard (error as? RemoteModelError)?.isOutage ?? true else { return }
      state.failuresInARow += 1
      if state.failuresInARow >= failureLimit { state.restsUntil = .now + rest }
    }
  }
}
