/// Reads the `tokenizer.ggml.` keys of the GGUF specification.
struct TokenizerMetadata {
  private let metadata: GGUFMetadata

  init(_ metadata: GGUFMetadata) { self.metadata = metadata }

  var file: String { metadata.file }

  func get<T>(_ body: (GGUFMetadata) throws(GGUFError) -> T) throws(TokenizerError) -> T {
    do {
      return try body(metadata)
    } catch {
      throw .metadata(error)
    }
  }

  func tokens() throws(TokenizerError) -> [String] {
    try get { metadata throws(GGUFError) in try metadata.strings("tokenizer.ggml.tokens") }
  }

  func types() throws(TokenizerError) -> [TokenType]? {
    let numbers = try get { metadata throws(GGUFError) in try metadata.integers(ifPresent: "tokenizer.ggml.token_type") }
    guard let numbers else { return nil }
    var types: [TokenType] = []
    types.reserveCapacity(numbers.count)
    for (token, number) in numbers.enumerated() {
      guard let type = Int32(exactly: number).flatMap({ TokenType(rawValue: $0) }) else {
        throw .unknownTokenType(file: file, token: token, type: number)
      }
      types.append(type)
    }
    return types
  }

  func flag(_ name: String) throws(TokenizerError) -> Bool? {
    try get { metadata throws(GGUFError) in try metadata.bool(ifPresent: "tokenizer.ggml.\(name)") }
  }

  /// The id under the first of `names` that is present.
  func id(_ names: String..., count: Int) throws(TokenizerError) -> Int32? {
    for name in names {
      let key = "tokenizer.ggml.\(name)"
      guard let id = try get({ metadata throws(GGUFError) in try metadata.integer(ifPresent: key) }) else { continue }
      guard (0..<count).contains(id), let narrow = Int32(exactly: id) else {
        throw .idOutOfRange(file: file, field: key, id: id, count: count)
      }
      return narrow
    }
    return nil
  }

  /// - Parameters:
  ///   - bos: whether a text opens with it, where the file does not say.
  func special(count: Int, bos: Bool) throws(TokenizerError) -> SpecialTokenIDs {
    SpecialTokenIDs(
      bos: try id("bos_token_id", count: count), eos: try id("eos_token_id", count: count),
      endOfTurn: try id("eot_token_id", count: count), unknown: try id("unknown_token_id", count: count),
      addsBOS: try flag("add_bos_token") ?? bos, addsEOS: try flag("add_eos_token") ?? false)
  }
}
