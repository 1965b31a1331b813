/// Gives each point of a group a code near to it, with no code given to more points than have room under it.
enum BoundedAssignment {
  /// - Parameters:
  ///   - points: rows of `residuals`; not more than `capacity` times the codes.
  ///   - capacity: how many points a code may take.
  /// - Returns: the code of each point: the nearest one if that leaves none too full. Otherwise pairs of a point and a code are taken from
  ///   the nearest on, so that those points move that lose least by it.
  static func assign(_ points: [Int], of residuals: VectorRows, to centres: VectorRows, capacity: Int) -> [Int] {
    let nearest = points.map { centres.nearest(to: residuals, $0).row }
    var sizes = [Int](repeating: 0, count: centres.count)
    for code in nearest { sizes[code] += 1 }
    if sizes.allSatisfy({ $0 <= capacity }) { return nearest }
    var pairs: [(distance: Float, index: Int, code: Int)] = []
    for (index, point) in points.enumerated() {
      for code in 0..<centres.count { pairs.append((centres.squaredDistance(code, residuals, point), index, code)) }
    }
    pairs.sort { ($0.distance, $0.index, $0.code) < ($1.distance, $1.index, $1.code) }
    sizes = [Int](repeating: 0, count: centres.count)
    var codes = [Int?](repeating: nil, count: points.count)
    for pair in pairs where codes[pair.index] == nil && sizes[pair.code] < capacity {
      codes[pair.index] = pair.code
      sizes[pair.code] += 1
    }
    return codes.enumerated().map { $1 ?? nearest[$0] }
  }
}
