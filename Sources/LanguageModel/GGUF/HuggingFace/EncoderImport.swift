/// BertModel (Devlin et al. 2019): names, shapes and keys as llama.cpp reads them (llama-arch.cpp, models/bert.cpp).
struct EncoderImport {
  let config: HuggingFaceConfig
  private let width: Int
  private let inner: Int
  private let layers: Int
  private let heads: Int
  private let positions: Int
  private let segments: Int
  let vocabularySize: Int

  init(config: HuggingFaceConfig) throws(ModelFileError) {
    self.config = config
    try config.expect("hidden_act", "gelu")
    try config.expect("position_embedding_type", "absolute")
    try config.expectOff("is_decoder")
    width = try config.size("hidden_size")
    inner = try config.size("intermediate_size")
    layers = try config.size("num_hidden_layers")
    heads = try config.size("num_attention_heads")
    positions = try config.size("max_position_embeddings")
    segments = try config.size(ifPresent: "type_vocab_size") ?? 2
    vocabularySize = try config.size("vocab_size")
    guard layers <= 1000, width % heads == 0 else { throw config.refuse("\(layers) layers of \(heads) heads of \(width) are impossible") }
  }

  func describe(in metadata: inout GGUFMetadata, folder: HuggingFaceFolder) throws(ModelFileError) {
    let sizes = [
      ("block_count", layers), ("context_length", positions), ("embedding_length", width), ("feed_forward_length", inner),
      ("attention.head_count", heads), ("vocab_size", vocabularySize),
    ]
    for (key, size) in sizes { metadata["bert.\(key)"] = .uint32(UInt32(size)) }
    metadata["bert.attention.layer_norm_epsilon"] = .float32(try config.float("layer_norm_eps"))
    metadata["bert.attention.causal"] = .bool(false)
    if let longest = try longest(folder) { metadata[BERTFile.longestKey] = .uint32(UInt32(longest)) }
    if let pooling = try Self.pooling(folder) { metadata["bert.pooling_type"] = .uint32(pooling) }
    metadata["tokenizer.ggml.token_type_count"] = .uint32(UInt32(segments))
  }

  /// Tokens that sentence-transformers cuts texts at: fewer than there are positions, if the model was trained on shorter texts.
  private func longest(_ folder: HuggingFaceFolder) throws(ModelFileError) -> Int? {
    let name = "sentence_bert_config.json"
    guard let entry = try HuggingFaceFolder.json(ifPresent: folder.path, name)?["max_seq_length"] else { return nil }
    guard let longest = entry.integer, (3...positions).contains(longest) else {
      throw ModelFileError(
        file: "\(folder.path)/\(name)", problem: "max_seq_length is not from 3 to \(positions)", mend: "Download the model's folder again.")
    }
    return longest
  }

  /// llama.h's `llama_pooling_type` of the folder's sentence-transformers modules: 1 mean, 2 the first token, 3 the last; nil
  /// if the folder does not say.
  private static func pooling(_ folder: HuggingFaceFolder) throws(ModelFileError) -> UInt32? {
    let modules = try HuggingFaceFolder.json(ifPresent: folder.path, "modules.json")?.array ?? []
    guard let path = modules.first(where: { $0["type"]?.string?.hasSuffix("Pooling") == true })?["path"]?.string else { return nil }
    guard !path.isEmpty, !path.contains("/"), path != "..",
      let json = try HuggingFaceFolder.json(ifPresent: "\(folder.path)/\(path)", "config.json")
    else {
      throw ModelFileError(
        file: folder.path + "/modules.json", problem: "names no pooling folder", mend: "Download the model's folder again.")
    }
    let modes: [(switch: String, name: String, number: UInt32)] = [
      ("mean_tokens", "mean", 1), ("cls_token", "cls", 2), ("lasttoken", "lasttoken", 3),
    ]
    // Older files have a switch for each mode, newer ones the mode's name.
    let mode = modes.first { json["pooling_mode_\($0.switch)"]?.bool == true || json["pooling_mode"]?.string == $0.name }
    guard let mode else {
      throw ModelFileError(
        file: "\(folder.path)/\(path)/config.json", problem: "asks for another pooling than mean, first or last token",
        mend: "Use a model of a supported pooling.")
    }
    return mode.number
  }

  func plan(_ weights: [String: HuggingFaceFolder.Weight], matrixType: TensorType?) throws(ModelFileError) -> TensorPlan {
    var plan = TensorPlan(config: config, weights: Self.renamed(weights), matrixType: matrixType)
    try plan.add("embeddings.word_embeddings.weight", as: "token_embd.weight", shape: [width, vocabularySize])
    try plan.add("embeddings.position_embeddings.weight", as: "position_embd.weight", shape: [width, positions])
    try plan.add("embeddings.token_type_embeddings.weight", as: "token_types.weight", shape: [width, segments])
    try addPair("embeddings.LayerNorm", as: "token_embd_norm", [width], &plan)
    for index in 0..<layers {
      let (from, to) = ("encoder.layer.\(index).", "blk.\(index).")
      for (source, name, shape) in [
        ("attention.self.query", "attn_q", [width, width]), ("attention.self.key", "attn_k", [width, width]),
        ("attention.self.value", "attn_v", [width, width]), ("attention.output.dense", "attn_output", [width, width]),
        ("attention.output.LayerNorm", "attn_output_norm", [width]), ("intermediate.dense", "ffn_up", [width, inner]),
        ("output.dense", "ffn_down", [inner, width]), ("output.LayerNorm", "layer_output_norm", [width]),
      ] { try addPair(from + source, as: to + name, shape, &plan) }
    }
    try plan.finish()
    return plan
  }

  /// A weight and its bias.
  private func addPair(_ from: String, as to: String, _ shape: [Int], _ plan: inout TensorPlan) throws(ModelFileError) {
    try plan.add(from + ".weight", as: to + ".weight", shape: shape)
    try plan.add(from + ".bias", as: to + ".bias", shape: [shape[shape.count - 1]])
  }

  /// Without the prefix of models with a head, with today's names of norms, and without what embedding does not use.
  private static func renamed(_ weights: [String: HuggingFaceFolder.Weight]) -> [String: HuggingFaceFolder.Weight] {
    var result: [String: HuggingFaceFolder.Weight] = [:]
    for (name, weight) in weights {
      var name = name.hasPrefix("bert.") ? String(name.dropFirst(5)) : name
      if name == "embeddings.position_ids" || name.hasPrefix("pooler.") || name.hasPrefix("cls.") { continue }
      if name.hasSuffix(".gamma") { name = name.dropLast(6) + ".weight" }
      if name.hasSuffix(".beta") { name = name.dropLast(5) + ".bias" }
      result[name] = weight
    }
    return result
  }
}
