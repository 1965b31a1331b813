import Foundation

/// The features that training saw more than once, numbered from the most frequent down, with their rarity. Each group of an utterance is
/// brought to its length (tf-idf, Salton & Buckley 1988); features seen once tell nothing of another utterance and are left out.
struct FeatureIndex: Codable, Sendable {
  /// Hash buckets in ascending order, and the number of each.
  private var buckets: ByteTable<Int32>
  private var numbers: ByteTable<Int32>
  /// Inverse document frequency by number.
  private var rarity: ByteTable<Float>
  /// Features in so many utterances have the lowest numbers.
  private(set) var frequent: Int

  var count: Int { rarity.values.count }

  /// - Parameter often: how many utterances make a feature `frequent`.
  init(_ documents: [FeatureSet], often: Int = 4) {
    var counts: [Int32: Int] = [:]
    for document in documents { for group in document.groups { for bucket in group.buckets { counts[bucket, default: 0] += 1 } } }
    let kept = counts.filter { $0.value > 1 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let ascending = kept.indices.sorted { kept[$0].key < kept[$1].key }
    buckets = ByteTable(values: ascending.map { kept[$0].key })
    numbers = ByteTable(values: ascending.map { Int32($0) })
    let total = Float(documents.count)
    rarity = ByteTable(values: kept.map { log((1 + total) / Float(1 + $0.value)) + 1 })
    frequent = kept.firstIndex { $0.value < often } ?? kept.count
  }

  private func number(_ bucket: Int32) -> Int32? {
    var (low, high) = (0, buckets.values.count)
    while low < high {
      let middle = (low + high) / 2
      if buckets.values[middle] < bucket { low = middle + 1 } else { high = middle }
    }
    return low < buckets.values.count && buckets.values[low] == bucket ? numbers.values[low] : nil
  }

  func example(_ set: FeatureSet, dense: [Float]) -> Example {
    var example = Example(features: [], values: [], dense: dense)
    for group in set.groups {
      let known = group.buckets.compactMap(number).sorted()
      let raw = known.map { rarity.values[Int($0)] }
      let size = max(1e-6, raw.reduce(0) { $0 + $1 * $1 }.squareRoot())
      example.features += known
      example.values += raw.map { group.length * $0 / size }
    }
    return example
  }
}
