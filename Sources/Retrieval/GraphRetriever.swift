import Frames
import Knowledge

/// An item reached from a node of the request, with the path that was walked.
public struct GraphHit: Sendable, Hashable {
  public var item: String
  public var score: Double
  /// Node, predicate, node, ...; a predicate walked backwards ends in `^-1`.
  public var path: [String]
}

/// Spreads from the nodes of a request along weighted relations to the items (at most three hops).
public struct GraphRetriever: Sendable {
  private let graph: KnowledgeGraph
  private let isItem: @Sendable (String) -> Bool
  private let weights: [String: Double]
  /// A node with more neighbours than this says little about any one of them.
  static let fanOut = 400

  public init(pack: Pack) {
    graph = pack.graph
    let ids = Set(pack.items.map(\.id))
    isItem = { ids.contains($0) }
    var weights: [String: Double] = [:]
    for relation in pack.manifest.relations { weights[relation.predicate] = relation.weight }
    for slot in pack.manifest.slots {
      if let predicate = slot.predicate, weights[predicate] == nil { weights[predicate] = 0.7 }
    }
    self.weights = weights
  }

  /// Best path to each reached item, best item first.
  public func search(from starts: [String], hops: Int = 3, limit: Int = 50) -> [GraphHit] {
    var best: [String: GraphHit] = [:]
    for start in starts {
      var frontier: [String: (score: Double, path: [String])] = [start: (1, [start])]
      var visited: Set<String> = [start]
      if isItem(start) { keep(GraphHit(item: start, score: 1, path: [start]), in: &best) }
      for _ in 0..<hops {
        var next: [String: (score: Double, path: [String])] = [:]
        for (node, reached) in frontier.sorted(by: { $0.key < $1.key }) {
          // Walking on through an item would make everything near everything.
          if isItem(node), node != start { continue }
          for (neighbour, predicate, weight) in neighbours(node) where !visited.contains(neighbour) {
            let score = reached.score * weight
            if score < 0.05 { continue }
            if let known = next[neighbour], known.score >= score { continue }
            next[neighbour] = (score, reached.path + [predicate, neighbour])
          }
        }
        for (node, reached) in next {
          visited.insert(node)
          if isItem(node) { keep(GraphHit(item: node, score: reached.score, path: reached.path), in: &best) }
        }
        frontier = next
      }
    }
    return Array(best.values.sorted { ($0.score, $1.item) > ($1.score, $0.item) }.prefix(limit))
  }

  private func keep(_ hit: GraphHit, in best: inout [String: GraphHit]) {
    guard var known = best[hit.item] else {
      best[hit.item] = hit
      return
    }
    // Reached from two nodes of the request: both count, the stronger path is the one that is told.
    let sum = known.score + hit.score
    if hit.score > known.score { known = hit }
    known.score = sum
    best[hit.item] = known
  }

  private func neighbours(_ node: String) -> [(String, String, Double)] {
    var result: [(String, String, Double)] = []
    for fact in graph.facts(about: node) where !fact.isLiteral {
      if let weight = weights[fact.predicate], weight > 0 { result.append((fact.object, fact.predicate, weight)) }
    }
    let back = graph.facts(to: node)
    if back.count <= Self.fanOut {
      for fact in back {
        if let weight = weights[fact.predicate], weight > 0 { result.append((fact.subject, fact.predicate + "^-1", weight)) }
      }
    }
    return result
  }
}
