/// The tokeniser of a Hugging Face folder as GGUF metadata: `tokenizer.ggml.*` with the tokens, their types and, by kind, the
/// merges or scores; the special tokens; the chat template.
struct TokenizerImport {
  private let folder: HuggingFaceFolder
  private let vocabularySize: Int

  init(_ folder: HuggingFaceFolder, vocabularySize: Int) {
    self.folder = folder
    self.vocabularySize = vocabularySize
  }

  private func refuse(_ problem: String, _ mend: String = "Use a model with a supported tokeniser.") -> ModelFileError {
    ModelFileError(file: folder.path + "/tokenizer.json", problem: problem, mend: mend)
  }

  func describe(in metadata: inout GGUFMetadata) throws(ModelFileError) {
    guard let model = folder.tokenizer["model"] else { throw refuse("has no model") }
    let kind = model["type"]?.string ?? (model["merges"] == nil ? "none" : "BPE")
    var vocabulary = try ImportedVocabulary(folder, size: vocabularySize)
    switch kind {
    case "BPE" where model["byte_fallback"]?.bool == true:
      metadata["tokenizer.ggml.model"] = .string("llama")
      metadata["tokenizer.ggml.pre"] = .string("default")
      vocabulary.markPieces(unknown: model["unk_token"]?.string)
      metadata["tokenizer.ggml.scores"] = .floats(vocabulary.scores(merges: try merges(model)))
      metadata["tokenizer.ggml.add_space_prefix"] = .bool(addsSpace)
    case "BPE":
      metadata["tokenizer.ggml.model"] = .string("gpt2")
      metadata["tokenizer.ggml.pre"] = .string(try preTokenizer())
      metadata["tokenizer.ggml.merges"] = .strings(try merges(model).map { "\($0.0) \($0.1)" })
    case "WordPiece":
      try expectUncasedWordPiece(model)
      metadata["tokenizer.ggml.model"] = .string("bert")
      metadata["tokenizer.ggml.pre"] = .string("default")
      vocabulary.markWordStarts()
    default: throw refuse("a tokeniser of kind \(kind) is not supported")
    }
    metadata["tokenizer.ggml.tokens"] = .strings(vocabulary.tokens)
    metadata["tokenizer.ggml.token_type"] = .integers(vocabulary.types.map(\.rawValue))
    SpecialTokens(folder, vocabulary).describe(in: &metadata)
    if let template = chatTemplate { metadata["tokenizer.chat_template"] = .string(template) }
  }

  /// Pairs, the first to be joined first. A space in a part, which would end it, is written as byte-level BPE writes spaces.
  private func merges(_ model: ExactJSON) throws(ModelFileError) -> [(String, String)] {
    var merges: [(String, String)] = []
    for (rank, merge) in (model["merges"]?.array ?? []).enumerated() {
      let parts =
        merge.string?.split(separator: " ", omittingEmptySubsequences: false).map(String.init) ?? merge.array?.compactMap(\.string)
      guard let parts, parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { throw refuse("merge \(rank) is no pair") }
      merges.append((parts[0].replacing(" ", with: "\u{120}"), parts[1].replacing(" ", with: "\u{120}")))
    }
    return merges
  }

  /// What llama.cpp calls the way that this byte-level tokeniser cuts text into words.
  private func preTokenizer() throws(ModelFileError) -> String {
    let steps = Self.sequence(folder.tokenizer["pre_tokenizer"], "pretokenizers")
    guard steps.last?["type"]?.string == "ByteLevel" else { throw refuse("the tokeniser is not byte-level") }
    let patterns = steps.filter { $0["type"]?.string == "Split" }.map { $0["pattern"]?["Regex"]?.string ?? "a string" }
    if patterns.isEmpty, steps.count == 1, steps[0]["use_regex"]?.bool != false { return "gpt-2" }
    let words = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|DIGITS| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    let known = [#"\p{N}{1,3}"#: "llama-bpe", #"\p{N}"#: "qwen2"]
    for (digits, name) in known where patterns == [words.replacing("DIGITS", with: digits)] { return name }
    throw refuse("text is cut by \(patterns), which is not supported")
  }

  /// Whether SentencePiece puts a space before the text.
  private var addsSpace: Bool {
    if let told = folder.tokenizerConfig["add_prefix_space"]?.bool { return told }
    if Self.sequence(folder.tokenizer["normalizer"], "normalizers").contains(where: { $0["type"]?.string == "Prepend" }) { return true }
    let steps = Self.sequence(folder.tokenizer["pre_tokenizer"], "pretokenizers")
    guard let step = steps.first(where: { $0["type"]?.string == "Metaspace" }) else { return false }
    return step["prepend_scheme"]?.string.map { $0 != "never" } ?? step["add_prefix_space"]?.bool ?? true
  }

  private func expectUncasedWordPiece(_ model: ExactJSON) throws(ModelFileError) {
    guard model["continuing_subword_prefix"]?.string ?? "##" == "##" else { throw refuse("inner pieces do not begin with ##") }
    // llama.cpp's WordPiece lowers the case and strips accents always.
    let normalizer = folder.tokenizer["normalizer"]
    guard normalizer?["lowercase"]?.bool ?? true, normalizer?["strip_accents"]?.bool ?? true else {
      throw refuse("a WordPiece tokeniser that keeps case or accents is not supported", "Use the uncased edition of the model.")
    }
  }

  /// The template of tokenizer_config.json, of several the default one, or that of a file of its own.
  private var chatTemplate: String? {
    let entry = folder.tokenizerConfig["chat_template"]
    let several = entry?.array ?? []
    let named = several.first { $0["name"]?.string == "default" } ?? several.first
    return entry?.string ?? named?["template"]?.string ?? folder.text(ifPresent: "chat_template.jinja")
  }

  /// The steps of a `Sequence`, or the single step that stands in its place.
  static func sequence(_ json: ExactJSON?, _ key: String) -> [ExactJSON] {
    guard let json else { return [] }
    return json["type"]?.string == "Sequence" ? json[key]?.array ?? [] : [json]
  }
}
