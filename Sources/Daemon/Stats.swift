import Frames

/// Counters and the latency of each stage over the last turns.
public actor Stats {
  public enum Counter: String, CaseIterable, Sendable {
    case requests, errors, malformed, turns, clarified, unknownAnswers, refusedClaims, relaxed, connections
  }

  private var counters: [Counter: Int] = [:]
  private var stages: [String: Ring] = [:]
  private let started = ContinuousClock.now

  /// The last values of a stage; memory does not grow.
  private struct Ring {
    var values: [Double] = []
    var next = 0
    static let size = 2048

    mutating func add(_ value: Double) {
      if values.count < Self.size { values.append(value) } else { values[next] = value }
      next = (next + 1) % Self.size
    }

    func quantile(_ share: Double) -> Double {
      let sorted = values.sorted()
      return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
  }

  func count(_ counter: Counter, by amount: Int = 1) { counters[counter, default: 0] += amount }

  func note(_ timing: Timing) {
    let values = [
      "understand": timing.understand, "retrieve": timing.retrieve, "rank": timing.rank, "respond": timing.respond,
      "record": timing.record,
    ]
    for (stage, value) in values { stages[stage, default: Ring()].add(value) }
  }

  func json() -> JSONValue {
    var numbers: [String: JSONValue] = [:]
    for counter in Counter.allCases { numbers[counter.rawValue] = .number(Double(counters[counter] ?? 0)) }
    let latency = stages.mapValues { ring in
      JSONValue.object([
        "p50": .number(ring.quantile(0.5)), "p99": .number(ring.quantile(0.99)), "count": .number(Double(ring.values.count)),
      ])
    }
    let seconds = Double((ContinuousClock.now - started).components.seconds)
    return .object(["counters": .object(numbers), "latencyMilliseconds": .object(latency), "uptimeSeconds": .number(seconds)])
  }
}
