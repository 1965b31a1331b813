/// The symbols of a text as a linked list, merged pair by pair in the order of rank, at equal rank from the left. The queue is a binary
/// heap whose outdated entries are passed over, so that n symbols take O(n log n).
///
/// Kept between texts, so that its memory is allocated once.
struct SymbolChain {
  struct Symbol {
    var id: Int32
    /// The symbol's bytes in the text.
    var start: Int32
    var end: Int32
    fileprivate var previous: Int32
    fileprivate var next: Int32
    /// The merge with the next symbol: its rank, and what it gives.
    fileprivate var rank: UInt32 = .max
    fileprivate var merged: Int32 = -1
  }

  private var symbols: [Symbol] = []
  /// Rank in the upper half, index of the left symbol in the lower; the lowest on top.
  private var heap: [UInt64] = []

  mutating func removeAll() {
    symbols.removeAll(keepingCapacity: true)
    heap.removeAll(keepingCapacity: true)
  }

  /// - Parameter bytes: where the symbol lies in the text, which is shorter than 2 GiB.
  mutating func append(_ id: Int32, _ bytes: Range<Int>) {
    let index = Int32(symbols.count)
    if index > 0 { symbols[Int(index) - 1].next = index }
    symbols.append(
      Symbol(id: id, start: Int32(bytes.lowerBound), end: Int32(bytes.upperBound), previous: index - 1, next: -1))
  }

  /// Merges for as long as `merge` knows a merge of two neighbours.
  mutating func mergeAll(_ merge: (_ left: Symbol, _ right: Symbol) -> Merge?) {
    for index in symbols.indices { consider(Int32(index), merge) }
    while let top = pop() {
      let index = Int(top & 0xFFFF_FFFF)
      let left = symbols[index]
      guard left.next >= 0, left.rank == UInt32(top >> 32) else { continue }
      let right = symbols[Int(left.next)]
      symbols[index].id = left.merged
      symbols[index].end = right.end
      symbols[index].next = right.next
      symbols[Int(left.next)].next = -1
      symbols[Int(left.next)].rank = .max
      if right.next >= 0 { symbols[Int(right.next)].previous = Int32(index) }
      consider(Int32(index), merge)
      if left.previous >= 0 { consider(left.previous, merge) }
    }
  }

  func forEach(_ body: (Symbol) -> Void) {
    var index: Int32 = symbols.isEmpty ? -1 : 0
    while index >= 0 {
      body(symbols[Int(index)])
      index = symbols[Int(index)].next
    }
  }

  /// Queues the merge of the symbol at `index` with its next, if there is one.
  private mutating func consider(_ index: Int32, _ merge: (Symbol, Symbol) -> Merge?) {
    let left = symbols[Int(index)]
    guard left.next >= 0, let found = merge(left, symbols[Int(left.next)]), found.rank < .max else {
      symbols[Int(index)].rank = .max
      return
    }
    symbols[Int(index)].rank = found.rank
    symbols[Int(index)].merged = found.symbol
    push(UInt64(found.rank) << 32 | UInt64(UInt32(bitPattern: index)))
  }

  private mutating func push(_ key: UInt64) {
    heap.append(key)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if heap[parent] <= key { break }
      heap[child] = heap[parent]
      child = parent
    }
    heap[child] = key
  }

  private mutating func pop() -> UInt64? {
    guard let top = heap.first else { return nil }
    let key = heap.removeLast()
    guard !heap.isEmpty else { return top }
    var parent = 0
    while true {
      var child = parent * 2 + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
      if key <= heap[child] { break }
      heap[parent] = heap[child]
      parent = child
    }
    heap[parent] = key
    return top
  }
}
