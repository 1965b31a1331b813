/// Many short byte strings in one allocation.
package struct PackedBytes: Sendable {
  private var storage: [UInt8] = []
  /// Where each string ends.
  private var ends: [Int] = []

  package init() {}

  package var count: Int { ends.count }

  package func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

  package subscript(index: Int) -> ArraySlice<UInt8> { storage[range(index)] }

  package mutating func append(_ bytes: some Sequence<UInt8>) {
    storage.append(contentsOf: bytes)
    ends.append(storage.count)
  }

  /// Whether string `index` is `bytes`.
  func equals(_ index: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let range = range(index)
    guard range.count == bytes.count else { return false }
    return storage.withUnsafeBufferPointer { own in
      for i in 0..<bytes.count where own[range.lowerBound + i] != bytes[i] { return false }
      return true
    }
  }
}
