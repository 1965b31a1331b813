import Foundation
import Synchronization

/// Work that Ctrl-C ends in order: its task is cancelled and cleans up, then the program ends by the signal, as shells expect it to. A
/// second signal ends it at once.
enum Interruption {
  private static let signals = [SIGINT, SIGTERM]

  /// The first signal that came.
  private final class Caught: Sendable {
    private let number = Mutex<Int32?>(nil)

    var signal: Int32? { number.withLock { $0 } }

    /// Whether it is the first.
    func note(_ signal: Int32) -> Bool {
      number.withLock { number in
        defer { number = number ?? signal }
        return number == nil
      }
    }
  }

  static func handle<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
    let task = Task { try await work() }
    let caught = Caught()
    let sources = signals.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        if caught.note(number) { task.cancel() } else { end(by: number) }
      }
      source.resume()
      return source
    }
    let result = await task.result
    for source in sources { source.cancel() }
    if let number = caught.signal { end(by: number) }
    for number in signals { signal(number, SIG_DFL) }
    return try result.get()
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
