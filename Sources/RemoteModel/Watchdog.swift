import Synchronization

/// Ends work that a server holds up: at the deadline, or when nothing came for too long.
final class Watchdog: Sendable {
  private struct Progress {
    var last = ContinuousClock.now
    var hasText = false
  }

  private let server: String
  private let firstTextLimit: Duration
  private let silenceLimit: Duration
  private let deadline: ContinuousClock.Instant?
  private let progress = Mutex(Progress())

  init(_ configuration: RemoteModelConfiguration, deadline: ContinuousClock.Instant?) {
    server = configuration.baseURL
    firstTextLimit = configuration.firstTextLimit
    silenceLimit = configuration.silenceLimit
    self.deadline = deadline
  }

  /// Something came. Before the first text, signs of life do not count.
  func note(hasText: Bool) {
    progress.withLock { progress in
      progress.hasText = progress.hasText || hasText
      if progress.hasText { progress.last = .now }
    }
  }

  /// Does `work`, unless it takes too long.
  /// - Throws: `silent` or `deadlineExceeded`; what `work` throws.
  func guarding(_ work: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask(operation: work)
      group.addTask { try await self.watch() }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func watch() async throws {
    while true {
      let (last, limit) = progress.withLock { ($0.last, $0.hasText ? silenceLimit : firstTextLimit) }
      let now = ContinuousClock.now
      if let deadline, now >= deadline { throw RemoteModelError.deadlineExceeded(server: server) }
      if now >= last + limit { throw RemoteModelError.silent(server: server, after: limit) }
      try await Task.sleep(until: min(last + limit, deadline ?? last + limit), clock: .continuous)
    }
  }
}
