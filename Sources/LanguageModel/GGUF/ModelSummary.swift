/// What a GGUF model is, for people and programs: the report of `osusume model info`.
public struct ModelSummary: Codable, Sendable, Equatable {
  /// The tensors of one format.
  public struct Storage: Codable, Sendable, Equatable {
    /// ggml's name of the format.
    public var type: String
    public var tensors: Int
    public var parameters: Int
    public var bytes: Int
  }

  public var file: String
  /// Bytes of the whole file.
  public var bytes: Int
  public var architecture: String
  public var name: String?
  public var parameters: Int
  /// Tokens that the model was trained on at a time.
  public var context: Int?
  public var layers: Int?
  /// Numbers in a token's vector.
  public var width: Int?
  public var heads: Int?
  /// Heads of keys and values; fewer than `heads` with grouped-query attention.
  public var keyHeads: Int?
  /// `mean`, `first token` or `last token`, for encoders that say it.
  public var pooling: String?
  /// The largest part of the file first.
  public var storage: [Storage]
  /// `gpt2`, `llama` or `bert`.
  public var tokenizer: String?
  /// How text is cut into words before: `llama-bpe`, `qwen2` and so on.
  public var preTokenizer: String?
  public var vocabulary: Int?
  public var hasChatTemplate: Bool

  /// - Throws: `GGUFError` if the architecture is absent or a field is of another kind than the format says.
  public init(_ file: GGUFFile) throws(GGUFError) {
    let metadata = file.metadata
    let architecture = try metadata.string("general.architecture")
    self.file = file.path
    self.architecture = architecture
    bytes = file.byteCount
    name = try metadata.string(ifPresent: "general.name")
    parameters = file.orderedTensors.reduce(0) { $0 + $1.elementCount }
    context = try metadata.integer(ifPresent: "\(architecture).context_length")
    layers = try metadata.integer(ifPresent: "\(architecture).block_count")
    width = try metadata.integer(ifPresent: "\(architecture).embedding_length")
    heads = try metadata.integer(ifPresent: "\(architecture).attention.head_count")
    keyHeads = try metadata.integer(ifPresent: "\(architecture).attention.head_count_kv")
    pooling = try metadata.integer(ifPresent: "\(architecture).pooling_type").map {
      [0: "none", 1: "mean", 2: "first token", 3: "last token"][$0] ?? "number \($0)"
    }
    storage = Dictionary(grouping: file.orderedTensors, by: \.type)
      .map { type, tensors in
        Storage(
          type: type.description, tensors: tensors.count, parameters: tensors.reduce(0) { $0 + $1.elementCount },
          bytes: tensors.reduce(0) { $0 + $1.byteCount })
      }
      .sorted { ($0.bytes, $0.type) > ($1.bytes, $1.type) }
    tokenizer = try metadata.string(ifPresent: "tokenizer.ggml.model")
    preTokenizer = try metadata.string(ifPresent: "tokenizer.ggml.pre")
    vocabulary = if case .array(let tokens)? = metadata["tokenizer.ggml.tokens"] { tokens.count } else { nil }
    hasChatTemplate = try metadata.string(ifPresent: "tokenizer.chat_template") != nil
  }

  /// The summary for people, one thing a line.
  public var lines: [String] {
    var lines = ["\(name ?? file): \(architecture), \(Self.short(parameters)) parameters, \(Self.size(bytes))"]
    let shape = [
      layers.map { "\($0) layers" }, width.map { "\($0) wide" },
      heads.map { heads in "\(heads) heads" + (keyHeads.map { $0 == heads ? "" : " (\($0) for keys)" } ?? "") },
      context.map { "context \($0) tokens" }, pooling.map { "pooling \($0)" },
    ].compactMap { $0 }
    if !shape.isEmpty { lines.append(shape.joined(separator: ", ")) }
    for part in storage {
      lines.append("\(part.type): \(part.tensors) tensors, \(Self.short(part.parameters)) parameters, \(Self.size(part.bytes))")
    }
    if let tokenizer, tokenizer != "none" {
      let words = preTokenizer.map { $0 == "default" ? "" : " (\($0))" } ?? ""
      lines.append("tokeniser \(tokenizer)\(words), \(vocabulary ?? 0) tokens, \(hasChatTemplate ? "with" : "no") chat template")
    } else {
      lines.append("no tokeniser")
    }
    return lines
  }

  /// 596M, 1.24B.
  private static func short(_ count: Int) -> String {
    switch count {
    case ..<10_000: "\(count)"
    case ..<1_000_000: "\(count / 1000)k"
    case ..<100_000_000: "\(decimal(count, 100_000, 10))M"
    case ..<1_000_000_000: "\(count / 1_000_000)M"
    default: "\(decimal(count, 10_000_000, 100))B"
    }
  }

  private static func size(_ bytes: Int) -> String {
    bytes < 1 << 20 ? "\(bytes / 1024) KiB" : "\(decimal(bytes, (1 << 20) / 10, 10)) MiB"
  }

  /// `value / (unit * parts)` cut to as many digits as `parts` has noughts.
  private static func decimal(_ value: Int, _ unit: Int, _ parts: Int) -> String {
    let rest = String(value / unit % parts)
    return "\(value / unit / parts)." + String(repeating: "0", count: String(parts).count - 1 - rest.count) + rest
  }
}
