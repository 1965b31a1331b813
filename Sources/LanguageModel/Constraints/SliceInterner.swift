/// Gives equal sequences of numbers the same id: ids count up from 0 (hash consing).
struct SliceInterner: Sendable {
  private(set) var storage: [Int32] = []
  private var starts: [Int32] = [0]
  /// Open addressing, a power of two; −1 is free.
  private var table = [Int32](repeating: -1, count: 64)

  var count: Int { starts.count - 1 }

  /// Where the elements of `id` lie in `storage`.
  @inline(__always)
  func range(_ id: Int32) -> Range<Int> { Int(starts[Int(id)])..<Int(starts[Int(id) + 1]) }

  subscript(id: Int32) -> ArraySlice<Int32> { storage[range(id)] }

  mutating func intern(_ elements: [Int32]) -> Int32 {
    var slot = Self.hash(elements[...]) & (table.count - 1)
    while table[slot] >= 0 {
      if self[table[slot]].elementsEqual(elements) { return table[slot] }
      slot = (slot + 1) & (table.count - 1)
    }
    let id = Int32(count)
    storage.append(contentsOf: elements)
    starts.append(Int32(storage.count))
    table[slot] = id
    if count * 2 > table.count { grow() }
    return id
  }

  private mutating func grow() {
    table = [Int32](repeating: -1, count: table.count * 2)
    for id in 0..<Int32(count) {
      var slot = Self.hash(self[id]) & (table.count - 1)
      while table[slot] >= 0 { slot = (slot + 1) & (table.count - 1) }
      table[slot] = id
    }
  }

  private static func hash(_ elements: ArraySlice<Int32>) -> Int {
    var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
    for element in elements {
      hash = (hash ^ UInt64(UInt32(bitPattern: element))) &* 0xFF51_AFD7_ED55_8CCD
      hash ^= hash >> 32
    }
    return Int(truncatingIfNeeded: hash & 0x7FFF_FFFF_FFFF_FFFF)
  }
}
