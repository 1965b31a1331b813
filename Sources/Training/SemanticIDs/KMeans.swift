import LanguageModel

/// Lloyd's k-means from k-means++ seeds (Arthur and Vassilvitskii 2007). A code that no point is nearest to is moved to the point that is
/// worst off, so that no code lies idle while there are as many different points as codes.
struct KMeans: Sendable {
  /// `[codes][dimension]`.
  private(set) var centres: VectorRows
  /// Codes that had to be moved.
  private(set) var reseeded = 0
  /// The sum of squared distances to the nearest centres.
  private(set) var error = Float.infinity
  private(set) var sizes: [Int]

  /// The best of several runs.
  init(_ points: VectorRows, codes: Int, iterations: Int, restarts: Int, using random: inout RandomSource) {
    var best = KMeans(points, codes: codes, iterations: iterations, using: &random)
    for _ in 1..<max(1, restarts) {
      let other = KMeans(points, codes: codes, iterations: iterations, using: &random)
      if other.error < best.error { best = other }
    }
    self = best
  }

  private init(_ points: VectorRows, codes: Int, iterations: Int, using random: inout RandomSource) {
    centres = Self.seeds(points, codes, using: &random)
    sizes = [Int](repeating: 0, count: codes)
    var previous: [Int] = []
    for _ in 0..<iterations {
      let (assignment, distances) = assign(points)
      if assignment == previous { break }
      previous = assignment
      move(to: points, assignment, distances)
    }
    _ = assign(points)
  }

  /// Each further seed is a point drawn with the probability of its squared distance to the nearest one before.
  private static func seeds(_ points: VectorRows, _ codes: Int, using random: inout RandomSource) -> VectorRows {
    var seeds = VectorRows(dimension: points.dimension)
    seeds.append(points[Int(random.next() % UInt64(points.count))])
    var distances = (0..<points.count).map { seeds.squaredDistance(0, points, $0) }
    while seeds.count < codes {
      let total = distances.reduce(0.0) { $0 + Double($1) }
      var left = random.unit() * total
      // With fewer different points than codes the rest stand on the first point and serve none.
      var chosen = 0
      for (point, distance) in distances.enumerated() where distance > 0 {
        chosen = point
        left -= Double(distance)
        if left < 0 { break }
      }
      seeds.append(points[chosen])
      for point in distances.indices { distances[point] = min(distances[point], seeds.squaredDistance(seeds.count - 1, points, point)) }
    }
    return seeds
  }

  private mutating func assign(_ points: VectorRows) -> ([Int], [Float]) {
    let nearest = (0..<points.count).map { centres.nearest(to: points, $0) }
    error = nearest.reduce(0) { $0 + $1.distance }
    sizes = [Int](repeating: 0, count: centres.count)
    for (row, _) in nearest { sizes[row] += 1 }
    return (nearest.map(\.row), nearest.map(\.distance))
  }

  private mutating func move(to points: VectorRows, _ assignment: [Int], _ distances: [Float]) {
    let dimension = points.dimension
    var sums = [Double](repeating: 0, count: centres.count * dimension)
    for (point, code) in assignment.enumerated() {
      for (i, value) in points[point].enumerated() { sums[code * dimension + i] += Double(value) }
    }
    var farthest = distances.indices.sorted { (distances[$0], $1) > (distances[$1], $0) }[...]
    for code in 0..<centres.count {
      if sizes[code] > 0 {
        centres.replace(code, with: sums[code * dimension..<(code + 1) * dimension].map { Float($0 / Double(sizes[code])) })
      } else if let point = farthest.popFirst(), distances[point] > 0 {
        centres.replace(code, with: points[point])
        reseeded += 1
      }
    }
  }
}
