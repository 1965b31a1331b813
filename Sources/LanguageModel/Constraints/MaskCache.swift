/// The masks of the states seen last; the one that was not asked for longest goes first.
struct MaskCache: Sendable {
  private struct Entry {
    var mask: TokenMask
    var lastUse: UInt64
  }

  let capacity: Int
  private var entries: [PatternState: Entry] = [:]
  private var clock: UInt64 = 0
  private(set) var hits = 0
  private(set) var misses = 0

  init(capacity: Int) { self.capacity = max(1, capacity) }

  mutating func mask(of state: PatternState) -> TokenMask? {
    clock += 1
    guard let index = entries.index(forKey: state) else {
      misses += 1
      return nil
    }
    hits += 1
    entries.values[index].lastUse = clock
    return entries.values[index].mask
  }

  mutating func insert(_ mask: TokenMask, for state: PatternState) {
    clock += 1
    if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
      entries[oldest.key] = nil
    }
    entries[state] = Entry(mask: mask, lastUse: clock)
  }
}
