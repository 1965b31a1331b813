/// A hash table from byte strings to token ids, asked with slices of a text, so that a look-up allocates nothing.
///
/// Linear probing at a load of at most one half.
package struct ByteStringTable: Sendable {
  private struct Slot {
    /// An index into `keys`, or -1.
    var index: Int32 = -1
    /// The upper half of the key's hash: most keys that differ are told apart by it.
    var tag: UInt32 = 0
  }
  private var keys = PackedBytes()
  private var values: [Int32] = []
  private var slots: [Slot]
  private let hash = SeededHash()
  private(set) var longestKey = 0

  package init(capacity: Int = 0) { slots = [Slot](repeating: Slot(), count: SeededHash.slotCount(capacity)) }

  /// Sets the value of `key`, unless it has one already.
  /// - Returns: the value that `key` has now.
  @discardableResult
  package mutating func insert(_ key: UnsafeBufferPointer<UInt8>, _ value: Int32) -> Int32 {
    if values.count * 2 >= slots.count { grow() }
    let hashed = hash(key)
    let (slot, found) = place(key, hashed)
    if let found { return values[found] }
    slots[slot] = Slot(index: Int32(keys.count), tag: SeededHash.tag(hashed))
    keys.append(key)
    values.append(value)
    longestKey = max(longestKey, key.count)
    return value
  }

  @discardableResult
  package mutating func insert(_ key: [UInt8], _ value: Int32) -> Int32 { key.withUnsafeBufferPointer { insert($0, value) } }

  func find(_ key: UnsafeBufferPointer<UInt8>) -> Int32? {
    guard key.count <= longestKey, let index = place(key, hash(key)).found else { return nil }
    return values[index]
  }

  func find(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int32? {
    find(UnsafeBufferPointer(rebasing: text[range]))
  }

  package func find(_ key: [UInt8]) -> Int32? { key.withUnsafeBufferPointer { find($0) } }

  private func place(_ key: UnsafeBufferPointer<UInt8>, _ hashed: UInt64) -> (slot: Int, found: Int?) {
    let mask = slots.count - 1
    let tag = SeededHash.tag(hashed)
    var place = Int(truncatingIfNeeded: hashed) & mask
    while true {
      let slot = slots[place]
      if slot.index < 0 { return (place, nil) }
      if slot.tag == tag, keys.equals(Int(slot.index), key) { return (place, Int(slot.index)) }
      place = (place + 1) & mask
    }
  }

  private mutating func grow() {
    slots = [Slot](repeating: Slot(), count: slots.count * 2)
    let mask = slots.count - 1
    for index in 0..<keys.count {
      let hashed = keys[index].withUnsafeBufferPointer { hash($0) }
      var place = Int(truncatingIfNeeded: hashed) & mask
      while slots[place].index >= 0 { place = (place + 1) & mask }
      slots[place] = Slot(index: Int32(index), tag: SeededHash.tag(hashed))
    }
  }
}
