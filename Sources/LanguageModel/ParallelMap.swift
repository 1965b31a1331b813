import Dispatch
import Synchronization

/// `inputs.map(body)` on all cores, in order; the first error ends it.
public func parallelMap<Input: Sendable, Output: Sendable>(
  _ inputs: [Input], _ body: @Sendable (Input) throws -> Output
) throws -> [Output] {
  let results = Mutex<[Int: Output]>([:])
  let failure = Mutex<(any Error)?>(nil)
  DispatchQueue.concurrentPerform(iterations: inputs.count) { index in
    if failure.withLock({ $0 != nil }) { return }
    do {
      let output = try body(inputs[index])
      results.withLock { $0[index] = output }
    } catch {
      failure.withLock { $0 = $0 ?? error }
    }
  }
  if let error = failure.withLock({ $0 }) { throw error }
  return results.withLock { found in inputs.indices.map { found[$0]! } }
}
