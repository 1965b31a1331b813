/// Makes the tokenizer that a GGUF file describes.
public enum Tokenizers {
  /// The values of `tokenizer.ggml.model` that are supported.
  static let models = ["gpt2", "llama", "bert"]

  /// - Throws: `TokenizerError`: a kind that is not supported, or arrays and ids that don't fit together.
  public static func make(_ metadata: GGUFMetadata) throws(TokenizerError) -> any TextTokenizer {
    let reader = TokenizerMetadata(metadata)
    let model = try reader.get { metadata throws(GGUFError) in try metadata.string("tokenizer.ggml.model") }
    switch model {
    case "gpt2": return try BytePairTokenizer(metadata: metadata)
    case "llama": return try SentencePieceTokenizer(metadata: metadata)
    case "bert": return try WordPieceTokenizer(metadata: metadata)
    default: throw .unsupportedModel(file: metadata.file, name: model)
    }
  }
}

extension BytePairTokenizer {
  /// `ignore_merges` and whether texts open with `bos` follow from the pre-tokeniser, as GGUF has no key for the first.
  public init(metadata: GGUFMetadata) throws(TokenizerError) {
    let reader = TokenizerMetadata(metadata)
    let name = try reader.get { metadata throws(GGUFError) in try metadata.string(ifPresent: "tokenizer.ggml.pre") }
    guard let preTokenizer = name.flatMap(PreTokenizer.init(name:)) else {
      throw .unsupportedPreTokenizer(file: metadata.file, name: name)
    }
    let tokens = try reader.tokens()
    try self.init(
      tokens: tokens, types: try reader.types(),
      merges: try reader.get { metadata throws(GGUFError) in try metadata.strings("tokenizer.ggml.merges") },
      preTokenizer: preTokenizer, ignoresMerges: preTokenizer == .llama3,
      special: try reader.special(count: tokens.count, bos: preTokenizer == .llama3), file: metadata.file)
  }
}

extension SentencePieceTokenizer {
  public init(metadata: GGUFMetadata) throws(TokenizerError) {
    let reader = TokenizerMetadata(metadata)
    let tokens = try reader.tokens()
    try self.init(
      tokens: tokens,
      scores: try reader.get { metadata throws(GGUFError) in try metadata.floats("tokenizer.ggml.scores") },
      types: try reader.types(), addsSpacePrefix: try reader.flag("add_space_prefix") ?? true,
      special: try reader.special(count: tokens.count, bos: true), file: metadata.file)
  }
}

extension WordPieceTokenizer {
  public init(metadata: GGUFMetadata) throws(TokenizerError) {
    let reader = TokenizerMetadata(metadata)
    let tokens = try reader.tokens()
    var special = try reader.special(count: tokens.count, bos: true)
    special.bos = try reader.id("cls_token_id", "bos_token_id", count: tokens.count)
    // The specification's own spelling.
    special.eos = try reader.id("seperator_token_id", "eos_token_id", count: tokens.count)
    let lowercases = try reader.flag("normalizer.lowercase") ?? true
    try self.init(
      tokens: tokens, types: try reader.types(), lowercases: lowercases,
      stripsAccents: try reader.flag("normalizer.strip_accents"), special: special, file: metadata.file)
  }
}
