/// A tokeniser's vocabulary as a trie over bytes, walked once to find every token that a constraint allows.
///
/// The nodes lie in depth-first order, so that a walk reads memory forwards and skips a refused subtree with one jump.
/// Built once per model and shared by all constraints: about 12 bytes a node, some 400,000 nodes for 150,000 tokens.
public struct VocabularyTrie: Sendable {
  /// Bytes of each token; empty for tokens that stand for no text (control tokens).
  let tokens: [[UInt8]]
  /// Tokens that end the text, in ascending order.
  public let endOfText: [Int32]
  /// Byte that leads into node `n`.
  let labels: [UInt8]
  /// Number of bytes from the root to node `n`, less one.
  let depths: [UInt16]
  /// First node after the subtree of node `n`.
  let skips: [Int32]
  /// The tokens that end at node `n` are `tokenOrder[tokenStarts[n]..<tokenStarts[n + 1]]`.
  let tokenStarts: [Int32]
  let tokenOrder: [Int32]
  /// Bytes of the longest token.
  let longest: Int

  /// Tokens longer than this are never allowed by a constraint; real vocabularies stay far below.
  static let longestToken = 4096

  /// - Parameters:
  ///   - tokens: the bytes of every token id, empty for a control token. A token that is given bytes can be written by a grammar
  ///     literal, also if the tokeniser calls it special: so a pack's semantic tokens take part in its grammar.
  ///   - endOfText: ids that end the text, allowed where the constraint is complete. Their bytes are disregarded.
  public init(tokens: [[UInt8]], endOfText: some Sequence<Int32>) {
    let ends = Set(endOfText).filter { $0 >= 0 && $0 < tokens.count }
    self.tokens = tokens
    self.endOfText = ends.sorted()
    let order = tokens.indices
      .filter { !tokens[$0].isEmpty && tokens[$0].count <= Self.longestToken && !ends.contains(Int32($0)) }
      .sorted { tokens[$0].lexicographicallyPrecedes(tokens[$1]) }
    var labels: [UInt8] = []
    var depths: [UInt16] = []
    var skips: [Int32] = []
    var starts: [Int32] = []
    /// Nodes from the root to the last one made.
    var path: [Int] = []
    var previous: [UInt8] = []
    for (position, token) in order.enumerated() {
      let bytes = tokens[token]
      var shared = 0
      while shared < bytes.count, shared < previous.count, bytes[shared] == previous[shared] { shared += 1 }
      for node in path[shared...] { skips[node] = Int32(labels.count) }
      path.removeLast(path.count - shared)
      for depth in shared..<bytes.count {
        path.append(labels.count)
        labels.append(bytes[depth])
        depths.append(UInt16(depth))
        skips.append(0)
        starts.append(Int32(position))
      }
      previous = bytes
    }
    for node in path { skips[node] = Int32(labels.count) }
    starts.append(Int32(order.count))
    self.labels = labels
    self.depths = depths
    self.skips = skips
    tokenStarts = starts
    tokenOrder = order.map { Int32($0) }
    longest = order.reduce(0) { Swift.max($0, tokens[$1].count) }
  }

  /// The vocabulary of a tokenizer; tokens at which generation stops end the text.
  public init(_ tokenizer: some TextTokenizer) {
    self.init(
      tokens: (0..<Int32(tokenizer.vocabularySize)).map { tokenizer.bytes(of: $0) }, endOfText: tokenizer.endOfGeneration)
  }

  /// Number of token ids.
  public var count: Int { tokens.count }

  public func isEndOfText(_ token: Int32) -> Bool { endOfText.contains(token) }

  /// Bytes of `token`; none for control tokens and ids outside the vocabulary.
  public func bytes(of token: Int32) -> [UInt8] {
    token >= 0 && token < tokens.count ? tokens[Int(token)] : []
  }

  /// Calls `body` with the nodes; not at all if there are none.
  func withNodes(_ body: (UnsafeVocabularyNodes) -> Void) {
    withPointer(labels) { labels in
      withPointer(depths) { depths in
        withPointer(skips) { skips in
          withPointer(tokenStarts) { tokenStarts in
            withPointer(tokenOrder) { tokenOrder in
              body(
                UnsafeVocabularyNodes(
                  count: self.labels.count, labels: labels, depths: depths, skips: skips, tokenStarts: tokenStarts, tokenOrder: tokenOrder))
            }
          }
        }
      }
    }
  }

  /// The node reached by `bytes` from the root.
  func node(of bytes: [UInt8]) -> Int? {
    var candidates = 0..<labels.count
    var found: Int?
    for byte in bytes {
      var node = candidates.lowerBound
      while node < candidates.upperBound, labels[node] != byte { node = Int(skips[node]) }
      guard node < candidates.upperBound else { return nil }
      found = node
      candidates = node + 1..<Int(skips[node])
    }
    return found
  }
}
