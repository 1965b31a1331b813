import Foundation
import Synchronization

/// Work that Ctrl-C ends in order: its task is cancelled and cleans up, then the program ends by the signal, as shells expect it to. A
/// second signal ends it at once.
enum Interruption {
  private static let signals = [SIGINT, SIGTERM]

  /// The first signal that came, and what it ends.
  private final class Caught: Sendable {
    private struct State {
      var signal: Int32?
      var cancel: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    var signal: Int32? { state.withLock { $0.signal } }

    /// Whether the signal is the first.
    func note(_ signal: Int32) -> Bool {
      let (isFirst, cancel) = state.withLock { state in
        defer { state.signal = state.signal ?? signal }
        return (state.signal == nil, state.cancel)
      }
      if isFirst { cancel?() }
      return isFirst
    }

    func onSignal(_ cancel: @escaping @Sendable () -> Void) {
      let isLate = state.withLock { state in
        state.cancel = cancel
        return state.signal != nil
      }
      if isLate { cancel() }
    }
  }

  static func handle<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
    let caught = Caught()
    // Before the work begins, whose first sign someone may answer with a signal.
    var sources: [any DispatchSourceSignal] = []
    for number in signals { sources.append(await source(number, caught)) }
    let task = Task { try await work() }
    caught.onSignal { task.cancel() }
    let result = await task.result
    for source in sources { source.cancel() }
    if let number = caught.signal { end(by: number) }
    for number in signals { signal(number, SIG_DFL) }
    return try result.get()
  }

  private static func source(_ number: Int32, _ caught: Caught) async -> any DispatchSourceSignal {
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler {
      if !caught.note(number) { end(by: number) }
    }
    await withCheckedContinuation { continuation in
      source.setRegistrationHandler { continuation.resume() }
      source.resume()
    }
    return source
  }

  private static func end(by number: Int32) {
    signal(number, SIG_DFL)
    // Dispatch's threads hold signals back.
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, number)
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    raise(number)
  }
}
