import Foundation

@testable import LanguageModel

/// A small Hugging Face folder of random weights, in the temporary folder until it is released.
final class ModelFolder {
  struct Weight {
    /// The slowest dimension first.
    var shape: [Int]
    var values: [Float]
  }

  let path = temporaryPath("-model")
  var config: [String: Any]
  var tokenizer: [String: Any]
  var tokenizerConfig: [String: Any] = [:]
  var weights: [String: Weight] = [:]
  private var random = SplitMix(17)

  init(config: [String: Any], tokenizer: [String: Any]) throws {
    self.config = config
    self.tokenizer = tokenizer
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Numbers that BF16 and F16 hold exactly.
  func add(_ name: String, _ shape: [Int]) {
    weights[name] = Weight(
      shape: shape, values: (0..<shape.reduce(1, *)).map { _ in Float(Int.random(in: -128...128, using: &random)) / 64 })
  }

  func json(_ name: String, _ value: Any) throws {
    try JSONSerialization.data(withJSONObject: value).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
  }

  /// Writes the files; with several shards, each takes every so manieth weight.
  func write(_ type: TensorType = .f32, shards: Int = 1) throws {
    try json("config.json", config)
    try json("tokenizer.json", tokenizer)
    try json("tokenizer_config.json", tokenizerConfig)
    let names = weights.keys.sorted()
    guard shards > 1 else { return try safetensors(names, type).write(to: URL(fileURLWithPath: path + "/model.safetensors")) }
    var map: [String: String] = [:]
    for shard in 0..<shards {
      let own = names.enumerated().filter { $0.offset % shards == shard }.map(\.element)
      let file = "model-0000\(shard + 1)-of-0000\(shards).safetensors"
      for name in own { map[name] = file }
      try safetensors(own, type).write(to: URL(fileURLWithPath: "\(path)/\(file)"))
    }
    try json("model.safetensors.index.json", ["metadata": ["total_size": 1], "weight_map": map])
  }

  func safetensors(_ names: [String], _ type: TensorType) throws -> Data {
    var header: [String: Any] = ["__metadata__": ["format": "pt"]]
    var data = Data()
    for name in names {
      guard let weight = weights[name] else { continue }
      let bytes = weight.values.withUnsafeBufferPointer { type.encode($0) ?? [] }
      header[name] = ["dtype": type.description, "shape": weight.shape, "data_offsets": [data.count, data.count + bytes.count]]
      data.append(contentsOf: bytes)
    }
    let text = try JSONSerialization.data(withJSONObject: header)
    return Swift.withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) } + text + data
  }

  // MARK: Small models

  static let words = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

  /// Byte-level BPE with the words of Llama 3, or of Qwen.
  static func bytePairs(qwen: Bool = false) -> [String: Any] {
    let pattern = qwen ? words.replacing("{1,3}", with: "") : words
    return [
      "added_tokens": [
        ["id": 6, "content": "<|begin|>", "special": true], ["id": 7, "content": "<|end|>", "special": true],
        ["id": 8, "content": "<think>", "special": false],
      ],
      "pre_tokenizer": [
        "type": "Sequence",
        "pretokenizers": [
          ["type": "Split", "pattern": ["Regex": pattern], "behavior": "Isolated"], ["type": "ByteLevel", "use_regex": false],
        ],
      ],
      "post_processor": [
        "type": "Sequence",
        "processors": [
          ["type": "ByteLevel"],
          ["type": "TemplateProcessing", "single": [["SpecialToken": ["id": "<|begin|>"]], ["Sequence": ["id": "A"]]]],
        ],
      ],
      "model": [
        "type": "BPE", "vocab": ["a": 0, "b": 1, "ab": 2, "Ġ": 3, "Ġa": 4, "é": 5], "merges": [["a", "b"], ["Ġ", "a"]],
      ],
    ]
  }

  /// Two layers of four heads, two of them for keys; heads are of six, for Qwen2 of four.
  static func decoder(_ architecture: String, tied: Bool = false) throws -> ModelFolder {
    let head = architecture == "Qwen2ForCausalLM" ? 4 : 6
    let folder = try ModelFolder(
      config: [
        "architectures": [architecture], "hidden_act": "silu", "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": head, "vocab_size": 10, "max_position_embeddings": 64,
        "rms_norm_eps": 1e-5, "rope_theta": 500000.0, "tie_word_embeddings": tied, "eos_token_id": [7, 6],
      ], tokenizer: bytePairs(qwen: architecture != "LlamaForCausalLM"))
    folder.tokenizerConfig = ["bos_token": "<|begin|>", "eos_token": ["content": "<|end|>"], "chat_template": "{{ messages }}"]
    folder.add("model.embed_tokens.weight", [10, 16])
    folder.add("model.norm.weight", [16])
    if !tied { folder.add("lm_head.weight", [10, 16]) }
    for layer in 0..<2 {
      let name = "model.layers.\(layer)."
      folder.add(name + "input_layernorm.weight", [16])
      folder.add(name + "post_attention_layernorm.weight", [16])
      for (part, rows) in [("q", 4 * head), ("k", 2 * head), ("v", 2 * head)] {
        folder.add(name + "self_attn.\(part)_proj.weight", [rows, 16])
        if architecture == "Qwen2ForCausalLM" { folder.add(name + "self_attn.\(part)_proj.bias", [rows]) }
      }
      if architecture == "Qwen3ForCausalLM" { for part in ["q", "k"] { folder.add(name + "self_attn.\(part)_norm.weight", [head]) } }
      folder.add(name + "self_attn.o_proj.weight", [16, 4 * head])
      folder.add(name + "mlp.gate_proj.weight", [32, 16])
      folder.add(name + "mlp.up_proj.weight", [32, 16])
      folder.add(name + "mlp.down_proj.weight", [16, 32])
    }
    return folder
  }

  /// One layer of two heads of four, with the names that models with a head give their weights.
  static func encoder() throws -> ModelFolder {
    let folder = try ModelFolder(
      config: [
        "architectures": ["BertModel"], "hidden_act": "gelu", "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1,
        "num_attention_heads": 2, "vocab_size": 6, "max_position_embeddings": 12, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
      ],
      tokenizer: [
        "added_tokens": [["id": 0, "content": "[PAD]", "special": true], ["id": 1, "content": "[UNK]", "special": true]],
        "normalizer": ["type": "BertNormalizer", "lowercase": true],
        "model": ["type": "WordPiece", "vocab": ["[PAD]": 0, "[UNK]": 1, "word": 2, "##s": 3, "お": 4, "##": 5]],
      ])
    folder.tokenizerConfig = ["pad_token": "[PAD]", "unk_token": "[UNK]"]
    folder.add("bert.embeddings.word_embeddings.weight", [6, 8])
    folder.add("bert.embeddings.position_embeddings.weight", [12, 8])
    folder.add("bert.embeddings.token_type_embeddings.weight", [2, 8])
    for norm in ["embeddings.LayerNorm", "encoder.layer.0.attention.output.LayerNorm", "encoder.layer.0.output.LayerNorm"] {
      folder.add("bert.\(norm).gamma", [8])
      folder.add("bert.\(norm).beta", [8])
    }
    for (name, rows, columns) in [
      ("attention.self.query", 8, 8), ("attention.self.key", 8, 8), ("attention.self.value", 8, 8), ("attention.output.dense", 8, 8),
      ("intermediate.dense", 16, 8), ("output.dense", 8, 16),
    ] {
      folder.add("bert.encoder.layer.0.\(name).weight", [rows, columns])
      folder.add("bert.encoder.layer.0.\(name).bias", [rows])
    }
    folder.add("bert.pooler.dense.weight", [8, 8])
    folder.add("cls.predictions.bias", [6])
    return folder
  }
}
