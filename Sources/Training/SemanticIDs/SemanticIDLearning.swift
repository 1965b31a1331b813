import Foundation
import LanguageModel

extension SemanticIDs {
  /// Learns ids by residual quantisation: k-means over the vectors gives the first code, k-means over what it leaves of them the second, and
  /// so on. A code takes no more items than ids begin with it, so that the last level tells all items apart.
  /// - Parameter vectors: of the items, all of the same dimension.
  /// - Throws: `SemanticIDError`.
  public init(learning vectors: [String: [Float]], options: SemanticIDOptions = SemanticIDOptions()) throws(SemanticIDError) {
    try options.check()
    // In the order of bytes: the same on every machine.
    let items = vectors.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard let first = items.first else { throw .noItems }
    let most = options.capacity(prefix: 0)
    guard items.count <= most else { throw .tooManyItems(items.count, most: most) }
    var rows = VectorRows(dimension: vectors[first]?.count ?? 0)
    for item in items {
      let vector = vectors[item] ?? []
      try Self.check(item, vector, dimension: rows.dimension)
      rows.append(vector)
    }
    let quantizer = ResidualQuantizer(rows, options)
    self.init(
      options: options, dimension: rows.dimension, codebooks: quantizer.codebooks.map(\.values),
      codes: Dictionary(uniqueKeysWithValues: zip(items, quantizer.codes)), report: quantizer.report)
  }
}

/// Residual quantisation with as many items under each prefix as there are ids.
struct ResidualQuantizer {
  private(set) var codebooks: [VectorRows] = []
  /// `[items][levels]`.
  private(set) var codes: [[Int]]
  private(set) var report: SemanticIDReport

  init(_ vectors: VectorRows, _ options: SemanticIDOptions) {
    codes = Array(repeating: [], count: vectors.count)
    report = SemanticIDReport(items: vectors.count, codes: options.codes, levels: [], collisionsBeforeResolution: 0, collisions: 0)
    var random = RandomSource(seed: options.seed)
    var residuals = vectors
    let variance = Self.variance(vectors)
    for level in 0..<options.levels {
      let means = KMeans(
        residuals, codes: options.codes, iterations: options.iterations, restarts: options.restarts, using: &random)
      let moved = assign(residuals, means.centres, capacity: options.capacity(prefix: level + 1))
      for item in codes.indices { residuals.subtract(item, means.centres, codes[item][level]) }
      codebooks.append(means.centres)
      report.levels.append(
        SemanticIDReport.Level(
          used: Set(codes.map { $0[level] }).count, perplexity: Self.perplexity(codes.map { $0[level] }), reseeded: means.reseeded,
          dead: means.sizes.count { $0 == 0 }, moved: moved, unexplained: variance > 0 ? Self.power(residuals) / variance : 0))
    }
    report.collisionsBeforeResolution = vectors.count - Set(nearestCodes(vectors)).count
    report.collisions = vectors.count - Set(codes).count
  }

  /// Adds a code to each item.
  /// - Returns: how many items did not get the nearest one.
  private mutating func assign(_ residuals: VectorRows, _ centres: VectorRows, capacity: Int) -> Int {
    var moved = 0
    for group in Dictionary(grouping: codes.indices, by: { codes[$0] }).values {
      for (item, code) in zip(group, BoundedAssignment.assign(group, of: residuals, to: centres, capacity: capacity)) {
        codes[item].append(code)
        if centres.nearest(to: residuals, item).row != code { moved += 1 }
      }
    }
    return moved
  }

  /// The codes of each item if none were ever full.
  private func nearestCodes(_ vectors: VectorRows) -> [[Int]] {
    var residuals = vectors
    return (0..<vectors.count).map { item in
      codebooks.map { centres in
        let code = centres.nearest(to: residuals, item).row
        residuals.subtract(item, centres, code)
        return code
      }
    }
  }

  /// The mean squared length.
  private static func power(_ rows: VectorRows) -> Double {
    rows.values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(rows.count)
  }

  /// The mean squared distance from the mean.
  private static func variance(_ rows: VectorRows) -> Double {
    var sums = [Double](repeating: 0, count: rows.dimension)
    for row in 0..<rows.count { for (i, value) in rows[row].enumerated() { sums[i] += Double(value) } }
    return max(0, power(rows) - sums.reduce(0.0) { $0 + $1 * $1 } / Double(rows.count * rows.count))
  }

  private static func perplexity(_ codes: [Int]) -> Double {
    let shares = Dictionary(grouping: codes, by: { $0 }).values.map { Double($0.count) / Double(codes.count) }
    return exp(-shares.sorted().reduce(0.0) { $0 + $1 * log($1) })
  }
}
