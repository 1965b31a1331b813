import Frames
import Knowledge

/// Says how well an item meets a constraint, from the item's own values.
public struct ConstraintMatcher: Sendable {
  private let pack: Pack
  private let slots: [String: Slot]
  /// Places of ordered values: slot → value → index.
  private let order: [String: [String: Int]]

  public init(pack: Pack) {
    self.pack = pack
    slots = Dictionary(pack.manifest.slots.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    order = Dictionary(
      pack.manifest.slots.filter { $0.type == .ordered }.map { slot in
        (slot.name, Dictionary(slot.values.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first }))
      }, uniquingKeysWith: { first, _ in first })
  }

  /// True when met, false when not, nil when the item has no value for the slot.
  public func meets(_ item: Int, _ constraint: Constraint) -> Bool? {
    guard let values = pack.items[item].attributes[constraint.slot], !values.isEmpty else { return nil }
    let met = values.contains { matches($0, constraint) }
    return constraint.polarity == .negative ? !met : met
  }

  private func matches(_ value: AttributeValue, _ constraint: Constraint) -> Bool {
    switch constraint.op {
    case .is, .in, .near:
      if let text = value.text { return constraint.value.contains(text) }
      return value.number.map { number in constraint.value.contains { Double($0) == number } } ?? false
    case .lt, .le, .gt, .ge:
      guard let limit = constraint.value.first, let a = position(value, constraint.slot),
        let b = position(.text(limit), constraint.slot)
      else { return false }
      switch constraint.op {
      case .lt: return a < b
      case .le: return a <= b
      case .gt: return a > b
      default: return a >= b
      }
    case .between:
      guard constraint.value.count == 2, let a = position(value, constraint.slot),
        let low = position(.text(constraint.value[0]), constraint.slot),
        let high = position(.text(constraint.value[1]), constraint.slot)
      else { return false }
      return a >= low && a <= high
    }
  }

  private func position(_ value: AttributeValue, _ slot: String) -> Double? {
    if let number = value.number { return number }
    guard let text = value.text else { return nil }
    if let index = order[slot]?[text] { return Double(index) }
    return Double(text)
  }

  /// Mean of the share of conditions and the share of wishes that the item meets; of the one kind where there is no other.
  ///
  /// Apart, since every item that passes meets all conditions: in one sum a long list of them would drown the wishes.
  /// - Parameter fresh: what was said last counts double.
  public func score(_ item: Int, _ constraints: [Constraint], fresh: [Constraint] = []) -> Double {
    let shares = [Strength.must, .prefer].compactMap { strength in
      share(item, constraints.filter { $0.strength == strength }, fresh)
    }
    return shares.isEmpty ? 0 : shares.reduce(0, +) / Double(shares.count)
  }

  private func share(_ item: Int, _ constraints: [Constraint], _ fresh: [Constraint]) -> Double? {
    var gained = 0.0
    var total = 0.0
    for constraint in constraints {
      let weight = fresh.contains(constraint) ? 2.0 : 1.0
      total += weight
      if meets(item, constraint) == true { gained += weight }
    }
    return total == 0 ? nil : gained / total
  }

  /// The first `must` that the item fails; an item that does not say is not held to fail a negative.
  public func fails(_ item: Int, _ constraints: [Constraint]) -> Constraint? {
    constraints.first { constraint in
      guard constraint.strength == .must else { return false }
      switch meets(item, constraint) {
      case .some(let met): return !met
      case nil: return constraint.polarity == .positive
      }
    }
  }
}
