/// The computed tokens of one conversation, and the cache blocks that hold their keys and values.
///
/// Its blocks go back when it ends.
public final class KVSequence {
  public internal(set) var tokens: [Int32] = []
  var blocks: [Int32] = []
  let cache: KVCache
  /// What its tokens are computed with.
  public let attachments: DecoderAttachments
  let key: DecoderAttachments.Key

  init(cache: KVCache, attachments: DecoderAttachments) {
    self.cache = cache
    self.attachments = attachments
    key = attachments.key
  }

  deinit { for block in blocks { cache.release(block) } }

  /// Tokens computed so far, which is the position of the next.
  public var length: Int { tokens.count }

  func adopt(_ block: Int32, _ contents: [Int32]) {
    blocks.append(block)
    tokens.append(contentsOf: contents)
  }

  /// Forgets all tokens from position `length` on.
  public func truncate(to length: Int) {
    guard length < tokens.count, length >= 0 else { return }
    tokens.removeLast(tokens.count - length)
    let kept = KVBlockShape.blocks(for: length)
    for block in blocks[kept...] { cache.release(block) }
    blocks.removeLast(blocks.count - kept)
  }
}
