import Foundation
import Testing

@testable import LanguageModel

@Suite struct HuggingFaceImportTests {
  private func imported(_ folder: String, type: TensorType? = nil) throws -> GGUFFile {
    let path = temporaryPath(".gguf")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try HuggingFaceImport(folder: folder, type: type).write(to: path)
    return try GGUFFile(path: path)
  }

  /// The names of llama.cpp's tensors of a layer with those of Hugging Face.
  private static let layer = [
    "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm",
    "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
  ]

  private func source(_ name: String) -> String {
    let top = [
      "token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight", "output.weight": "lm_head.weight",
    ]
    let parts = name.split(separator: ".").map(String.init)
    return top[name] ?? "model.layers.\(parts[1]).\(Self.layer[parts[2]] ?? "?").\(parts[3])"
  }

  @Test(arguments: [TensorType.f32, .bf16, .f16], [1, 3]) func llamasAreImported(type: TensorType, shards: Int) throws {
    let folder = try ModelFolder.decoder("LlamaForCausalLM")
    folder.config["rope_scaling"] = [
      "rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192,
    ]
    try folder.write(type, shards: shards)
    let file = try imported(folder.path)
    let metadata = file.metadata
    #expect(try metadata.string("general.architecture") == "llama")
    for (key, value) in [
      ("block_count", 2), ("context_length", 64), ("embedding_length", 16), ("feed_forward_length", 32), ("attention.head_count", 4),
      ("attention.head_count_kv", 2), ("attention.key_length", 6), ("attention.value_length", 6), ("rope.dimension_count", 6),
      ("vocab_size", 10),
    ] { #expect(try metadata.integer("llama.\(key)") == value, "\(key)") }
    #expect(try metadata.float("llama.rope.freq_base") == 500_000)
    #expect(try metadata.float("llama.attention.layer_norm_rms_epsilon") == 1e-5)
    #expect(metadata["llama.rope.scaling.type"] == nil)
    #expect(try metadata.integer("general.file_type") == Int(ModelQuantizer.fileType(type)))
    #expect(file.tensors.count == folder.weights.count + 1)
    for tensor in file.orderedTensors where tensor.name != "rope_freqs.weight" {
      let weight = try #require(folder.weights[source(tensor.name)], "\(tensor.name)")
      #expect(tensor.shape == weight.shape.reversed())
      #expect(tensor.type == (tensor.shape.count == 1 ? .f32 : type), "\(tensor.name)")
      let own = file.floats(of: tensor)
      if tensor.name.contains("attn_q.") || tensor.name.contains("attn_k.") {
        // Rows 0, 1, 2 … of a head of six are its rows 0, 3, 1, 4, 2, 5.
        let order = (0..<weight.shape[0]).map { $0 / 6 * 6 + [0, 3, 1, 4, 2, 5][$0 % 6] }
        #expect(own == order.flatMap { weight.values[$0 * 16..<$0 * 16 + 16] }, "\(tensor.name)")
      } else {
        #expect(own == weight.values, "\(tensor.name)")
      }
    }
    let factors = try file.floats("rope_freqs.weight", shape: [3])
    // The frequencies are 1, 500000^(-1/3) and 500000^(-2/3): wavelengths of 6, 499 and 39,583 tokens.
    #expect(factors == [1, 1, 32])
  }

  @Test func llama3SlowsSlowRotations() throws {
    let scaling = RopeScaling.llama3(factor: 32, low: 1, high: 4, originalContext: 8192)
    let factors = try #require(scaling.frequencyFactors(base: 500_000, headSize: 64))
    // Llama 3.2 1B: wavelengths below 8192 / 4 tokens (numbers up to 14) are kept, those above 8192 (from 18 on) slowed.
    #expect(factors.count == 32 && factors[..<15].allSatisfy { $0 == 1 } && factors[18...].allSatisfy { $0 == 32 })
    #expect((15..<18).allSatisfy { factors[$0] > factors[$0 - 1] && factors[$0] < 32 })
  }

  @Test func qwensAreImported() throws {
    for (architecture, name, tied) in [("Qwen2ForCausalLM", "qwen2", false), ("Qwen3ForCausalLM", "qwen3", true)] {
      let folder = try ModelFolder.decoder(architecture, tied: tied)
      if tied { folder.add("lm_head.weight", [10, 16]) }
      folder.config["rope_scaling"] = ["type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32, "beta_fast": 32.0]
      try folder.write(.bf16)
      let file = try imported(folder.path)
      #expect(try file.metadata.string("general.architecture") == name)
      #expect(try file.metadata.string("tokenizer.ggml.pre") == "qwen2")
      #expect(try file.metadata.string("\(name).rope.scaling.type") == "yarn")
      #expect(try file.metadata.float("\(name).rope.scaling.factor") == 4)
      #expect(try file.metadata.float("\(name).rope.scaling.yarn_beta_fast") == 32)
      #expect(try file.metadata.integer("\(name).rope.scaling.original_context_length") == 32)
      #expect(file.tensors["output.weight"] == nil || !tied)
      #expect(file.tensors.count == folder.weights.count - (tied ? 1 : 0))
      for tensor in file.orderedTensors {
        #expect(file.floats(of: tensor) == folder.weights[source(tensor.name)]?.values, "\(tensor.name)")
      }
      #expect(file.tensors["blk.0.attn_q.bias"] != nil || name != "qwen2")
      #expect(file.tensors["blk.1.attn_k_norm.weight"] != nil || name != "qwen3")
    }
  }

  @Test func matricesAreWrittenInTheTypeAskedFor() throws {
    let folder = try ModelFolder.decoder("LlamaForCausalLM")
    try folder.write(.f32)
    for type in HuggingFaceImport.types where !type.isQuantized {
      let file = try imported(folder.path, type: type)
      for tensor in file.orderedTensors {
        #expect(tensor.type == (tensor.shape.count == 1 ? .f32 : type))
        let values = folder.weights[source(tensor.name)]?.values ?? []
        #expect(Set(file.floats(of: tensor)) == Set(values), "\(tensor.name)")
      }
    }
  }

  /// Straight to Q8_0, or through a file of the stored format: the same bytes.
  @Test(arguments: [TensorType.f32, .bf16]) func importingQuantisesAsTheQuantizerDoes(stored: TensorType) throws {
    let folder = try ModelFolder.decoder("LlamaForCausalLM")
    // Rows of 64 are whole blocks, those of the other matrices are not.
    for layer in 0..<2 {
      folder.add("model.layers.\(layer).mlp.down_proj.weight", [16, 64])
      for name in ["gate", "up"] { folder.add("model.layers.\(layer).mlp.\(name)_proj.weight", [64, 16]) }
    }
    folder.config["intermediate_size"] = 64
    try folder.write(stored)
    let (plain, quantized) = (temporaryPath(".gguf"), temporaryPath(".gguf"))
    defer { for path in [plain, quantized] { try? FileManager.default.removeItem(atPath: path) } }
    try HuggingFaceImport(folder: folder.path).write(to: plain)
    var told: [Double] = []
    _ = try ModelQuantizer(source: plain, type: .q8_0).write(to: quantized) { told.append($0) }
    #expect(told.last == 1 && told == told.sorted() && told.count >= 2)
    let expected = try GGUFFile(path: quantized)
    let found = try imported(folder.path, type: .q8_0)
    #expect(found.orderedTensors.map(\.name) == expected.orderedTensors.map(\.name))
    for (tensor, other) in zip(found.orderedTensors, expected.orderedTensors) {
      #expect(tensor.type == other.type && found.withBytes(of: tensor) { Array($0) } == expected.withBytes(of: other) { Array($0) })
    }
    #expect(found.tensors["blk.1.ffn_down.weight"]?.type == .q8_0)
    #expect(found.tensors["blk.1.ffn_up.weight"]?.type == (stored == .f32 ? .f16 : stored))
  }

  @Test func aCancelledImportLeavesNothing() async throws {
    let folder = try ModelFolder.decoder("Qwen3ForCausalLM")
    try folder.write()
    let path = temporaryPath(".gguf")
    let source = folder.path
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try HuggingFaceImport(folder: source).write(to: path)
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    let left = try FileManager.default.contentsOfDirectory(atPath: FileManager.default.temporaryDirectory.path)
    #expect(!left.contains { path.hasSuffix($0) || $0.hasPrefix((path as NSString).lastPathComponent) })
  }

  @Test func encodersAreImported() throws {
    for (pooling, number) in [
      (["pooling_mode_mean_tokens": true, "pooling_mode_cls_token": false], 1), (["pooling_mode_cls_token": true], 2),
      (["pooling_mode": "cls"], 2), (["pooling_mode": "lasttoken"], 3), (["pooling_mode": "max"], nil), (nil, 0),
    ] as [([String: Any]?, Int?)] {
      let folder = try ModelFolder.encoder()
      try folder.write(.f16)
      if let pooling {
        try FileManager.default.createDirectory(atPath: folder.path + "/1_Pooling", withIntermediateDirectories: true)
        try folder.json("1_Pooling/config.json", pooling)
        try folder.json("modules.json", [["type": "a.Transformer", "path": ""], ["type": "a.Pooling", "path": "1_Pooling"]])
      }
      guard let number else {
        #expect(throws: ModelFileError.self) { try HuggingFaceImport(folder: folder.path) }
        continue
      }
      let file = try imported(folder.path)
      #expect(try file.metadata.integer(ifPresent: "bert.pooling_type") ?? 0 == number)
      #expect(file.tensors.count == folder.weights.count - 2)
      #expect(file.tensors["position_embd.weight"]?.type == .f32 && file.tensors["blk.0.ffn_up.weight"]?.type == .f16)
      let down = folder.weights["bert.encoder.layer.0.output.dense.weight"]?.values
      #expect(try file.floats("blk.0.ffn_down.weight", shape: [16, 8]) == down)
      let beta = folder.weights["bert.encoder.layer.0.output.LayerNorm.beta"]?.values
      #expect(try file.floats("blk.0.layer_output_norm.bias", shape: [8]) == beta)
      #expect(try file.metadata.strings("tokenizer.ggml.tokens") == ["[PAD]", "[UNK]", "▁word", "s", "▁お", ""])
      #expect(try file.metadata.integer("bert.context_length") == 12)
    }
  }

  @Test func miniLMIsImported() throws {
    let path = encoderFolder.path
    guard FileManager.default.fileExists(atPath: path + "/model.safetensors") else { return }
    let file = try imported(path)
    let weights = try Safetensors(path: path + "/model.safetensors")
    let metadata = file.metadata
    #expect(try metadata.string("general.architecture") == "bert")
    #expect(try metadata.integer("bert.block_count") == 6)
    #expect(try metadata.integer("bert.attention.head_count") == 12)
    #expect(try metadata.float("bert.attention.layer_norm_epsilon") == 1e-12)
    #expect(try metadata.bool("bert.attention.causal") == false)
    #expect(try metadata.integer("bert.pooling_type") == 1)
    #expect(try metadata.integer("tokenizer.ggml.token_type_count") == 2)
    #expect(try metadata.string("tokenizer.ggml.model") == "bert")
    // The ids that the published GGUF files of the model hold.
    for (key, id) in [("bos", 101), ("eos", 102), ("unknown", 100), ("seperator", 102), ("padding", 0), ("cls", 101), ("mask", 103)] {
      #expect(try metadata.integer("tokenizer.ggml.\(key)_token_id") == id, "\(key)")
    }
    let lines = try String(contentsOfFile: path + "/vocab.txt", encoding: .utf8).split(separator: "\n").map(String.init)
    let tokens = try metadata.strings("tokenizer.ggml.tokens")
    #expect(tokens.count == 30522 && lines.count == 30522)
    let special: Set = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    let expected = lines.map { special.contains($0) ? $0 : $0.hasPrefix("##") ? String($0.dropFirst(2)) : "\u{2581}" + $0 }
    #expect(tokens.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
    #expect(try metadata.integers("tokenizer.ggml.token_type").filter { $0 == 3 }.count == 5)
    #expect(file.tensors.count == 5 + 6 * 16)
    for (name, source) in [
      ("token_embd", "embeddings.word_embeddings"), ("position_embd", "embeddings.position_embeddings"),
      ("token_types", "embeddings.token_type_embeddings"), ("token_embd_norm", "embeddings.LayerNorm"),
      ("blk.5.attn_q", "encoder.layer.5.attention.self.query"), ("blk.0.attn_k", "encoder.layer.0.attention.self.key"),
      ("blk.0.attn_v", "encoder.layer.0.attention.self.value"), ("blk.3.attn_output", "encoder.layer.3.attention.output.dense"),
      ("blk.3.attn_output_norm", "encoder.layer.3.attention.output.LayerNorm"), ("blk.2.ffn_up", "encoder.layer.2.intermediate.dense"),
      ("blk.2.ffn_down", "encoder.layer.2.output.dense"), ("blk.1.layer_output_norm", "encoder.layer.1.output.LayerNorm"),
    ] {
      for part in [".weight", ".bias"] where weights.tensors[source + part] != nil {
        let tensor = try file.tensor(name + part)
        #expect(try file.floats(of: tensor) == weights.floats(source + part, shape: tensor.shape.reversed()), "\(name)\(part)")
      }
    }
  }

  @Test func impossibleFoldersAreRefused() throws {
    func problem(_ change: (ModelFolder) throws -> Void) throws -> String {
      let folder = try ModelFolder.decoder("LlamaForCausalLM")
      try change(folder)
      if !FileManager.default.fileExists(atPath: folder.path + "/config.json") { try folder.write() }
      do throws(ModelFileError) {
        _ = try HuggingFaceImport(folder: folder.path)
        return "accepted"
      } catch { return error.description }
    }
    #expect(try problem { _ in } == "accepted")
    #expect(try problem { $0.config["architectures"] = ["GPT2LMHeadModel"] }.contains("GPT2LMHeadModel is not supported"))
    #expect(try problem { $0.config["architectures"] = nil }.contains("has no architectures"))
    #expect(try problem { $0.config["hidden_size"] = -1 }.contains("hidden_size is no size"))
    #expect(try problem { $0.config["num_key_value_heads"] = 3 }.contains("impossible"))
    #expect(try problem { $0.config["architectures"] = ["Qwen2ForCausalLM"] }.contains("4 heads of 6 are not as wide as hidden_size 16"))
    #expect(try problem { $0.config["hidden_act"] = "gelu" }.contains("hidden_act is gelu"))
    #expect(try problem { $0.config["intermediate_size"] = 64 }.contains("gate_proj.weight has shape [32, 16]"))
    #expect(try problem { $0.config["rope_scaling"] = ["rope_type": "longrope"] }.contains("longrope is not supported"))
    #expect(try problem { $0.config["vocab_size"] = 7 }.contains("embed_tokens.weight has shape [10, 16]"))
    #expect(try problem { $0.weights["model.norm.weight"] = nil }.contains("lack model.norm.weight"))
    #expect(try problem { $0.add("model.layers.0.mlp.experts", [2]) }.contains("hold model.layers.0.mlp.experts"))
    #expect(try problem { $0.tokenizer["model"] = ["type": "Unigram"] }.contains("has no vocabulary"))
    #expect(
      try problem {
        $0.tokenizer["pre_tokenizer"] = ["type": "Sequence", "pretokenizers": [["type": "Split"], ["type": "ByteLevel"]]]
      }.contains("text is cut by"))
    #expect(
      try problem {
        try $0.write(shards: 2)
        try $0.json("model.safetensors.index.json", ["weight_map": ["a": "../model.safetensors"]])
      }.contains("names no file of this folder"))
    #expect(throws: ModelFileError.self) { try HuggingFaceImport(folder: "/nowhere") }
  }

  @Test func numbersThatAreNoneAreRefused() throws {
    let folder = try ModelFolder.decoder("LlamaForCausalLM")
    folder.weights["model.layers.1.self_attn.q_proj.weight"]?.values[5] = 1e6
    try folder.write(.f32)
    let path = temporaryPath(".gguf")
    #expect(
      throws: GGUFError.unusableNumbers(file: folder.path + "/model.safetensors", tensor: "blk.1.attn_q.weight", type: .f16)
    ) { try HuggingFaceImport(folder: folder.path, type: .f16).write(to: path) }
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
