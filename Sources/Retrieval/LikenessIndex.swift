import Foundation
import Knowledge

/// How alike two items of the catalogue are: what they share, the rarer the more telling, and how near their descriptions are.
/// It asks for no one's behaviour, so that a new item has neighbours from its first day.
public struct LikenessIndex: Sendable {
  /// What an item has in common with the one that was named, `slot=value`, the most telling first.
  public struct Likeness: Sendable, Hashable {
    public var to: String
    public var shared: [String]
  }

  /// By item: `slot=value` of its listed slots.
  private let features: [Set<String>]
  /// `slot=value` → log of items per item that has it.
  private let weights: [String: Double]

  init(pack: Pack) {
    // What an item is, not when and with whom it is good.
    let slots = Set(
      pack.manifest.slots.filter { [.enum, .node].contains($0.type) && !pack.manifest.context.contains($0.name) }.map(\.name))
    var counts: [String: Int] = [:]
    features = pack.items.map { item in
      var own = Set<String>()
      for (slot, values) in item.attributes where slots.contains(slot) {
        for value in values { if let text = value.text { own.insert("\(slot)=\(text)") } }
      }
      for feature in own { counts[feature, default: 0] += 1 }
      return own
    }
    let total = Double(max(1, pack.items.count))
    weights = counts.mapValues { log(total / Double($0)) }
  }

  /// Likeness of every item to one, 0...1: half of it what they share (weighted Jaccard), half of it the cosine of their vectors.
  func scores(to source: Int, cosines: [Float]?) -> [Double] {
    let own = features[source]
    return features.indices.map { other in
      guard other != source else { return 1 }
      let shared = weight(of: own.intersection(features[other]))
      let all = weight(of: own.union(features[other]))
      let jaccard = all > 0 ? shared / all : 0
      guard let cosines else { return jaccard }
      return (jaccard + Double(max(0, cosines[other]))) / 2
    }
  }

  /// What most of the catalogue shares says nothing: only what at most a third of it has.
  func shared(_ a: Int, _ b: Int) -> [String] {
    features[a].intersection(features[b]).filter { weights[$0] ?? 0 > 1.1 }.sorted { (weights[$0] ?? 0, $1) > (weights[$1] ?? 0, $0) }
  }

  private func weight(of features: Set<String>) -> Double { features.reduce(0) { $0 + (weights[$1] ?? 0) } }
}
