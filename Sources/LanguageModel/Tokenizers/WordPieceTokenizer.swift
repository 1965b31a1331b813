import Foundation

/// BERT's tokeniser (Devlin et al. 2019), GGUF's tokenizer model `bert`: each word is written with the longest piece that begins it, then
/// the longest that goes on, and so forth.
///
/// Agrees with Hugging Face's `BertTokenizer`, with which such models are trained. llama.cpp differs from it, and so from this: it keeps only
/// the first character of a decomposition (Hangul), drops spacing marks too (Indic scripts), and splits words of more than 100 characters.
public struct WordPieceTokenizer: VocabularyTokenizer {
  public let vocabulary: Vocabulary
  private let normalizer: BertNormalizer
  private let beginnings: ByteStringTable
  private let continuations: ByteStringTable
  private let unknown: Int32
  /// The reference's `max_input_chars_per_word`: a longer word is unknown.
  private static let longestWord = 100

  /// - Parameters:
  ///   - tokens: `[count]` in GGUF's form: what begins a word has a `▁` in front, what continues one has nothing.
  ///   - types: `[count]`; nil where all are normal.
  ///   - special: `bos` and `eos` are `[CLS]` and `[SEP]`, which frame every sequence; a nil one is found by its text.
  ///   - stripsAccents: nil for the same as `lowercases`.
  ///   - file: for messages.
  /// - Throws: `TokenizerError.missingToken` if there is no `[CLS]`, `[SEP]` or `[UNK]`, and what is thrown for any vocabulary.
  public init(
    tokens: [String], types: [TokenType]? = nil, lowercases: Bool = true, stripsAccents: Bool? = nil,
    special: SpecialTokenIDs = SpecialTokenIDs(), file: String = "tokenizer"
  ) throws(TokenizerError) {
    var special = special
    func known(_ id: Int32?, _ text: String) throws(TokenizerError) -> Int32 {
      guard let id = id ?? tokens.firstIndex(of: text).map({ Int32($0) }) else { throw .missingToken(file: file, token: text) }
      return id
    }
    let unknown = try known(special.unknown, "[UNK]")
    special.bos = try known(special.bos, "[CLS]")
    special.eos = try known(special.eos, "[SEP]")
    special.unknown = unknown
    (special.addsBOS, special.addsEOS) = (true, true)
    // Files differ in whether these are marked as control tokens, so they are here.
    var types = types ?? [TokenType](repeating: .normal, count: tokens.count)
    for id in [special.bos, special.eos, unknown] {
      if let id, types.indices.contains(Int(id)), types[Int(id)] != .unknown { types[Int(id)] = .control }
    }
    vocabulary = try Vocabulary(tokens: tokens, types: types, special: special, file: file) {
      MetaSpace.unescapedPrefix(Array($0.utf8))
    }
    var beginnings = ByteStringTable(capacity: tokens.count)
    var continuations = ByteStringTable()
    for (id, token) in tokens.enumerated() where vocabulary.types[id] == .normal {
      let bytes = Array(token.utf8)
      if bytes.count > MetaSpace.utf8.count, bytes.starts(with: MetaSpace.utf8) {
        beginnings.insert(Array(bytes[MetaSpace.utf8.count...]), Int32(id))
      } else if !bytes.isEmpty {
        continuations.insert(bytes, Int32(id))
      }
    }
    (self.beginnings, self.continuations, self.unknown) = (beginnings, continuations, unknown)
    normalizer = BertNormalizer(lowercases: lowercases, stripsAccents: stripsAccents ?? lowercases)
  }

  /// Reads a `vocab.txt`: one piece a line, with `##` in front of what continues a word.
  public init(vocabulary file: URL) throws {
    guard let text = try? String(contentsOf: file, encoding: .utf8) else {
      throw ModelFileError(file: file.path, problem: "cannot be read", mend: "Run `make setup`.")
    }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last == "" { lines.removeLast() }
    try self.init(
      tokens: lines.map { line in
        if line.utf8.starts(with: "##".utf8) { return String(line.unicodeScalars.dropFirst(2)) }
        return line.isEmpty || line.hasPrefix("[") && line.hasSuffix("]") ? String(line) : "▁" + line
      }, file: file.path)
  }

  /// Token ids with `[CLS]` and `[SEP]`, at most `limit`, which is 2 or more.
  public func encode(_ text: String, limit: Int) -> [Int32] {
    Array(([bos].compactMap { $0 } + encode(text, special: false)).prefix(max(1, limit - 1))) + [eos].compactMap { $0 }
  }

  public func encode(_ text: String, special: Bool) -> [Int32] {
    var text = text
    return text.withUTF8 { bytes in
      var ids: [Int32] = []
      for fragment in vocabulary.fragments(of: bytes, special: special) {
        switch fragment {
        case .token(let id): ids.append(id)
        case .text(let range):
          for word in normalizer.words(String(decoding: bytes[range], as: UTF8.self)) { append(word, into: &ids) }
        }
      }
      return ids
    }
  }

  private func append(_ word: [Unicode.Scalar], into ids: inout [Int32]) {
    guard word.count <= Self.longestWord else {
      ids.append(unknown)
      return
    }
    var bytes: [UInt8] = []
    // Where each character ends.
    var ends: [Int] = []
    for scalar in word {
      bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      ends.append(bytes.count)
    }
    let before = ids.count
    bytes.withUnsafeBufferPointer { bytes in
      var start = 0
      while start < bytes.count {
        let table = start == 0 ? beginnings : continuations
        guard let (id, end) = longestPiece(of: bytes, from: start, ends, table) else {
          ids.removeLast(ids.count - before)
          ids.append(unknown)
          return
        }
        ids.append(id)
        start = end
      }
    }
  }

  private func longestPiece(
    of word: UnsafeBufferPointer<UInt8>, from start: Int, _ ends: [Int], _ table: ByteStringTable
  ) -> (id: Int32, end: Int)? {
    for end in ends.reversed() {
      guard end > start else { break }
      if let id = table.find(word, start..<end) { return (id, end) }
    }
    return nil
  }

  /// The text of `tokens`, its words with one space between: what the normaliser took away is lost.
  public func decode(_ tokens: [Int32]) -> String {
    let text = tokens.flatMap(bytes(of:))
    return String(decoding: text.first == UInt8(ascii: " ") ? text.dropFirst() : text[...], as: UTF8.self)
  }
}
