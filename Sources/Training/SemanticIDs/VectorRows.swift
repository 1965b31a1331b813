/// Vectors as the rows of one buffer: `[count][dimension]`.
struct VectorRows: Sendable {
  let dimension: Int
  private(set) var count = 0
  private(set) var values: [Float] = []

  init(dimension: Int) { self.dimension = dimension }

  init(_ values: [Float], dimension: Int) {
    (self.values, self.dimension, count) = (values, dimension, values.count / dimension)
  }

  subscript(row: Int) -> ArraySlice<Float> { values[row * dimension..<(row + 1) * dimension] }

  mutating func append(_ vector: some Collection<Float>) {
    values.append(contentsOf: vector)
    count += 1
  }

  mutating func replace(_ row: Int, with vector: some Collection<Float>) {
    values.replaceSubrange(row * dimension..<(row + 1) * dimension, with: vector)
  }

  /// Takes a row of `other` from a row of this one.
  mutating func subtract(_ row: Int, _ other: VectorRows, _ otherRow: Int) {
    for i in 0..<dimension { values[row * dimension + i] -= other.values[otherRow * dimension + i] }
  }

  /// The sum of squared differences between a row of this one and a row of `other`.
  func squaredDistance(_ row: Int, _ other: VectorRows, _ otherRow: Int) -> Float {
    let (start, otherStart) = (row * dimension * 4, otherRow * dimension * 4)
    return values.withUnsafeBytes { a in
      other.values.withUnsafeBytes { b in
        let (a, b) = (UnsafeRawBufferPointer(rebasing: a[start...]), UnsafeRawBufferPointer(rebasing: b[otherStart...]))
        var sums = SIMD16<Float>()
        var i = 0
        while i + 16 <= dimension {
          let difference =
            a.loadUnaligned(fromByteOffset: i * 4, as: SIMD16<Float>.self) - b.loadUnaligned(fromByteOffset: i * 4, as: SIMD16<Float>.self)
          sums += difference * difference
          i += 16
        }
        var sum = sums.sum()
        while i < dimension {
          let difference = a.loadUnaligned(fromByteOffset: i * 4, as: Float.self) - b.loadUnaligned(fromByteOffset: i * 4, as: Float.self)
          sum += difference * difference
          i += 1
        }
        return sum
      }
    }
  }

  /// The row of `self` that is nearest to a row of `other`, the first of equals.
  func nearest(to other: VectorRows, _ otherRow: Int) -> (row: Int, distance: Float) {
    var best = (row: 0, distance: Float.infinity)
    for row in 0..<count {
      let distance = squaredDistance(row, other, otherRow)
      if distance < best.distance { best = (row, distance) }
    }
    return best
  }
}
