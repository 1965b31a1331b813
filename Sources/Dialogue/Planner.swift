import Foundation
import Frames
import Knowledge
import Ranking
import Retrieval

/// Puts ranked items into an outing: a few stops of different kinds, near each other where positions are known.
struct Planner {
  let pack: Pack

  struct Outing {
    var stops: [Ranked]
    /// Metres in a straight line between stop n and n + 1.
    var distances: [Int]
  }

  /// - Parameter minutes: how long all stops together may take; nil for no bound.
  func outing(from ranked: [Ranked], stops count: Int = 3, within minutes: Double? = nil) -> Outing {
    guard let first = ranked.first(where: { duration($0) <= minutes ?? .infinity }) ?? ranked.first else {
      return Outing(stops: [], distances: [])
    }
    var chosen = [first]
    var rest = ranked.filter { $0.candidate.item != first.candidate.item }
    while chosen.count < count, !rest.isEmpty {
      if let minutes {
        let left = minutes - chosen.reduce(0) { $0 + duration($1) }
        rest.removeAll { duration($0) > left }
      }
      let kinds = Set(chosen.map { pack.items[$0.candidate.item].kind })
      var best: (index: Int, value: Double)?
      for (index, candidate) in rest.enumerated() {
        let item = pack.items[candidate.candidate.item]
        var value = candidate.score / max(1e-6, first.score)
        if kinds.contains(item.kind) { value -= 0.5 }
        // One kilometre costs as much as half of the best score.
        if let metres = distance(pack.items[chosen.last!.candidate.item], item) { value -= Double(metres) / 2000 }
        if value > best?.value ?? -.infinity { best = (index, value) }
      }
      guard let best else { break }
      chosen.append(rest.remove(at: best.index))
    }
    let ordered = nearestFirst(chosen)
    let items = ordered.map { pack.items[$0.candidate.item] }
    let legs = zip(items, items.dropFirst()).compactMap { distance($0, $1) }
    return Outing(stops: ordered, distances: legs.count == items.count - 1 ? legs : [])
  }

  /// Minutes that an item takes by the pack's duration slot; 0 where it does not say.
  private func duration(_ ranked: Ranked) -> Double {
    guard let slot = pack.manifest.durationSlot else { return 0 }
    return pack.items[ranked.candidate.item].attributes[slot]?.first?.number ?? 0
  }

  /// Greedy shortest way from the first stop; as ranked where positions are unknown.
  private func nearestFirst(_ stops: [Ranked]) -> [Ranked] {
    guard var at = stops.first else { return stops }
    var rest = Array(stops.dropFirst())
    var way = [at]
    while !rest.isEmpty {
      let here = pack.items[at.candidate.item]
      let index = rest.indices.min {
        (distance(here, pack.items[rest[$0].candidate.item]) ?? .max) < (distance(here, pack.items[rest[$1].candidate.item]) ?? .max)
      }!
      at = rest.remove(at: index)
      way.append(at)
    }
    return way
  }

  /// Metres on the sphere (haversine), rounded to 50; nil where a position is missing.
  func distance(_ a: Item, _ b: Item) -> Int? {
    guard let y1 = a.latitude, let x1 = a.longitude, let y2 = b.latitude, let x2 = b.longitude else { return nil }
    let radians = Double.pi / 180
    let h = pow(sin((y2 - y1) * radians / 2), 2) + cos(y1 * radians) * cos(y2 * radians) * pow(sin((x2 - x1) * radians / 2), 2)
    let metres = 2 * 6_371_000 * asin(min(1, h.squareRoot()))
    return max(50, Int((metres / 50).rounded()) * 50)
  }
}
