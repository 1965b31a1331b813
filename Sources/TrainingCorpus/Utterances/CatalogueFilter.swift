import Frames
import Knowledge

/// Which items meet constraints, wishes as strictly as conditions: for examples whose answer has to be beyond doubt.
struct CatalogueFilter {
  let pack: Pack

  func matches(_ item: Item, _ constraints: [Constraint]) -> Bool { constraints.allSatisfy { matches(item, $0) } }

  private func matches(_ item: Item, _ constraint: Constraint) -> Bool {
    guard let slot = pack.manifest.slot(constraint.slot) else { return false }
    let own = item.values(of: slot.name)
    let isMet =
      switch constraint.op {
      case .is, .in, .near: !Set(own).isDisjoint(with: constraint.value)
      case .lt, .le, .gt, .ge, .between: own.contains { isWithin($0, slot, constraint) }
      }
    return constraint.polarity == .positive ? isMet : !isMet
  }

  private func isWithin(_ value: String, _ slot: Slot, _ constraint: Constraint) -> Bool {
    func place(_ text: String) -> Double? {
      slot.type == .number ? Double(text) : slot.values.firstIndex { $0.id == text }.map(Double.init)
    }
    let limits = constraint.value.compactMap(place)
    guard let own = place(value), let first = limits.first, let last = limits.last else { return false }
    switch constraint.op {
    case .lt: return own < first
    case .le: return own <= first
    case .gt: return own > first
    case .ge: return own >= first
    case .between: return limits.count == 2 && first <= own && own <= last
    case .is, .in, .near: return own == first
    }
  }
}
