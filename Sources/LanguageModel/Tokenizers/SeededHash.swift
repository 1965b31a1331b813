/// Folded multiplication (as in wyhash) with a seed of its own for each table: a hostile vocabulary cannot be made to collide.
struct SeededHash: Sendable {
  private let seed = UInt64.random(in: .min ... .max)
  private static let odd: UInt64 = 0x9E37_79B9_7F4A_7C15

  func callAsFunction(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var state = UInt64(bytes.count)
    var word: UInt64 = 0
    for i in 0..<bytes.count {
      word = word << 8 | UInt64(bytes[i])
      if i & 7 == 7 {
        state = mix(state ^ word)
        word = 0
      }
    }
    return mix(state ^ word)
  }

  func callAsFunction(_ word: UInt64) -> UInt64 { mix(word) }

  private func mix(_ word: UInt64) -> UInt64 {
    let product = (word ^ seed).multipliedFullWidth(by: Self.odd)
    return product.high ^ product.low
  }

  static func tag(_ hash: UInt64) -> UInt32 { UInt32(hash >> 32) }

  /// The size of a table for `capacity` entries: a power of two, at least half of it empty.
  static func slotCount(_ capacity: Int) -> Int {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    return size
  }
}
