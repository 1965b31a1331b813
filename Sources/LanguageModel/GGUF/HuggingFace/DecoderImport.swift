/// LlamaForCausalLM, Qwen2ForCausalLM and Qwen3ForCausalLM: names, shapes and keys as llama.cpp reads them (llama-arch.cpp).
struct DecoderImport {
  /// llama.cpp's name: `llama`, `qwen2` or `qwen3`.
  let architecture: String
  let config: HuggingFaceConfig
  private let scaling: RopeScaling
  private let base: Float
  private let width: Int
  private let inner: Int
  private let layers: Int
  private let heads: Int
  private let keyHeads: Int
  private let headSize: Int
  let vocabularySize: Int

  init(architecture: String, config: HuggingFaceConfig) throws(ModelFileError) {
    self.architecture = architecture
    self.config = config
    try config.expect("hidden_act", "silu")
    try config.expectOff("use_sliding_window")
    scaling = try RopeScaling(config)
    base = try RopeScaling.base(config)
    width = try config.size("hidden_size")
    inner = try config.size("intermediate_size")
    layers = try config.size("num_hidden_layers")
    heads = try config.size("num_attention_heads")
    keyHeads = try config.size(ifPresent: "num_key_value_heads") ?? heads
    vocabularySize = try config.size("vocab_size")
    headSize = try config.size(ifPresent: "head_dim") ?? width / heads
    guard layers <= 1000, headSize > 0, headSize % 2 == 0, heads % keyHeads == 0 else {
      throw config.refuse("\(layers) layers of \(heads) heads of \(headSize), \(keyHeads) for keys, are impossible")
    }
    // llama.cpp gives qwen2's queries the model's width.
    guard architecture != "qwen2" || heads * headSize == width else {
      throw config.refuse("\(heads) heads of \(headSize) are not as wide as hidden_size \(width), which qwen2 needs")
    }
    if case .llama3 = scaling, architecture != "llama" { throw config.refuse("rope scaling of type llama3 is for llama only") }
  }

  func describe(in metadata: inout GGUFMetadata) throws(ModelFileError) {
    let sizes = [
      ("block_count", layers), ("context_length", try config.size("max_position_embeddings")), ("embedding_length", width),
      ("feed_forward_length", inner), ("attention.head_count", heads), ("attention.head_count_kv", keyHeads),
      ("attention.key_length", headSize), ("attention.value_length", headSize), ("rope.dimension_count", headSize),
      ("vocab_size", vocabularySize),
    ]
    for (key, size) in sizes { metadata["\(architecture).\(key)"] = .uint32(UInt32(size)) }
    metadata["\(architecture).attention.layer_norm_rms_epsilon"] = .float32(try config.float("rms_norm_eps"))
    metadata["\(architecture).rope.freq_base"] = .float32(base)
    scaling.describe(in: &metadata, architecture: architecture)
  }

  func plan(_ weights: [String: HuggingFaceFolder.Weight], matrixType: TensorType?) throws(ModelFileError) -> TensorPlan {
    // Older files hold the rotation's frequencies, which follow from the config.
    let own = weights.filter { !$0.key.hasSuffix("rotary_emb.inv_freq") }
    var plan = TensorPlan(config: config, weights: own, matrixType: matrixType)
    try plan.add("model.embed_tokens.weight", as: "token_embd.weight", shape: [width, vocabularySize])
    if let factors = scaling.frequencyFactors(base: base, headSize: headSize) { plan.add(factors, as: "rope_freqs.weight") }
    for index in 0..<layers { try addLayer("model.layers.\(index).", "blk.\(index).", &plan) }
    try plan.add("model.norm.weight", as: "output_norm.weight", shape: [width])
    // Tied embeddings write the logits too; some files hold them twice.
    if config.json["tie_word_embeddings"]?.bool == true { plan.drop("lm_head.weight") }
    try plan.add("lm_head.weight", as: "output.weight", shape: [width, vocabularySize], optional: true)
    try plan.finish()
    return plan
  }

  private func addLayer(_ from: String, _ to: String, _ plan: inout TensorPlan) throws(ModelFileError) {
    // Only llama's RoPE turns neighbours (LLAMA_ROPE_TYPE_NORM); that of the qwen family is Hugging Face's own.
    let reordered = architecture == "llama" ? headSize : nil
    try plan.add(from + "input_layernorm.weight", as: to + "attn_norm.weight", shape: [width])
    for (source, name, count, order) in [
      ("q_proj", "attn_q", heads, reordered), ("k_proj", "attn_k", keyHeads, reordered), ("v_proj", "attn_v", keyHeads, nil),
    ] {
      try plan.add(from + "self_attn.\(source).weight", as: to + name + ".weight", shape: [width, count * headSize], headSize: order)
      try plan.add(
        from + "self_attn.\(source).bias", as: to + name + ".bias", shape: [count * headSize], optional: architecture != "qwen2",
        headSize: order)
    }
    if architecture == "qwen3" {
      try plan.add(from + "self_attn.q_norm.weight", as: to + "attn_q_norm.weight", shape: [headSize])
      try plan.add(from + "self_attn.k_norm.weight", as: to + "attn_k_norm.weight", shape: [headSize])
    }
    try plan.add(from + "self_attn.o_proj.weight", as: to + "attn_output.weight", shape: [heads * headSize, width])
    try plan.add(from + "self_attn.o_proj.bias", as: to + "attn_output.bias", shape: [width], optional: true)
    try plan.add(from + "post_attention_layernorm.weight", as: to + "ffn_norm.weight", shape: [width])
    try plan.add(from + "mlp.gate_proj.weight", as: to + "ffn_gate.weight", shape: [width, inner])
    try plan.add(from + "mlp.up_proj.weight", as: to + "ffn_up.weight", shape: [width, inner])
    try plan.add(from + "mlp.down_proj.weight", as: to + "ffn_down.weight", shape: [inner, width])
  }
}
