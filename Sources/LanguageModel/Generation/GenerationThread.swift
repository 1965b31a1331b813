import Foundation
import Synchronization

/// A thread on which an actor runs: a model's steps take milliseconds, which the shared pool of threads is not for.
final class GenerationThread: SerialExecutor {
  private struct Queue {
    var jobs: [UnownedJob] = []
    var ended = false
  }

  private final class Shared: Sendable {
    let queue = Mutex(Queue())
    let wake = DispatchSemaphore(value: 0)
  }

  private let shared = Shared()

  init(name: String) {
    let shared = shared
    let executor = Unmanaged.passUnretained(self)
    let identity = UInt(bitPattern: executor.toOpaque())
    let thread = Thread {
      while true {
        shared.wake.wait()
        let (jobs, ended) = shared.queue.withLock { queue in
          defer { queue.jobs.removeAll(keepingCapacity: true) }
          return (queue.jobs, queue.ended)
        }
        guard let pointer = UnsafeRawPointer(bitPattern: identity) else { return }
        // A job holds its actor, and the actor this executor.
        for job in jobs {
          job.runSynchronously(on: Unmanaged<GenerationThread>.fromOpaque(pointer).takeUnretainedValue().asUnownedSerialExecutor())
        }
        if ended { return }
      }
    }
    thread.name = name
    thread.stackSize = 4 << 20
    thread.start()
  }

  deinit {
    shared.queue.withLock { $0.ended = true }
    shared.wake.signal()
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    shared.queue.withLock { $0.jobs.append(job) }
    shared.wake.signal()
  }
}
