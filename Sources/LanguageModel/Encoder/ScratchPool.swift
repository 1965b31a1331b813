import Synchronization

/// Keeps a few pieces of scratch memory, since asking the system for fresh pages at every text costs more than a short text's attention.
struct ScratchPool: ~Copyable {
  private let free = Mutex<[AlignedMemory]>([])
  /// Larger pieces, which only long texts need, are not kept.
  private static let longestKept = 4 << 20
  private static let mostKept = 4

  /// Lends at least `byteCount` bytes with undefined contents.
  borrowing func with<Result>(byteCount: Int, _ body: (UnsafeMutableRawPointer) -> Result) -> Result {
    let memory = take(byteCount)
    defer { giveBack(memory) }
    return body(memory.start)
  }

  private borrowing func take(_ byteCount: Int) -> AlignedMemory {
    free.withLock { free in
      if let index = free.firstIndex(where: { $0.byteCount >= byteCount }) { return free.remove(at: index) }
      return AlignedMemory(byteCount: byteCount)
    }
  }

  private borrowing func giveBack(_ memory: AlignedMemory) {
    guard memory.byteCount <= Self.longestKept else { return }
    free.withLock { free in
      if free.count < Self.mostKept { free.append(memory) }
    }
  }
}
