import Foundation

/// Memory for vector instructions: it begins on a cache line, or on a huge page where it is large, because a walk over 20 MB of weights in
/// small pages costs much in page tables.
///
/// Proof for `@unchecked Sendable`: the properties are constants, and the contents have one user at a time or are only read:
/// `BERTWeights` writes before it is shared, `ScratchPool` lends a piece to one call alone.
final class AlignedMemory: @unchecked Sendable {
  let start: UnsafeMutableRawPointer
  let byteCount: Int
  private static let hugePage = 2 << 20

  init(byteCount: Int) {
    let alignment = byteCount >= 2 * Self.hugePage ? Self.hugePage : 64
    start = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: alignment)
    self.byteCount = byteCount
    #if os(Linux)
      // Only advice: where it is refused, small pages serve.
      if alignment == Self.hugePage { madvise(start, byteCount, Int32(MADV_HUGEPAGE)) }
    #endif
  }

  deinit { start.deallocate() }
}
