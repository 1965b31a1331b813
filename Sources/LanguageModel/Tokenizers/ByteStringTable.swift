/// A hash table from byte strings to token ids, asked with slices of a text, so that a look-up allocates nothing.
///
/// Linear probing at a load of at most one half. The hash is seeded anew in each process: a hostile vocabulary cannot be made to collide.
struct ByteStringTable: Sendable {
  private var keys = PackedBytes()
  private var values: [Int32] = []
  /// An index into `keys`, or -1.
  private var slots: [Int32]
  private(set) var longestKey = 0

  init(capacity: Int = 0) { slots = [Int32](repeating: -1, count: Self.slotCount(capacity)) }

  var count: Int { values.count }

  private static func slotCount(_ capacity: Int) -> Int {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    return size
  }

  /// Sets the value of `key`, unless it has one already.
  /// - Returns: the value that `key` has now.
  @discardableResult
  mutating func insert(_ key: [UInt8], _ value: Int32) -> Int32 {
    if values.count * 2 >= slots.count { grow() }
    let (slot, found) = key.withUnsafeBufferPointer { place($0) }
    if let found { return values[found] }
    slots[slot] = Int32(keys.count)
    keys.append(key)
    values.append(value)
    longestKey = max(longestKey, key.count)
    return value
  }

  func find(_ key: UnsafeBufferPointer<UInt8>) -> Int32? {
    guard key.count <= longestKey, let index = place(key).found else { return nil }
    return values[index]
  }

  func find(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int32? {
    find(UnsafeBufferPointer(rebasing: text[range]))
  }

  func find(_ key: [UInt8]) -> Int32? { key.withUnsafeBufferPointer { find($0) } }

  private func place(_ key: UnsafeBufferPointer<UInt8>) -> (slot: Int, found: Int?) {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: SeededHash.hash(key)) & mask
    while slots[slot] >= 0 {
      let index = Int(slots[slot])
      if keys.equals(index, key) { return (slot, index) }
      slot = (slot + 1) & mask
    }
    return (slot, nil)
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    for index in 0..<keys.count {
      let slot = keys[index].withUnsafeBufferPointer { place($0).slot }
      slots[slot] = Int32(index)
    }
  }
}

/// Folded multiplication (as in wyhash) with a seed of this process.
enum SeededHash {
  private static let seed = UInt64.random(in: .min ... .max)
  private static let secret: UInt64 = 0x9E37_79B9_7F4A_7C15

  static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var state = seed ^ UInt64(bytes.count)
    var word: UInt64 = 0
    for (i, byte) in bytes.enumerated() {
      word = word << 8 | UInt64(byte)
      if i & 7 == 7 {
        state = mix(state ^ word)
        word = 0
      }
    }
    return mix(state ^ word)
  }

  static func hash(_ word: UInt64) -> UInt64 { mix(seed ^ word) }

  private static func mix(_ word: UInt64) -> UInt64 {
    let product = (word ^ seed).multipliedFullWidth(by: secret)
    return product.high ^ product.low
  }
}
