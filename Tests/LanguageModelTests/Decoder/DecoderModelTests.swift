import Foundation
import Testing

@testable import LanguageModel

/// What is refused, and that nothing crashes.
@Suite struct DecoderModelTests {
  /// A model of the fixture's tensors with some metadata or tensors changed.
  private func changed(
    _ name: String = "qwen3-Q8_0", keys: [String: GGUFValue?] = [:], without: String? = nil, renaming: [String: String] = [:]
  ) throws -> DecoderModel {
    let file = try GGUFFile(path: DecoderFixture.path(name))
    var metadata = file.metadata
    for (key, value) in keys { metadata[key] = value }
    let tensors = file.orderedTensors.filter { $0.name != without }
    let path = NSTemporaryDirectory() + "decoder-\(UUID().uuidString).gguf"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = try GGUFWriter(
      path: path, metadata: metadata, tensors: tensors.map { .init(name: renaming[$0.name] ?? $0.name, type: $0.type, shape: $0.shape) })
    for tensor in tensors { try file.withBytes(of: tensor) { bytes throws(GGUFError) in try writer.write(bytes) } }
    try writer.finish()
    return try DecoderModel(path: path)
  }

  @Test func unchangedModelsLoad() throws {
    let model = try changed()
    #expect(model.configuration.architecture == .qwen3)
    #expect(model.configuration.headWidth == 32)
    #expect(model.configuration.group == 2)
  }

  @Test(arguments: [
    ("general.architecture", GGUFValue.string("mamba"), "mamba"), ("qwen3.embedding_length", .uint32(65), "[65, tokens]"),
    ("qwen3.block_count", .uint32(3), "blk.2."), ("qwen3.block_count", .uint32(1), "blk.1."),
    ("qwen3.block_count", .uint32(0), "block_count"),
    ("qwen3.attention.head_count", .uint32(5), "divisor"), ("qwen3.attention.head_count", .uint32(8), "attn_q.weight"),
    ("qwen3.attention.head_count_kv", .uint32(4), "attn_k.weight"), ("qwen3.attention.key_length", .uint32(24), "24"),
    ("qwen3.attention.value_length", .uint32(48), "values"), ("qwen3.feed_forward_length", .uint32(127), "ffn_gate.weight"),
    ("qwen3.feed_forward_length", .uint64(.max), "feed_forward_length"), ("qwen3.context_length", .string("long"), "context_length"),
    ("qwen3.attention.layer_norm_rms_epsilon", .float32(.nan), "epsilon"), ("qwen3.rope.freq_base", .float32(-1), "freq_base"),
    ("qwen3.rope.dimension_count", .uint32(7), "dimension_count"), ("qwen3.rope.scaling.type", .string("spiral"), "spiral"),
    ("qwen3.expert_count", .uint32(8), "mixture of experts"),
  ]) func wrongMetadataIsRefused(_ key: String, _ value: GGUFValue, _ part: String) {
    #expect {
      try changed(keys: [key: value])
    } throws: { error in
      error is DecoderError && "\(error)".contains(part)
    }
  }

  @Test(arguments: ["token_embd.weight", "blk.1.attn_q_norm.weight", "blk.0.ffn_down.weight", "output_norm.weight"])
  func absentTensorsAreNamed(_ name: String) {
    #expect {
      try changed(without: name)
    } throws: { "\($0)".contains(name) }
  }

  @Test func unusedTensorsAreRefused() {
    #expect {
      try changed(renaming: ["output.weight": "blk.0.attn_output.bias"])
    } throws: { "\($0)".contains("the tensor blk.0.attn_output.bias is not supported") }
  }

  @Test func biasesAreNeededByQwen2Alone() throws {
    #expect(throws: DecoderError.self) { try changed("qwen2-Q8_0", without: "blk.0.attn_k.bias") }
    #expect(try changed("qwen2-Q8_0").weights.layers[0].keyBias.count == 48)
  }

  @Test func wrongBatchesAreRefused() throws {
    let runner = try DecoderRunner(testing: changed(), batchLimit: 4)
    let sequence = runner.cache.open([])
    #expect(throws: DecoderError.emptyPrompt) { try runner.forward([]) }
    #expect(throws: DecoderError.emptyPrompt) { try runner.forward([DecoderStep(sequence, [])]) }
    #expect(throws: DecoderError.invalidToken(-1, vocabulary: 160)) { try runner.forward([DecoderStep(sequence, [3, -1])]) }
    #expect(throws: DecoderError.batchTooLarge(tokens: 5, limit: 4)) { try runner.forward([DecoderStep(sequence, [1, 2, 3, 4, 5])]) }
    #expect(throws: DecoderError.repeatedSequence) {
      try runner.forward([DecoderStep(sequence, [1]), DecoderStep(sequence, [2])])
    }
    #expect(sequence.length == 0)
  }

  @Test func piecesOfAPromptGiveWhatTheWholeDoes() throws {
    let fixture = try #require(DecoderFixture.all.first { $0.model == "llama-F32.gguf" })
    for limit in [1, 5, 24] {
      let runner = try DecoderRunner(testing: fixture.load(), threads: 2, batchLimit: limit)
      try runner.prefill(runner.cache.open([]), fixture.prompt)
      #expect(relativeError(runner.row(0), fixture.logits[2]) < 1e-4)
    }
  }

  /// Damaged headers are refused or give a model that runs.
  @Test func damagedFilesNeverCrash() throws {
    let whole = [UInt8](try #require(FileManager.default.contents(atPath: DecoderFixture.path("linear-F32"))))
    var random = RandomSource(seed: 13)
    var loaded = 0
    for _ in 0..<400 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: 24..<3000, using: &random)
        bytes[place] =
          Bool.random(using: &random)
          ? UInt8.random(in: 0...255, using: &random) : bytes[place] ^ (1 << UInt8.random(in: 0..<8, using: &random))
      }
      do {
        let model = try DecoderModel(GGUFFile(bytes: bytes, name: "damaged"))
        let runner = try DecoderRunner(testing: model, batchLimit: 3)
        try runner.forward([DecoderStep(runner.cache.open([]), [0])])
        loaded += 1
      } catch {
        #expect(error is DecoderError || error is GGUFError)
      }
    }
    #expect(loaded > 20)
  }
}
