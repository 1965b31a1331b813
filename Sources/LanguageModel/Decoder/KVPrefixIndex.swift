/// Full blocks by their tokens, what they were computed with and the block before them, so that a prompt finds what was computed for another that began alike.
struct KVPrefixIndex {
  /// Stands before a sequence's first block.
  static let root: Int32 = -1

  private struct Key: Hashable {
    let parent: Int32
    let tokens: [Int32]
    let attachments: DecoderAttachments.Key
  }

  private struct Entry {
    let key: Key
    var children = 0
    /// When it was left by its last sequence; nil while it is in use.
    var parkedAt: UInt64?
  }

  private var blocks: [Key: Int32] = [:]
  private var entries: [Int32: Entry] = [:]
  private var clock: UInt64 = 0
  /// Blocks that no sequence holds.
  private(set) var unusedCount = 0

  func block(after parent: Int32, _ tokens: [Int32], _ attachments: DecoderAttachments.Key) -> Int32? {
    blocks[Key(parent: parent, tokens: tokens, attachments: attachments)]
  }

  func contains(_ block: Int32) -> Bool { entries[block] != nil }

  /// Keeps the first block of equal ones.
  mutating func insert(_ block: Int32, after parent: Int32, _ tokens: [Int32], _ attachments: DecoderAttachments.Key) {
    let key = Key(parent: parent, tokens: tokens, attachments: attachments)
    guard blocks[key] == nil, entries[block] == nil else { return }
    blocks[key] = block
    entries[block] = Entry(key: key)
    entries[parent]?.children += 1
  }

  mutating func park(_ block: Int32) {
    clock += 1
    entries[block]?.parkedAt = clock
    unusedCount += 1
  }

  mutating func unpark(_ block: Int32) {
    guard entries[block]?.parkedAt != nil else { return }
    entries[block]?.parkedAt = nil
    unusedCount -= 1
  }

  /// Gives up the block that was left first among those without followers, as a block without its predecessor cannot be found.
  /// A sequence that holds a block holds its predecessors too, so that an unused block's followers are unused.
  mutating func evict() -> [Int32] {
    let leaves = entries.filter { $0.value.parkedAt != nil && $0.value.children == 0 }
    // One search serves many: the oldest quarter goes at once.
    let oldest = leaves.sorted { ($0.value.parkedAt ?? 0) < ($1.value.parkedAt ?? 0) }.prefix(max(1, leaves.count / 4))
    for (block, entry) in oldest {
      blocks[entry.key] = nil
      entries[block] = nil
      entries[entry.key.parent]?.children -= 1
      unusedCount -= 1
    }
    return oldest.map(\.key)
  }
}
