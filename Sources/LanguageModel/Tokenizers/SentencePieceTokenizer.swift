/// SentencePiece with the merges of its byte-pair model (Kudo & Richardson 2018), GGUF's tokenizer model `llama`: spaces are written `▁`,
/// and the two neighbours whose union is the token of the highest score merge first. What the vocabulary lacks is written in bytes.
public struct SentencePieceTokenizer: VocabularyTokenizer {
  public let vocabulary: Vocabulary
  /// Whether a text, and what follows a special token, is given a space in front. `decode` takes it away again.
  public let addsSpacePrefix: Bool
  private let tokens: ByteStringTable
  /// `[count]`: the order in which tokens are made, the lowest first.
  private let ranks: [UInt32]
  /// `[256]`: the token of each byte, or -1.
  private let byteTokens: [Int32]

  /// - Parameters:
  ///   - tokens: `[count]`.
  ///   - scores: `[count]`.
  ///   - types: `[count]`; nil where all are normal.
  ///   - file: for messages.
  public init(
    tokens: [String], scores: [Float], types: [TokenType]? = nil, addsSpacePrefix: Bool = true,
    special: SpecialTokenIDs = SpecialTokenIDs(), file: String = "tokenizer"
  ) throws(TokenizerError) {
    guard scores.count == tokens.count else {
      throw .countsDiffer(file: file, field: "tokenizer.ggml.scores", found: scores.count, expected: tokens.count)
    }
    vocabulary = try Vocabulary(tokens: tokens, types: types, special: special, file: file) {
      MetaSpace.unescaped(Array($0.utf8))
    }
    self.addsSpacePrefix = addsSpacePrefix
    ranks = scores.map(Self.rank)
    var table = ByteStringTable(capacity: tokens.count)
    var byteTokens = [Int32](repeating: -1, count: 256)
    for (id, token) in tokens.enumerated() {
      switch vocabulary.types[id] {
      case .normal where !token.isEmpty: table.insert(Array(token.utf8), Int32(id))
      case .byte: if let byte = vocabulary.bytes(of: Int32(id)).first, byteTokens[Int(byte)] < 0 { byteTokens[Int(byte)] = Int32(id) }
      default: break
      }
    }
    (self.tokens, self.byteTokens) = (table, byteTokens)
  }

  /// Orders as the scores do, the highest first; any bit pattern has its place.
  private static func rank(_ score: Float) -> UInt32 {
    let bits = (score + 0).bitPattern
    let ascending = bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits
    return min(~ascending, .max - 1)
  }

  public func encode(_ text: String, special: Bool) -> [Int32] {
    var text = text
    return text.withUTF8 { bytes in
      var ids: [Int32] = []
      ids.reserveCapacity(bytes.count / 3)
      var written: [UInt8] = []
      for fragment in vocabulary.fragments(of: bytes, special: special) {
        switch fragment {
        case .token(let id): ids.append(id)
        // A text stands at the beginning or after a special token.
        case .text(let range):
          written.removeAll(keepingCapacity: true)
          if addsSpacePrefix { written += MetaSpace.utf8 }
          for byte in bytes[range] {
            if byte == UInt8(ascii: " ") { written += MetaSpace.utf8 } else { written.append(byte) }
          }
          written.withUnsafeBufferPointer { encode($0, into: &ids) }
        }
      }
      return ids
    }
  }

  private func encode(_ text: UnsafeBufferPointer<UInt8>, into ids: inout [Int32]) {
    // Held apart, so that the loop copies no more than it needs of the tokenizer.
    let (tokens, ranks) = (tokens, ranks)
    var chain = SymbolChain()
    var start = 0
    while start < text.count {
      let (_, length) = CharacterClass.at(start, in: text)
      let range = start..<start + length
      chain.append(tokens.find(text, range) ?? -1, range)
      start += length
    }
    chain.mergeAll { left, right in
      tokens.find(text, Int(left.start)..<Int(right.end)).map { Merge(rank: ranks[Int($0)], symbol: $0) }
    }
    chain.forEach { symbol in
      if symbol.id >= 0 {
        ids.append(symbol.id)
      } else {
        for byte in text[Int(symbol.start)..<Int(symbol.end)] { append(byte: byte, into: &ids) }
      }
    }
  }

  private func append(byte: UInt8, into ids: inout [Int32]) {
    let id = byteTokens[Int(byte)]
    if id >= 0 {
      ids.append(id)
    } else if let unknown = vocabulary.special.unknown {
      ids.append(unknown)
    }
  }

  /// The text of `tokens`, without the space that `encode` puts in front of a text and after special tokens.
  public func decode(_ tokens: [Int32]) -> String {
    var text: [UInt8] = []
    var begins = addsSpacePrefix
    for token in tokens {
      let piece = vocabulary.bytes(of: token)
      switch vocabulary.type(of: token) {
      case .normal, .byte:
        text += begins && piece.first == UInt8(ascii: " ") ? piece.dropFirst() : piece[...]
        begins = false
      default:
        text += piece
        begins = addsSpacePrefix
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
