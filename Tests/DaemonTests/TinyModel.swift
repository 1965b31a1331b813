import Foundation
import LanguageModel

/// A chat model of random weights whose tokens are the 256 bytes and the two that frame turns, in a file of its own.
final class TinyModel {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("osu-\(UUID().uuidString.prefix(8))")
  var path: String { file("model.gguf") }

  private let width = 64
  private let hidden = 96
  private let layers = 2
  private let tokens: [String]

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    tokens = Self.byteTokens + ["<|im_start|>", "<|im_end|>"]
    try write()
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func file(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// GPT-2's letters for bytes: those that can be printed stand for themselves, the others for what follows U+0100.
  private static var byteTokens: [String] {
    var next: UInt32 = 0x100
    return (UInt8.min...UInt8.max).map { byte in
      if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE { return String(Unicode.Scalar(byte)) }
      defer { next += 1 }
      return Unicode.Scalar(next).map(String.init) ?? ""
    }
  }

  private func write() throws {
    var metadata = GGUFMetadata()
    metadata["general.architecture"] = .string("llama")
    metadata["general.name"] = .string("tiny")
    for (key, value) in [
      ("context_length", 1 << 16), ("embedding_length", width), ("block_count", layers), ("feed_forward_length", hidden),
      ("attention.head_count", 4), ("attention.head_count_kv", 2), ("vocab_size", tokens.count),
    ] { metadata["llama.\(key)"] = .uint32(UInt32(value)) }
    metadata["llama.attention.layer_norm_rms_epsilon"] = .float32(1e-5)
    metadata["llama.rope.freq_base"] = .float32(10000)
    metadata["tokenizer.ggml.model"] = .string("gpt2")
    metadata["tokenizer.ggml.pre"] = .string("qwen2")
    metadata["tokenizer.ggml.tokens"] = .strings(tokens)
    metadata["tokenizer.ggml.token_type"] = .integers((0..<tokens.count).map { Int32($0 < 256 ? 1 : 3) })
    metadata["tokenizer.ggml.merges"] = .strings([])
    metadata["tokenizer.ggml.eos_token_id"] = .uint32(257)
    metadata["tokenizer.chat_template"] = .string("{% for message in messages %}<|im_start|>{{ message.role }}")
    let writer = try GGUFWriter(
      path: path, metadata: metadata, tensors: shapes.map { GGUFWriter.Description(name: $0.0, type: .f32, shape: $0.1) })
    var state: UInt64 = 1
    for (name, shape) in shapes {
      let spread = name.contains("norm") ? 0 : 1 / Float(shape[0]).squareRoot()
      var values = (0..<shape.reduce(1, *)).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let uniform = Float(state >> 40) / Float(1 << 23) - 1
        return spread == 0 ? 1 : uniform * 2 * spread
      }
      // The end of a turn never has the largest logit, so that a text without chance never ends.
      if name == "output.weight" { values.replaceSubrange(values.count - width..<values.count, with: repeatElement(0, count: width)) }
      try writer.write(values)
    }
    try writer.finish()
  }

  /// An adapter of rank two for the first layer's queries.
  func writeLoRA(to path: String) throws {
    var metadata = GGUFMetadata()
    metadata["general.type"] = .string("adapter")
    metadata["general.architecture"] = .string("llama")
    metadata["adapter.type"] = .string("lora")
    metadata["adapter.lora.alpha"] = .float32(2)
    let name = "blk.0.attn_q.weight"
    try write(path, metadata, [("\(name).lora_a", [width, 2]), ("\(name).lora_b", [2, width])])
  }

  func writeSoftPrompt(to path: String, count: Int) throws {
    var metadata = GGUFMetadata()
    metadata["general.type"] = .string("soft-prompt")
    metadata["general.architecture"] = .string("llama")
    try write(path, metadata, [("prompt.embeddings", [width, count])])
  }

  private func write(_ path: String, _ metadata: GGUFMetadata, _ tensors: [(String, [Int])]) throws {
    let writer = try GGUFWriter(
      path: path, metadata: metadata, tensors: tensors.map { GGUFWriter.Description(name: $0.0, type: .f32, shape: $0.1) })
    for (_, shape) in tensors { try writer.write((0..<shape.reduce(1, *)).map { Float($0 * 37 % 19) / 9 - 1 }) }
    try writer.finish()
  }

  private var shapes: [(String, [Int])] {
    let table = [width, tokens.count]
    var shapes = [("token_embd.weight", table), ("output_norm.weight", [width]), ("output.weight", table)]
    for layer in 0..<layers {
      for (name, shape) in [
        ("attn_norm", [width]), ("attn_q", [width, width]), ("attn_k", [width, width / 2]), ("attn_v", [width, width / 2]),
        ("attn_output", [width, width]), ("ffn_norm", [width]), ("ffn_gate", [width, hidden]), ("ffn_up", [width, hidden]),
        ("ffn_down", [hidden, width]),
      ] { shapes.append(("blk.\(layer).\(name).weight", shape)) }
    }
    return shapes
  }
}
