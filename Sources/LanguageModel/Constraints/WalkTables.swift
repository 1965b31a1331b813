/// The vocabulary's trie for the inner loop of `MaskWalk`, valid within `VocabularyTrie.withNodes`.
struct UnsafeVocabularyNodes {
  let count: Int
  let labels: UnsafePointer<UInt8>
  let depths: UnsafePointer<UInt16>
  let skips: UnsafePointer<Int32>
  let tokenStarts: UnsafePointer<Int32>
  let tokenOrder: UnsafePointer<Int32>
}

/// The steps that an automaton has taken before, valid within `PushdownAutomaton.withTable`.
struct UnsafeStepTable {
  let rows: UnsafePointer<Int32>
  let transitions: UnsafePointer<Int32>
  let byteClass: UnsafePointer<UInt8>
  let laneCounts: UnsafePointer<Int8>

  /// The state after `byte`, `PushdownAutomaton.dead`, or `PushdownAutomaton.unknown`.
  @inline(__always)
  func next(_ state: Int32, _ byte: UInt8) -> Int32 {
    let row = rows[Int(state)]
    return row < 0 ? PushdownAutomaton.unknown : transitions[Int(row) + Int(byteClass[Int(byte)])]
  }
}

/// Calls `body` with a pointer to the elements, of which there may be none: then it must not be read.
func withPointer<Element>(_ array: [Element], _ body: (UnsafePointer<Element>) -> Void) {
  array.withUnsafeBufferPointer { buffer in
    if let base = buffer.baseAddress { body(base) }
  }
}
