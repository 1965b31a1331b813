import Frames
import Knowledge

/// What people did with the items: how they were received, and which were liked together.
///
/// Updated by every event; nothing is trained. Co-liking is the cosine of the items' sets of people (Sarwar et al. 2001).
public struct BehaviourIndex: Sendable {
  private let positions: [String: Int]
  private var received: [(sum: Double, count: Double)]
  /// item → people who liked it
  private var fans: [Int: Set<String>] = [:]
  /// person → items liked
  private var likedBy: [String: Set<Int>] = [:]

  public init(pack: Pack) {
    positions = pack.itemIndex
    received = [(Double, Double)](repeating: (0, 0), count: pack.items.count)
  }

  static func strength(of kind: FeedbackKind) -> Double {
    switch kind {
    case .like, .chosen: 1
    case .open, .dwell: 0.3
    case .skip: -0.2
    case .dislike: -1
    case .known, .rating, .impression: 0
    }
  }

  public mutating func note(item: String, person: String, kind: FeedbackKind) {
    guard let index = positions[item] else { return }
    let strength = Self.strength(of: kind)
    guard strength != 0 else { return }
    received[index].sum += strength
    received[index].count += 1
    if strength >= 1 {
      fans[index, default: []].insert(person)
      likedBy[person, default: []].insert(index)
    } else if strength <= -1 {
      fans[index]?.remove(person)
      likedBy[person]?.remove(index)
    }
  }

  /// -1...1 for every item: mostly what goes with the liked items, a little how everyone received it.
  public func scores(liked: [String]) -> [Double] {
    // Two unseen opinions of zero keep one early voice from deciding.
    var result = received.map { 0.3 * $0.sum / ($0.count + 2) }
    for id in liked {
      guard let index = positions[id], let people = fans[index] else { continue }
      for (other, crowd) in together(with: people) where other != index {
        result[other] += 0.7 * crowd / (Double(people.count) * Double(fans[other]?.count ?? 1)).squareRoot() / Double(liked.count)
      }
    }
    return result
  }

  private func together(with people: Set<String>) -> [Int: Double] {
    var counts: [Int: Double] = [:]
    for person in people { for item in likedBy[person] ?? [] { counts[item, default: 0] += 1 } }
    return counts
  }
}
