public import LanguageModel

/// A byte-level BPE vocabulary as GGUF writes it: first the bytes by value, then what the merges make in their order, then the control
/// tokens and the user-defined ones.
public struct LearnedVocabulary: Sendable, Equatable {
  /// Bytes in GPT-2's alphabet, special tokens as they are.
  public let tokens: [String]
  public let types: [TokenType]
  /// `left right`, the first to merge first.
  public let merges: [String]
  public let preTokenizer: PreTokenizer
  public let special: SpecialTokenIDs
  /// Whether the control tokens are those of ChatML.
  private let writesChatML: Bool

  init(pieces: [[UInt8]], merges: [SymbolPair], options: BytePairOptions) {
    let texts = pieces.map(ByteLevelAlphabet.encode)
    tokens = texts + options.specialTokens
    types =
      texts.map { _ in .normal } + options.controlTokens.map { _ in .control } + options.userDefinedTokens.map { _ in .userDefined }
    self.merges = merges.map { texts[Int($0.left)] + " " + texts[Int($0.right)] }
    preTokenizer = options.preTokenizer
    func id(_ text: String?) -> Int32? { text.flatMap(options.controlTokens.firstIndex).map { Int32(texts.count + $0) } }
    let end = id(options.endOfText)
    special = SpecialTokenIDs(bos: end, eos: end, endOfTurn: id(options.endOfTurn))
    writesChatML = ["<|im_start|>", "<|im_end|>"].allSatisfy(options.controlTokens.contains)
  }

  public var count: Int { tokens.count }

  /// The tokenizer that reads this vocabulary out of a GGUF file.
  public func tokenizer() throws(TokenizerError) -> BytePairTokenizer {
    try BytePairTokenizer(
      tokens: tokens, types: types, merges: merges, preTokenizer: preTokenizer, ignoresMerges: preTokenizer == .llama3, special: special)
  }

  /// Adds the `tokenizer.` keys of the GGUF specification, with which llama.cpp reads the same tokens.
  public func write(to metadata: inout GGUFMetadata) {
    metadata["tokenizer.ggml.model"] = .string("gpt2")
    metadata["tokenizer.ggml.pre"] = .string(preTokenizer.name)
    metadata["tokenizer.ggml.tokens"] = .strings(tokens)
    metadata["tokenizer.ggml.token_type"] = .integers(types.map(\.rawValue))
    metadata["tokenizer.ggml.merges"] = .strings(merges)
    // llama.cpp assumes GPT-2's own ids where these are absent. One token opens, ends and pads texts, as in GPT-2.
    for (name, id) in [("bos", special.bos), ("eos", special.eos), ("padding", special.eos), ("eot", special.endOfTurn)] {
      if let id { metadata["tokenizer.ggml.\(name)_token_id"] = .uint32(UInt32(id)) }
    }
    metadata["tokenizer.ggml.add_bos_token"] = .bool(false)
    metadata["tokenizer.ggml.add_eos_token"] = .bool(false)
    if writesChatML { metadata["tokenizer.chat_template"] = .string(Self.chatML) }
  }

  /// ChatML in the template language that other engines render.
  private static let chatML =
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
    + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
}
