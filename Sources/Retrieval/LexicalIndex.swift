import Foundation

/// A scored document.
public struct Scored: Sendable, Hashable {
  public var index: Int
  public var score: Double

  public init(index: Int, score: Double) {
    self.index = index
    self.score = score
  }

  /// The best `limit`, ties by index so that the same query always gives the same list.
  static func best(_ scores: [Float], limit: Int, above floor: Float = 0) -> [Scored] {
    scores.indices.filter { scores[$0] > floor }
      .sorted { (scores[$0], $1) > (scores[$1], $0) }
      .prefix(limit).map { Scored(index: $0, score: Double(scores[$0])) }
  }
}

/// In-memory inverted index with precomputed BM25 impacts (Robertson & Zaragoza 2009): a query adds up stored numbers.
public struct LexicalIndex: Sendable {
  private var postings: [String: (documents: [Int32], impacts: [Float])] = [:]
  public let count: Int
  public let splitter: TermSplitter

  /// - Parameter documents: for each document its fields with their weights.
  public init(documents: [[(text: String, weight: Float)]], splitter: TermSplitter, k1: Float = 1.2, b: Float = 0.6) {
    self.splitter = splitter
    count = documents.count
    var frequencies: [[String: Float]] = []
    var lengths: [Float] = []
    for document in documents {
      var counts: [String: Float] = [:]
      for field in document { for term in splitter.terms(field.text) { counts[term, default: 0] += field.weight } }
      frequencies.append(counts)
      lengths.append(counts.values.reduce(0, +))
    }
    let mean = max(1, lengths.reduce(0, +) / Float(max(1, lengths.count)))
    var documentFrequency: [String: Int] = [:]
    for counts in frequencies { for term in counts.keys { documentFrequency[term, default: 0] += 1 } }
    for (index, counts) in frequencies.enumerated() {
      for (term, frequency) in counts {
        let df = Float(documentFrequency[term] ?? 1)
        let idf = log(1 + (Float(documents.count) - df + 0.5) / (df + 0.5))
        let impact = idf * frequency * (k1 + 1) / (frequency + k1 * (1 - b + b * lengths[index] / mean))
        postings[term, default: ([], [])].documents.append(Int32(index))
        postings[term, default: ([], [])].impacts.append(impact)
      }
    }
  }

  /// BM25 score of every document; a dense accumulator, as long as the catalogue.
  public func scores(_ query: String) -> [Float] {
    var result = [Float](repeating: 0, count: count)
    for term in Set(splitter.terms(query)) {
      guard let list = postings[term] else { continue }
      for (document, impact) in zip(list.documents, list.impacts) { result[Int(document)] += impact }
    }
    return result
  }

  public func search(_ query: String, limit: Int) -> [Scored] { Scored.best(scores(query), limit: limit) }
}
