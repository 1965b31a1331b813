/// What two neighbouring symbols merge into, and how early.
struct Merge: Equatable {
  /// The lowest rank goes first.
  var rank: UInt32
  var symbol: Int32
}

/// A hash table from pairs of symbols to their merge: the inner loop of byte-pair encoding. Linear probing at a load of at most one half.
struct PairTable: Sendable {
  private struct Slot {
    /// Both symbols, or `empty`: symbols are never negative.
    var pair: UInt64 = .max
    var rank: UInt32 = 0
    var symbol: Int32 = 0
  }
  private var slots: [Slot]
  private var count = 0
  private let hash = SeededHash()

  init(capacity: Int) { slots = [Slot](repeating: Slot(), count: SeededHash.slotCount(capacity)) }

  /// Adds a merge unless the pair has one already: the first of a list counts. Never more than `capacity`.
  mutating func insert(_ left: Int32, _ right: Int32, _ merge: Merge) {
    let pair = Self.pair(left, right)
    let slot = place(pair)
    guard slots[slot].pair != pair, count * 2 < slots.count else { return }
    slots[slot] = Slot(pair: pair, rank: merge.rank, symbol: merge.symbol)
    count += 1
  }

  func find(_ left: Int32, _ right: Int32) -> Merge? {
    guard left >= 0, right >= 0 else { return nil }
    let pair = Self.pair(left, right)
    let slot = slots[place(pair)]
    return slot.pair == pair ? Merge(rank: slot.rank, symbol: slot.symbol) : nil
  }

  private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  private func place(_ pair: UInt64) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash(pair)) & mask
    while slots[slot].pair != pair, slots[slot].pair != .max { slot = (slot + 1) & mask }
    return slot
  }
}
