/// Names of items that say what they are like: near items share prefixes, and no two items share a name (semantic ids; Rajput et al. 2023,
/// arXiv:2305.05065; made by residual k-means in place of an autoencoder).
public struct SemanticIDs: Sendable, Equatable {
  public let options: SemanticIDOptions
  public let dimension: Int
  /// `[levels]` of `[codes * dimension]`.
  let codebooks: [[Float]]
  /// `[levels]` codes of each item, from coarse to fine.
  public private(set) var codes: [String: [Int]]
  /// As of learning; items added later are not in it.
  public let report: SemanticIDReport

  init(options: SemanticIDOptions, dimension: Int, codebooks: [[Float]], codes: [String: [Int]], report: SemanticIDReport) {
    (self.options, self.dimension, self.codebooks, self.codes, self.report) = (options, dimension, codebooks, codes, report)
  }

  /// `<a_3><b_12><c_7>`: what a language model writes for the item.
  public func text(of item: String) -> String? { codes[item].map(Self.text) }

  /// The text of every item.
  public var texts: [String: String] { codes.mapValues(Self.text) }

  private static func text(_ codes: [Int]) -> String {
    codes.enumerated().map { SemanticIDOptions.text(level: $0, code: $1) }.joined()
  }

  /// Names an item that came after learning: at each level the nearest code that has an id left under it.
  /// - Returns: its codes.
  /// - Throws: `SemanticIDError` if the item is known, the vector is not as the others or all ids are given.
  @discardableResult
  public mutating func add(_ item: String, vector: [Float]) throws(SemanticIDError) -> [Int] {
    guard codes[item] == nil else { throw .repeatedItem(item) }
    try Self.check(item, vector, dimension: dimension)
    var residual = VectorRows(vector, dimension: dimension)
    var peers = Array(codes.values)
    var found: [Int] = []
    for level in 0..<options.levels {
      let centres = VectorRows(codebooks[level], dimension: dimension)
      var sizes = [Int](repeating: 0, count: options.codes)
      for peer in peers { sizes[peer[level]] += 1 }
      let room = options.capacity(prefix: level + 1)
      let free = (0..<options.codes).filter { sizes[$0] < room }
      let distances = free.map { centres.squaredDistance($0, residual, 0) }
      guard let best = distances.indices.min(by: { distances[$0] < distances[$1] }) else {
        throw .tooManyItems(codes.count + 1, most: options.capacity(prefix: 0))
      }
      found.append(free[best])
      residual.subtract(0, centres, free[best])
      peers.removeAll { $0[level] != free[best] }
    }
    codes[item] = found
    return found
  }

  static func check(_ item: String, _ vector: [Float], dimension: Int) throws(SemanticIDError) {
    guard !vector.isEmpty else { throw .emptyVector(item: item) }
    guard vector.count == dimension else { throw .dimensionsDiffer(item: item, found: vector.count, expected: dimension) }
    guard vector.allSatisfy(\.isFinite) else { throw .notFinite(item: item) }
  }
}
