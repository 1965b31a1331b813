/// Two symbols that stand side by side, the left one in the upper half.
struct SymbolPair: Hashable, Comparable, Sendable {
  private let bits: UInt64

  init(_ left: Int32, _ right: Int32) { bits = UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right)) }

  var left: Int32 { Int32(truncatingIfNeeded: bits >> 32) }
  var right: Int32 { Int32(truncatingIfNeeded: bits) }

  static func < (a: Self, b: Self) -> Bool { a.bits < b.bits }
}

/// A pair that could be merged next. The more frequent one comes first; of two that are equally frequent, the one whose left symbol is older,
/// then the one whose right symbol is.
struct MergeCandidate: Comparable, Sendable {
  let count: Int
  let pair: SymbolPair

  static func < (a: Self, b: Self) -> Bool { a.count != b.count ? a.count > b.count : a.pair < b.pair }
}
