/// Byte-level byte-pair encoding (Sennrich et al. 2016; Radford et al. 2019), GGUF's tokenizer model `gpt2`.
///
/// A text is cut into words by the model's pre-tokeniser, and within a word the pair of neighbours that stands first in the list of merges
/// is merged, until none is left. As every byte is a token, any text can be written, and `decode(encode(text)) == text`.
public struct BytePairTokenizer: VocabularyTokenizer {
  public let vocabulary: Vocabulary
  public let preTokenizer: PreTokenizer
  /// Whether a word that is a token as a whole becomes it even where the merges lead elsewhere (Llama 3).
  let ignoresMerges: Bool
  private let tokens: ByteStringTable
  private let merges: PairTable
  /// `[256]`: the symbol of each byte, or -1. Symbols up to the vocabulary's size are token ids.
  private let byteSymbols: [Int32]
  /// The bytes of symbols beyond: what merges make on the way to a token.
  private let intermediates: PackedBytes

  /// - Parameters:
  ///   - tokens: `[count]`, bytes written in GPT-2's alphabet.
  ///   - types: `[count]`; nil where all are normal.
  ///   - merges: pairs of symbols with a space between, the first to merge first. One that could never apply is passed over.
  ///   - file: for messages.
  public init(
    tokens: [String], types: [TokenType]? = nil, merges: [String], preTokenizer: PreTokenizer, ignoresMerges: Bool = false,
    special: SpecialTokenIDs = SpecialTokenIDs(), file: String = "tokenizer"
  ) throws(TokenizerError) {
    vocabulary = try Vocabulary(tokens: tokens, types: types, special: special, file: file) {
      ByteLevelAlphabet.decode($0.utf8) ?? Array($0.utf8)
    }
    (self.preTokenizer, self.ignoresMerges) = (preTokenizer, ignoresMerges)
    guard merges.count <= Vocabulary.largest else { throw .tooManyTokens(file: file, count: merges.count) }
    var table = ByteStringTable(capacity: tokens.count)
    for (id, token) in tokens.enumerated() where vocabulary.types[id] == .normal {
      if let bytes = ByteLevelAlphabet.decode(token.utf8), !bytes.isEmpty { table.insert(bytes, Int32(id)) }
    }
    self.tokens = table
    byteSymbols = (0..<256).map { table.find([UInt8($0)]) ?? -1 }
    var pairs = PairTable(capacity: merges.count)
    var intermediates = PackedBytes()
    func symbol(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int32 {
      let next = Int32(tokens.count + intermediates.count)
      let symbol = table.insert(UnsafeBufferPointer(rebasing: bytes), next)
      if symbol == next { intermediates.append(bytes) }
      return symbol
    }
    for (rank, merge) in merges.enumerated() {
      guard let (bytes, middle) = Self.halves(merge) else { continue }
      bytes.withUnsafeBufferPointer { bytes in
        let (left, right, both) = (symbol(bytes[..<middle]), symbol(bytes[middle...]), symbol(bytes[...]))
        pairs.insert(left, right, Merge(rank: UInt32(rank), symbol: both))
      }
    }
    (self.merges, self.intermediates) = (pairs, intermediates)
  }

  /// The bytes of both halves of a merge, and where the second begins.
  private static func halves(_ merge: String) -> (bytes: [UInt8], middle: Int)? {
    let utf8 = merge.utf8
    guard let space = utf8.firstIndex(of: UInt8(ascii: " ")), let left = ByteLevelAlphabet.decode(utf8[..<space]), !left.isEmpty,
      let right = ByteLevelAlphabet.decode(utf8[utf8.index(after: space)...]), !right.isEmpty
    else { return nil }
    return (left + right, left.count)
  }

  public func encode(_ text: String, special: Bool) -> [Int32] {
    var text = text
    return text.withUTF8 { bytes in
      var ids: [Int32] = []
      ids.reserveCapacity(bytes.count / 3)
      var chain = SymbolChain()
      for fragment in vocabulary.fragments(of: bytes, special: special) {
        switch fragment {
        case .token(let id): ids.append(id)
        case .text(let range): encode(UnsafeBufferPointer(rebasing: bytes[range]), &chain, into: &ids)
        }
      }
      return ids
    }
  }

  private func encode(_ text: UnsafeBufferPointer<UInt8>, _ chain: inout SymbolChain, into ids: inout [Int32]) {
    // Held apart, so that the loop copies no more than it needs of the tokenizer.
    let merges = merges
    var start = 0
    while start < text.count {
      let end = preTokenizer.wordEnd(in: text, from: start)
      if let id = wholeToken(text, start..<end) {
        ids.append(id)
      } else {
        chain.removeAll()
        for place in start..<end { chain.append(byteSymbols[Int(text[place])], place..<place + 1) }
        chain.mergeAll { left, right in merges.find(left.id, right.id) }
        chain.forEach { append($0.id, into: &ids) }
      }
      start = end
    }
  }

  private func wholeToken(_ text: UnsafeBufferPointer<UInt8>, _ word: Range<Int>) -> Int32? {
    if word.count == 1 {
      let id = byteSymbols[Int(text[word.lowerBound])]
      return id >= 0 ? id : nil
    }
    return ignoresMerges ? tokens.find(text, word) : nil
  }

  private func append(_ symbol: Int32, into ids: inout [Int32]) {
    if symbol >= 0, Int(symbol) < vocabulary.count {
      ids.append(symbol)
    } else if symbol >= 0 {
      for byte in intermediates[Int(symbol) - vocabulary.count] { append(byteSymbols[Int(byte)], into: &ids) }
    } else if let unknown = vocabulary.special.unknown {
      ids.append(unknown)
    }
  }
}
