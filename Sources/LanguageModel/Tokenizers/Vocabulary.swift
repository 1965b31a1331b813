/// The tokens of a model: the bytes that each writes, its type, and those with a meaning of their own.
public struct Vocabulary: Sendable {
  /// Ids are 32 bits wide, and symbols that only merges name come after them.
  static let largest = 1 << 28

  public let count: Int
  /// For messages: the file that the vocabulary came from.
  let file: String
  let types: [TokenType]
  public internal(set) var special: SpecialTokenIDs
  private let pieces: PackedBytes
  private let markup: ByteStringTable
  /// The lengths in bytes of the texts in `markup`, the longest first, and the bytes that they begin with.
  private let markupLengths: [Int]
  private let markupStarts: [Bool]

  /// - Parameters:
  ///   - tokens: `[count]`, as the file writes them.
  ///   - types: `[count]`; nil where all are normal.
  ///   - piece: the bytes that a token writes in a text, given how the file writes it; asked for normal tokens only.
  /// - Throws: `TokenizerError.emptyVocabulary`, `.tooManyTokens`, `.countsDiffer` or `.idOutOfRange`.
  init(
    tokens: [String], types: [TokenType]?, special: SpecialTokenIDs, file: String, piece: (String) -> [UInt8]
  ) throws(TokenizerError) {
    guard !tokens.isEmpty else { throw .emptyVocabulary(file: file) }
    guard tokens.count <= Self.largest else { throw .tooManyTokens(file: file, count: tokens.count) }
    if let types, types.count != tokens.count {
      throw .countsDiffer(file: file, field: "tokenizer.ggml.token_type", found: types.count, expected: tokens.count)
    }
    try special.check(count: tokens.count, file: file)
    let types = types ?? [TokenType](repeating: .normal, count: tokens.count)
    var pieces = PackedBytes()
    var markup = ByteStringTable()
    var lengths: Set<Int> = []
    var starts = [Bool](repeating: false, count: 256)
    for (id, token) in tokens.enumerated() {
      switch types[id] {
      case .normal: pieces.append(piece(token))
      case .byte: pieces.append(Self.byte(token).map { [$0] } ?? [])
      case .userDefined: pieces.append(token.utf8)
      case .control, .unknown, .unused, .undefined: pieces.append([])
      }
      guard types[id] == .control || types[id] == .userDefined || types[id] == .unknown, let first = token.utf8.first else { continue }
      markup.insert(Array(token.utf8), Int32(id))
      lengths.insert(token.utf8.count)
      starts[Int(first)] = true
    }
    (count, self.file, self.types, self.special, self.pieces) = (tokens.count, file, types, special, pieces)
    (self.markup, markupLengths, markupStarts) = (markup, lengths.sorted(by: >), starts)
    if self.special.endOfTurn == nil {
      self.special.endOfTurn = SpecialTokenIDs.endOfTurnTexts.lazy.compactMap(specialToken).first
    }
    self.special.otherStops.formUnion(SpecialTokenIDs.stopTexts.compactMap(specialToken))
  }

  public func bytes(of token: Int32) -> [UInt8] { token >= 0 && Int(token) < count ? Array(pieces[Int(token)]) : [] }

  public func type(of token: Int32) -> TokenType? { token >= 0 && Int(token) < count ? types[Int(token)] : nil }

  public func specialToken(_ text: String) -> Int32? { markup.find(Array(text.utf8)) }

  /// The byte that a token of type `byte` stands for: `<0xE3>`.
  private static func byte(_ token: String) -> UInt8? {
    guard token.utf8.count == 6, token.hasPrefix("<0x"), token.hasSuffix(">") else { return nil }
    return UInt8(token.dropFirst(3).prefix(2), radix: 16)
  }

  enum Fragment: Equatable {
    case text(Range<Int>)
    case token(Int32)
  }

  /// Cuts `text` at the special tokens written in it: at each place the longest counts.
  /// - Parameter special: whether to look for them at all.
  func fragments(of text: UnsafeBufferPointer<UInt8>, special: Bool) -> [Fragment] {
    guard special, !markupLengths.isEmpty else { return text.isEmpty ? [] : [.text(0..<text.count)] }
    var fragments: [Fragment] = []
    var start = 0
    var place = 0
    while place < text.count {
      guard markupStarts[Int(text[place])], let (token, length) = specialToken(in: text, at: place) else {
        place += 1
        continue
      }
      if start < place { fragments.append(.text(start..<place)) }
      fragments.append(.token(token))
      place += length
      start = place
    }
    if start < text.count { fragments.append(.text(start..<text.count)) }
    return fragments
  }

  private func specialToken(in text: UnsafeBufferPointer<UInt8>, at place: Int) -> (token: Int32, length: Int)? {
    for length in markupLengths where length <= text.count - place {
      if let token = markup.find(text, place..<place + length) { return (token, length) }
    }
    return nil
  }
}
