/// The tokens that may come next: one bit a token id, 64 to a word.
public struct TokenMask: Sendable, Equatable {
  /// Size of the vocabulary.
  public let count: Int
  /// `(count + 63) / 64` words; token `t` is bit `t % 64` of word `t / 64`. Bits past the vocabulary are 0.
  public internal(set) var words: [UInt64]

  /// No token is allowed.
  public init(count: Int) {
    self.count = count
    words = [UInt64](repeating: 0, count: (count + 63) / 64)
  }

  public func contains(_ token: Int32) -> Bool {
    guard token >= 0, token < count else { return false }
    return words[Int(token) >> 6] >> UInt64(token & 63) & 1 == 1
  }

  mutating func insert(_ token: Int32) { words[Int(token) >> 6] |= 1 << UInt64(token & 63) }

  /// Keeps what `other` allows too. Both are over the same vocabulary.
  mutating func formIntersection(_ other: TokenMask) {
    for index in 0..<Swift.min(words.count, other.words.count) { words[index] &= other.words[index] }
  }

  public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

  /// How many tokens are allowed.
  public var allowedCount: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// The allowed token if there is but one: it needs no forward pass.
  public var onlyToken: Int32? {
    var found: Int32?
    for (index, word) in words.enumerated() where word != 0 {
      if found != nil || word & (word - 1) != 0 { return nil }
      found = Int32(index * 64 + word.trailingZeroBitCount)
    }
    return found
  }

  /// Calls `body` with every allowed token, in ascending order.
  public func forEach(_ body: (Int32) -> Void) {
    for (index, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        body(Int32(index * 64 + rest.trailingZeroBitCount))
        rest &= rest - 1
      }
    }
  }

  /// Whether `body` holds for every allowed token; asks in ascending order, and no further than the first for which it does not.
  func allSatisfy(_ body: (Int32) -> Bool) -> Bool {
    for (index, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        guard body(Int32(index * 64 + rest.trailingZeroBitCount)) else { return false }
        rest &= rest - 1
      }
    }
    return true
  }

  /// Sets the logits of all other tokens to −∞. `logits` has `count` elements.
  public func apply(to logits: UnsafeMutableBufferPointer<Float>) {
    for (index, word) in words.enumerated() where word != .max {
      let base = index * 64
      for bit in 0..<Swift.min(64, Swift.min(count, logits.count) - base) where word >> UInt64(bit) & 1 == 0 {
        logits[base + bit] = -.infinity
      }
    }
  }
}
