import Foundation

/// Vectors of Japanese lemmas: likeness in meaning, for words that a pack's utterances do not hold.
///
/// File (little-endian), written by Scripts/make-japanese-vectors.py: `OSUVECTS`, u16 dimension, u32 lemmas; for each u16 the number of its
/// lemma in words-ja.bin, u8 weight of 255, f32 scale, dimension × i8.
public struct WordVectors: Sendable {
  public let dimension: Int
  private let values: [Int8]
  /// By number of the lemma: where its vector stands, how much it weighs in a sentence, its scale; row −1 where it has none.
  private let rows: [(row: Int32, weight: Float, scale: Float)]

  /// The vectors that come with the program; the failure is kept, since it would be the same every time.
  public static let standard: Result<WordVectors, any Error> = Result {
    guard let url = Bundle.module.url(forResource: "vectors-ja", withExtension: "bin") else {
      throw WordTableError.missing("vectors-ja.bin")
    }
    return try WordVectors(Data(contentsOf: url))
  }

  /// - Throws: `WordTableError` where the data is not a whole vector file.
  public init(_ data: Data) throws {
    var reader = ByteReader(data, file: "vectors-ja.bin")
    guard try reader.take(8).elementsEqual("OSUVECTS".utf8) else { throw reader.malformed("not a vector file") }
    dimension = Int(try reader.u16())
    let count = Int(try reader.u32())
    guard (1...1024).contains(dimension), count <= 1 << 16 else { throw reader.malformed("impossible counts") }
    var values: [Int8] = []
    values.reserveCapacity(min(count * dimension, data.count))
    var rows = [(row: Int32, weight: Float, scale: Float)](repeating: (-1, 0, 0), count: 1 << 16)
    for row in 0..<count {
      let (lemma, weight, scale) = (Int(try reader.u16()), Float(try reader.u8()) / 255, Float(bitPattern: try reader.u32()))
      guard scale.isFinite else { throw reader.malformed("a scale is no number") }
      rows[lemma] = (Int32(row), weight, scale)
      values += try reader.take(dimension).map { Int8(bitPattern: $0) }
    }
    (self.values, self.rows) = (values, rows)
  }

  /// Adds the lemma's vector to `sum` (`[dimension]`), weighed by how seldom the lemma is.
  /// - Returns: false where the lemma has no vector.
  @discardableResult
  public func add(lemma: Int, to sum: inout [Float]) -> Bool {
    guard rows.indices.contains(lemma), rows[lemma].row >= 0 else { return false }
    let (row, weight, scale) = rows[lemma]
    let start = Int(row) * dimension
    for i in 0..<dimension { sum[i] += Float(values[start + i]) * scale * weight }
    return true
  }
}
