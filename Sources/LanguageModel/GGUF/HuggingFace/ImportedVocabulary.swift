/// The tokens of a Hugging Face tokeniser by id, with GGUF's types.
struct ImportedVocabulary {
  private(set) var tokens: [String]
  private(set) var types: [TokenType]

  /// - Parameter size: of the model's embeddings; ids without a token are filled up with `[PAD…]`.
  init(_ folder: HuggingFaceFolder, size: Int) throws(ModelFileError) {
    tokens = (0..<size).map { "[PAD\($0)]" }
    types = Array(repeating: .unused, count: size)
    let file = folder.path + "/tokenizer.json"
    func place(_ text: String, _ id: Int?, _ type: TokenType) throws(ModelFileError) {
      guard let id, (0..<size).contains(id) else {
        throw ModelFileError(
          file: file, problem: "token \(text) has no id below the vocabulary size \(size)",
          mend: "Use the config.json that came with the tokeniser.")
      }
      guard types[id] == .unused || type != .normal && tokens[id].utf8.elementsEqual(text.utf8) else {
        throw ModelFileError(
          file: file, problem: "tokens \(tokens[id]) and \(text) have the id \(id)", mend: "Download the model's folder again.")
      }
      tokens[id] = text
      types[id] = type
    }
    for member in folder.tokenizer["model"]?["vocab"]?.members ?? [] { try place(member.key, member.value.integer, .normal) }
    for added in folder.tokenizer["added_tokens"]?.array ?? [] {
      let text = added["content"]?.string ?? ""
      // Some models do not call their markers special.
      let isMarker = added["special"]?.bool == true || text.hasPrefix("<|") && text.hasSuffix("|>")
      try place(text, added["id"]?.integer, isMarker ? .control : .userDefined)
    }
    guard types.contains(.normal) else {
      throw ModelFileError(file: file, problem: "has no vocabulary", mend: "Download the model's folder again.")
    }
  }

  /// The id of a token, compared byte for byte.
  func id(of text: String) -> Int? { tokens.firstIndex { $0.utf8.elementsEqual(text.utf8) } }

  /// SentencePiece's token for what it does not know, and its 256 bytes.
  mutating func markPieces(unknown: String?) {
    if let unknown, let id = id(of: unknown) { types[id] = .unknown }
    for id in tokens.indices where types[id] == .normal {
      let text = tokens[id].utf8
      if text.count == 6, tokens[id].hasPrefix("<0x"), tokens[id].hasSuffix(">"),
        UInt8(tokens[id].dropFirst(3).dropLast(), radix: 16) != nil
      {
        types[id] = .byte
      }
    }
  }

  /// llama.cpp's WordPiece marks beginnings of words with U+2581 where BERT marks the rest of words with ##.
  mutating func markWordStarts() {
    for id in tokens.indices where types[id] != .control {
      tokens[id] = tokens[id].hasPrefix("##") ? String(tokens[id].dropFirst(2)) : "\u{2581}" + tokens[id]
    }
  }

  /// SentencePiece joins the pair whose product has the highest score, so that a product's score is minus the rank of its
  /// first merge.
  func scores(merges: [(String, String)]) -> [Float] {
    var ranks: [[UInt8]: Int] = [:]
    for (rank, merge) in merges.enumerated() {
      let product = Array(merge.0.utf8) + merge.1.utf8
      if ranks[product] == nil { ranks[product] = rank }
    }
    // What no merge makes is never joined: single characters, bytes and markers.
    return tokens.indices.map { types[$0] == .normal ? ranks[Array(tokens[$0].utf8)].map { -Float($0) } ?? -1e6 : 0 }
  }
}
