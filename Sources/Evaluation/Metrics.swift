import Foundation

/// Counts of a detection task.
public struct Detection: Codable, Sendable, Hashable {
  public var truePositives = 0
  public var falsePositives = 0
  public var falseNegatives = 0

  public var precision: Double { ratio(truePositives, truePositives + falsePositives) }
  public var recall: Double { ratio(truePositives, truePositives + falseNegatives) }
  public var f1: Double { ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives) }

  private func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }

  mutating func note<T: Hashable>(expected: Set<T>, found: Set<T>) {
    truePositives += expected.intersection(found).count
    falsePositives += found.subtracting(expected).count
    falseNegatives += expected.subtracting(found).count
  }
}

/// Measures of ranked lists and of probabilities.
public enum Metrics {
  /// Normalised discounted cumulative gain at `k` (Järvelin & Kekäläinen 2002), gains 2^g − 1.
  public static func ndcg(_ ranked: [String], gains: [String: Int], at k: Int) -> Double {
    func gain(_ value: Int) -> Double { pow(2, Double(value)) - 1 }
    func discount(_ rank: Int) -> Double { 1 / log2(Double(rank) + 2) }
    let got = ranked.prefix(k).enumerated().reduce(0.0) { $0 + gain(gains[$1.element] ?? 0) * discount($1.offset) }
    let best = gains.values.sorted(by: >).prefix(k).enumerated().reduce(0.0) { $0 + gain($1.element) * discount($1.offset) }
    return best == 0 ? 0 : got / best
  }

  /// The value below which a share of all lie; 0 of none.
  public static func quantile(_ values: [Double], _ share: Double) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
  }

  /// Share of the relevant items (at most `k` can be found) among the first `k`.
  public static func recall(_ ranked: [String], gains: [String: Int], at k: Int) -> Double {
    let found = ranked.prefix(k).filter { gains[$0] != nil }.count
    return gains.isEmpty ? 0 : Double(found) / Double(min(k, gains.count))
  }

  /// Expected calibration error over ten equal bins of confidence (Naeini et al. 2015).
  public static func calibrationError(_ pairs: [(confidence: Double, right: Bool)]) -> Double {
    guard !pairs.isEmpty else { return 0 }
    var error = 0.0
    for bin in 0..<10 {
      let inside = pairs.filter { min(9, Int($0.confidence * 10)) == bin }
      guard !inside.isEmpty else { continue }
      let confidence = inside.reduce(0) { $0 + $1.confidence } / Double(inside.count)
      let accuracy = Double(inside.filter(\.right).count) / Double(inside.count)
      error += abs(confidence - accuracy) * Double(inside.count) / Double(pairs.count)
    }
    return error
  }
}
