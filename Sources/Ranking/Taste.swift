import Frames
import Knowledge

/// A user's liking of attribute values, learned from explicit feedback at once and without training.
public enum Taste {
  /// `slot=value` → -1...1. Each signal counts for its strength over the number of signals on that value plus one.
  public static func weights(_ feedback: [(item: String, kind: FeedbackKind)], pack: Pack) -> [String: Double] {
    var sums: [String: (total: Double, count: Double)] = [:]
    for (id, kind) in feedback {
      guard let item = pack.item(id), let strength = strength(of: kind) else { continue }
      // What was liked is the thing, not the weather or the company it suits.
      for (slot, values) in item.attributes
      where pack.manifest.slot(slot)?.type == .enum && !pack.manifest.context.contains(slot) {
        for value in values {
          guard let text = value.text else { continue }
          let key = "\(slot)=\(text)"
          let old = sums[key] ?? (0, 0)
          sums[key] = (old.total + strength, old.count + 1)
        }
      }
    }
    return sums.mapValues { $0.total / ($0.count + 1) }
  }

  static func strength(of kind: FeedbackKind) -> Double? {
    switch kind {
    case .like: 1
    case .chosen: 1
    case .dislike: -1
    case .skip: -0.2
    case .open, .dwell: 0.3
    case .known, .rating, .impression: nil
    }
  }
}
