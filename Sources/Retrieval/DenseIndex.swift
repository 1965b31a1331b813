import CKernels
import Foundation

/// Unit vectors of the catalogue as int8 with one scale a row, scanned whole: exact enough that no graph index is needed.
public struct DenseIndex: Sendable {
  public let dimension: Int
  public let count: Int
  private var rows: [Int8]
  private var scales: [Float]

  /// - Parameter vectors: `[count][dimension]`, unit length.
  public init(vectors: [[Float]]) {
    dimension = vectors.first?.count ?? 0
    count = vectors.count
    rows = []
    scales = []
    rows.reserveCapacity(count * dimension)
    for vector in vectors {
      let (row, scale) = Self.quantize(vector)
      rows += row
      scales.append(scale)
    }
  }

  static func quantize(_ vector: [Float]) -> ([Int8], Float) {
    let top = max(1e-9, vector.map(abs).max() ?? 0)
    return (vector.map { Int8(clamping: Int(($0 / top * 127).rounded())) }, top / 127)
  }

  /// Cosine of every row with one of them.
  public func cosines(to row: Int) -> [Float] {
    scores(rows[row * dimension..<(row + 1) * dimension].map { Float($0) * scales[row] })
  }

  /// Cosine of every row with a unit query.
  public func scores(_ query: [Float]) -> [Float] {
    guard count > 0, query.count == dimension else { return [Float](repeating: 0, count: count) }
    let (row, scale) = Self.quantize(query)
    var sums = [Int32](repeating: 0, count: count)
    osu_scan_i8(rows, row, count, dimension, &sums)
    return sums.indices.map { Float(sums[$0]) * scale * scales[$0] }
  }
}
