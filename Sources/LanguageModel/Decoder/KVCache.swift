import CKernels

/// Keys and values of running sequences in blocks of sixteen positions from one pool (Kwon et al. 2023, PagedAttention).
///
/// A full block whose tokens, and all before them, were computed already is shared by reference; what ended sequences leave stays until
/// its memory is needed, the longest unused first. Only tokens that were computed with the same attachments are shared. The pool never grows beyond its limit: an open that finds no block throws.
public final class KVCache {
  public let precision: KVPrecision
  /// Blocks of sixteen positions in all.
  public let blockCount: Int
  /// Bytes that the pool takes at most; pages that were never used take none.
  public var memoryLimit: Int { blockCount * shape.blockBytes }
  public private(set) var statistics = KVCacheStatistics()
  let shape: KVBlockShape
  let contextLength: Int
  private let memory: LargeMemory
  private var references: [Int32]
  private var free: [Int32]
  private var prefixes = KVPrefixIndex()

  /// - Parameter memoryLimit: bytes; at least a block's.
  public init(_ model: DecoderModel, memoryLimit: Int, precision: KVPrecision = .float16) throws(DecoderError) {
    self.precision = precision
    shape = KVBlockShape(model.configuration, precision)
    contextLength = model.configuration.contextLength
    blockCount = min(memoryLimit / shape.blockBytes, 1 << 24)
    guard blockCount > 0 else { throw .cacheFull(neededBlocks: 1, freeBlocks: 0) }
    memory = try LargeMemory(byteCount: blockCount * shape.blockBytes, for: "the key-value cache")
    references = Array(repeating: 0, count: blockCount)
    free = (0..<Int32(blockCount)).reversed()
  }

  /// Bytes that a sequence of so many positions takes, or one as long as the model's context.
  public static func bytes(
    for positions: Int, of model: DecoderModel, precision: KVPrecision = .float16
  ) -> Int {
    KVBlockShape.blocks(for: max(1, min(positions, model.configuration.contextLength)))
      * KVBlockShape(model.configuration, precision).blockBytes
  }

  /// Bytes from one layer's blocks to the next's.
  var layerRegion: Int { blockCount * shape.layerBytes }

  var base: UnsafeMutablePointer<UInt8> { memory.base.assumingMemoryBound(to: UInt8.self) }

  /// Blocks that no sequence holds: empty ones, and those kept for prompts that begin alike.
  public var freeBlocks: Int { free.count + prefixes.unusedCount }
  /// Positions a sequence can grow to.
  public var positionLimit: Int { min(contextLength, blockCount * KVBlockShape.positions) }

  /// A sequence for a prompt; its `length` says how many of the prompt's first tokens are computed already. The last token never is,
  /// since its logits are wanted.
  /// - Parameter attachments: what all of its tokens are computed with.
  public func open(_ prompt: [Int32], with attachments: DecoderAttachments = .none) -> KVSequence {
    let sequence = KVSequence(cache: self, attachments: attachments)
    var parent = KVPrefixIndex.root
    for start in stride(from: 0, to: max(0, prompt.count - 1) / KVBlockShape.positions * KVBlockShape.positions, by: KVBlockShape.positions)
    {
      let tokens = Array(prompt[start..<start + KVBlockShape.positions])
      guard let block = prefixes.block(after: parent, tokens, sequence.key) else { break }
      retain(block)
      sequence.adopt(block, tokens)
      parent = block
    }
    statistics.promptTokens += prompt.count
    statistics.sharedTokens += sequence.length
    return sequence
  }

  /// A sequence that continues like another: all blocks are shared until one of both writes to the last.
  public func fork(_ other: KVSequence) -> KVSequence {
    let copy = KVSequence(cache: self, attachments: other.attachments)
    for block in other.blocks { retain(block) }
    copy.blocks = other.blocks
    copy.tokens = other.tokens
    return copy
  }

  /// Makes room for `count` more positions, so that writing there changes no other sequence.
  func reserve(_ sequence: KVSequence, _ count: Int) throws(DecoderError) {
    let end = sequence.length + count
    guard end <= positionLimit else { throw .contextFull(needed: end, limit: positionLimit) }
    let last = sequence.length / KVBlockShape.positions
    let copies = last < sequence.blocks.count && isShared(sequence.blocks[last])
    let needed = KVBlockShape.blocks(for: end) - sequence.blocks.count + (copies ? 1 : 0)
    guard needed <= freeBlocks else { throw .cacheFull(neededBlocks: needed, freeBlocks: freeBlocks) }
    if copies {
      let old = sequence.blocks[last]
      let new = take()
      copy(old, to: new)
      sequence.blocks[last] = new
      release(old)
      statistics.copiedBlocks += 1
    }
    while sequence.blocks.count < KVBlockShape.blocks(for: end) { sequence.blocks.append(take()) }
  }

  /// Records tokens whose keys and values are written, and offers blocks that they filled to later prompts.
  func commit(_ sequence: KVSequence, _ tokens: some Collection<Int32>) {
    let before = sequence.length / KVBlockShape.positions
    sequence.tokens.append(contentsOf: tokens)
    for index in before..<sequence.length / KVBlockShape.positions {
      let parent = index == 0 ? KVPrefixIndex.root : sequence.blocks[index - 1]
      // The parent may be this sequence's own copy of a block that stands in the index: then prompts find the other.
      guard index == 0 || prefixes.contains(parent) else { return }
      let range = index * KVBlockShape.positions..<(index + 1) * KVBlockShape.positions
      prefixes.insert(sequence.blocks[index], after: parent, Array(sequence.tokens[range]), sequence.key)
    }
  }

  func release(_ block: Int32) {
    references[Int(block)] -= 1
    guard references[Int(block)] == 0 else { return }
    if prefixes.contains(block) { prefixes.park(block) } else { free.append(block) }
  }

  private func retain(_ block: Int32) {
    references[Int(block)] += 1
    if references[Int(block)] == 1 { prefixes.unpark(block) }
  }

  private func copy(_ old: Int32, to new: Int32) {
    for layer in 0..<shape.layers {
      let region = memory.base + layer * layerRegion
      (region + Int(new) * shape.layerBytes).copyMemory(from: region + Int(old) * shape.layerBytes, byteCount: shape.layerBytes)
    }
  }

  private func isShared(_ block: Int32) -> Bool { references[Int(block)] > 1 || prefixes.contains(block) }

  /// A block of one reference. Only called when there is one.
  private func take() -> Int32 {
    if free.isEmpty {
      let evicted = prefixes.evict()
      statistics.evictedBlocks += evicted.count
      free.append(contentsOf: evicted)
    }
    let block = free.removeLast()
    references[Int(block)] = 1
    return block
  }
}

/// What sharing saved.
public struct KVCacheStatistics: Sendable, Equatable {
  public var promptTokens = 0
  /// Prompt tokens whose keys and values were there already.
  public var sharedTokens = 0
  public var copiedBlocks = 0
  public var evictedBlocks = 0
}
