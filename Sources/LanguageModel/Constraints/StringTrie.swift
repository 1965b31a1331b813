/// A set of strings as a trie over their UTF-8 bytes, for decoding that can only write one of them: the names of a catalogue.
///
/// Nodes with two or more strings below are entries of flat arrays, laid breadth first so that siblings are neighbours in label
/// order: 6 bytes each. Where one string is left, its rest is kept as bytes. A node is one number. Any split of a name into
/// tokens is followed, since the vocabulary's trie is walked against this one byte by byte.
public struct StringTrie: Sendable {
  public enum BuildError: Error, Equatable, CustomStringConvertible {
    case empty
    case emptyString
    case tooLarge(bytes: Int)

    public var description: String {
      switch self {
      case .empty: "A string trie without strings allows nothing; give at least one string."
      case .emptyString: "A string trie cannot hold the empty string; leave it out, or make the place optional in the grammar (`@name?`)."
      case .tooLarge(let bytes): "The strings have \(bytes) bytes; a string trie holds at most \(StringTrie.byteLimit). Split the set."
      }
    }
  }

  /// Names an entry, a place in the rest of a single string (top bit set), or the root.
  typealias Node = UInt32

  static let root: Node = 0x7FFF_FFFF
  static let byteLimit = 1 << 30
  private static let restFlag: Node = 0x8000_0000
  /// Never part of UTF-8: it ends a rest.
  private static let restEnd: UInt8 = 0xFF

  /// Byte that leads into an entry.
  private var labels: [UInt8] = []
  /// First child, or where the rest begins; the top bit says that a string ends here.
  private var targets: [UInt32] = []
  /// Number of children; 0 means a rest.
  private var childCounts: [UInt8] = []
  private var rootCount: UInt32 = 0
  private var rests: [UInt8] = []
  /// How many different strings there are.
  public private(set) var count = 0

  /// - Throws: `BuildError` for no string, an empty string, or more than 1 GiB.
  public init(_ strings: some Sequence<String>) throws(BuildError) {
    var blob: [UInt8] = []
    var starts: [Int] = [0]
    for string in strings {
      blob.append(contentsOf: string.utf8)
      guard blob.count > starts[starts.count - 1] else { throw .emptyString }
      guard blob.count <= Self.byteLimit else { throw .tooLarge(bytes: blob.count) }
      starts.append(blob.count)
    }
    guard starts.count > 1 else { throw .empty }
    let sorted = Self.sortedUnique(blob, starts)
    count = sorted.count
    build(sorted, blob)
  }

  /// Memory of the arrays in bytes.
  public var byteCount: Int { labels.count * 6 + rests.count }

  /// Whether the set holds `string`.
  public func contains(_ string: some Sequence<UInt8>) -> Bool {
    var node = Self.root
    for byte in string {
      guard let next = child(of: node, byte) else { return false }
      node = next
    }
    return endsString(node)
  }

  public func contains(_ string: String) -> Bool { contains(string.utf8) }

  // MARK: - Walking

  /// The node after `byte`.
  @inline(__always)
  func child(of node: Node, _ byte: UInt8) -> Node? {
    if node & Self.restFlag != 0 {
      let place = node & ~Self.restFlag
      return rests[Int(place)] == byte && byte != Self.restEnd ? node + 1 : nil
    }
    guard let children = children(of: node) else {
      let place = targets[Int(node)] & ~Self.restFlag
      return rests[Int(place)] == byte && byte != Self.restEnd ? Self.restFlag | (place + 1) : nil
    }
    var low = children.lowerBound
    var high = children.upperBound
    while low < high {
      let middle = (low + high) / 2
      if labels[middle] < byte { low = middle + 1 } else { high = middle }
    }
    return low < children.upperBound && labels[low] == byte ? Node(low) : nil
  }

  /// Whether one of the strings ends at `node`.
  @inline(__always)
  func endsString(_ node: Node) -> Bool {
    if node == Self.root { return false }
    if node & Self.restFlag != 0 { return rests[Int(node & ~Self.restFlag)] == Self.restEnd }
    return targets[Int(node)] & Self.restFlag != 0
  }

  /// Whether some string goes on after `node`.
  @inline(__always)
  func hasChildren(_ node: Node) -> Bool {
    if node & Self.restFlag != 0 { return rests[Int(node & ~Self.restFlag)] != Self.restEnd }
    if children(of: node) != nil { return true }
    return rests[Int(targets[Int(node)] & ~Self.restFlag)] != Self.restEnd
  }

  /// The bytes that may follow `node`.
  func nextBytes(_ node: Node) -> ByteSet {
    var set = ByteSet()
    if node & Self.restFlag == 0, let children = children(of: node) {
      for child in children { set.insert(labels[child]) }
      return set
    }
    let place = node & Self.restFlag != 0 ? node & ~Self.restFlag : targets[Int(node)] & ~Self.restFlag
    if rests[Int(place)] != Self.restEnd { set.insert(rests[Int(place)]) }
    return set
  }

  /// All bytes that some string has.
  var alphabet: ByteSet {
    var set = ByteSet()
    for byte in labels { set.insert(byte) }
    for byte in rests where byte != Self.restEnd { set.insert(byte) }
    return set
  }

  @inline(__always)
  private func children(of node: Node) -> Range<Int>? {
    if node == Self.root { return 0..<Int(rootCount) }
    let size = Int(childCounts[Int(node)])
    guard size > 0 else { return nil }
    let first = Int(targets[Int(node)] & ~Self.restFlag)
    return first..<first + size
  }

  // MARK: - Building

  private static func sortedUnique(_ blob: [UInt8], _ starts: [Int]) -> [Range<Int>] {
    blob.withUnsafeBufferPointer { bytes in
      let ranges = (0..<starts.count - 1).map { starts[$0]..<starts[$0 + 1] }
      let sorted = ranges.sorted { compare(bytes, $0, $1) < 0 }
      var unique: [Range<Int>] = []
      unique.reserveCapacity(sorted.count)
      for range in sorted {
        if let last = unique.last, compare(bytes, last, range) == 0 { continue }
        unique.append(range)
      }
      return unique
    }
  }

  private static func compare(_ bytes: UnsafeBufferPointer<UInt8>, _ left: Range<Int>, _ right: Range<Int>) -> Int {
    let shared = Swift.min(left.count, right.count)
    for offset in 0..<shared {
      let (one, other) = (bytes[left.lowerBound + offset], bytes[right.lowerBound + offset])
      if one != other { return one < other ? -1 : 1 }
    }
    return left.count - right.count
  }

  /// Breadth first: each step lays the children of one node side by side.
  private mutating func build(_ strings: [Range<Int>], _ blob: [UInt8]) {
    /// A node whose children are still to be laid: its strings all share `depth` bytes and go on after them.
    struct Pending {
      var strings: Range<Int>
      var depth: Int
      var entry: Int?
    }
    var queue = [Pending(strings: 0..<strings.count, depth: 0, entry: nil)]
    var head = 0
    while head < queue.count {
      let node = queue[head]
      head += 1
      let firstChild = labels.count
      var low = node.strings.lowerBound
      while low < node.strings.upperBound {
        let byte = blob[strings[low].lowerBound + node.depth]
        var high = low + 1
        while high < node.strings.upperBound, blob[strings[high].lowerBound + node.depth] == byte { high += 1 }
        if let below = addEntry(byte, low..<high, depth: node.depth + 1, strings, blob) {
          queue.append(Pending(strings: below, depth: node.depth + 1, entry: labels.count - 1))
        }
        low = high
      }
      let size = labels.count - firstChild
      if let entry = node.entry {
        targets[entry] |= UInt32(firstChild)
        childCounts[entry] = UInt8(size)
      } else {
        rootCount = UInt32(size)
      }
      if head > 4096, head * 2 > queue.count {
        queue.removeFirst(head)
        head = 0
      }
    }
  }

  /// - Returns: the strings that children are to be laid for, if there is more than one.
  private mutating func addEntry(
    _ byte: UInt8, _ group: Range<Int>, depth: Int, _ strings: [Range<Int>], _ blob: [UInt8]
  ) -> Range<Int>? {
    labels.append(byte)
    childCounts.append(0)
    let first = strings[group.lowerBound]
    if group.count == 1 {
      let ends = first.count == depth
      targets.append(UInt32(rests.count) | (ends ? Self.restFlag : 0))
      rests.append(contentsOf: blob[first.lowerBound + depth..<first.upperBound])
      rests.append(Self.restEnd)
      return nil
    }
    // Sorted and unique: only the first one can end here, and the others go on.
    let ends = first.count == depth
    targets.append(ends ? Self.restFlag : 0)
    return ends ? group.lowerBound + 1..<group.upperBound : group
  }
}
