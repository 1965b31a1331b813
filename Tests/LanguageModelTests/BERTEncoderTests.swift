import Foundation
import Testing

@testable import LanguageModel

/// Encoders from GGUF files: against MiniLM's own encoder, and small random ones against arithmetic in double precision.
@Suite struct BERTEncoderTests {
  static let shape = BERTShape(vocabulary: 40, positions: 24, width: 64, heads: 2, inner: 96, layers: 2)

  /// Writes a small model in a file of its own, which `change` may alter before.
  static func file(
    _ naive: NaiveBERT, _ type: TensorType = .f32, pooling: Int? = nil,
    change: (inout GGUFMetadata, inout [(name: String, shape: [Int], values: [Float])]) -> Void = { _, _ in }
  ) throws -> String {
    let shape = naive.shape
    var metadata = GGUFMetadata()
    metadata["general.architecture"] = .string("bert")
    for (key, value) in [
      ("context_length", shape.positions), ("embedding_length", shape.width), ("block_count", shape.layers),
      ("feed_forward_length", shape.inner), ("attention.head_count", shape.heads),
    ] { metadata["bert.\(key)"] = .uint32(UInt32(value)) }
    metadata["bert.attention.layer_norm_epsilon"] = .float32(shape.epsilon)
    if let pooling { metadata["bert.pooling_type"] = .uint32(UInt32(pooling)) }
    metadata["tokenizer.ggml.model"] = .string("bert")
    metadata["tokenizer.ggml.tokens"] = .strings(["[PAD]", "[UNK]", "[CLS]", "[SEP]"] + (4..<shape.vocabulary).map { "▁" + word($0) })
    var tensors = naive.tensors.sorted { $0.key < $1.key }.map { name, values in
      (name: Self.name(name), shape: Self.dimensions(name, values.count, shape), values: values)
    }
    change(&metadata, &tensors)
    let path = temporaryPath(".gguf")
    let writer = try GGUFWriter(
      path: path, metadata: metadata,
      tensors: tensors.map { .init(name: $0.name, type: $0.shape.count > 1 ? type : .f32, shape: $0.shape) })
    for tensor in tensors {
      try writer.write(tensor.values.withUnsafeBufferPointer { (tensor.shape.count > 1 ? type : .f32).encode($0) } ?? [])
    }
    try writer.finish()
    return path
  }

  private static func name(_ name: String) -> String {
    var name = name
    for (long, short) in [
      ("encoder.layer.", "blk."), ("embeddings.word_embeddings", "token_embd"), ("embeddings.position_embeddings", "position_embd"),
      ("embeddings.token_type_embeddings", "token_types"), ("embeddings.LayerNorm", "token_embd_norm"),
      ("attention.self.query", "attn_q"), ("attention.self.key", "attn_k"), ("attention.self.value", "attn_v"),
      ("attention.output.LayerNorm", "attn_output_norm"), ("attention.output.dense", "attn_output"),
      ("output.LayerNorm", "layer_output_norm"), ("intermediate.dense", "ffn_up"), ("output.dense", "ffn_down"),
    ] { name = name.replacing(long, with: short) }
    return name
  }

  private static func dimensions(_ name: String, _ count: Int, _ shape: BERTShape) -> [Int] {
    if name.contains("LayerNorm") || name.hasSuffix(".bias") { return [count] }
    let columns = name.contains("output.dense") && !name.contains("attention") ? shape.inner : shape.width
    return [columns, count / columns]
  }

  /// Texts whose tokens are known: words of the vocabulary, one piece each.
  static func text(_ tokens: Range<Int>) -> String { tokens.map(word).joined(separator: " ") }
  private static func word(_ token: Int) -> String { "w\(token)" }

  @Test(arguments: [TensorType.f32, .f16, .bf16, .q8_0], [nil, 0, 1, 2]) func vectorsAreThoseOfTheDefinition(
    type: TensorType, pooling: Int?
  ) throws {
    let naive = NaiveBERT.random(Self.shape, seed: 5)
    let path = try Self.file(naive, type, pooling: pooling)
    defer { try? FileManager.default.removeItem(atPath: path) }
    for level in SIMDLevel.available {
      let encoder = try BERTEncoder(path: path, level: level)
      #expect(encoder.pooling == (pooling == 2 ? .firstToken : .mean) && encoder.dimension == 64 && encoder.longest == 24)
      let texts = [4..<5, 4..<9, 10..<30, 4..<4].map(Self.text)
      for (text, together) in zip(texts, try encoder.analyse(texts)) {
        let expected = naive.forward(encoder.tokens(text), pooling: encoder.pooling)[1]
        let cosine = zip(try encoder.encode(text), expected).reduce(0.0) { $0 + Double($1.0) * $1.1 }
        let isExact = (type == .f32 || type == .f16) && level != .avx512bf16
        #expect(cosine > 1 - (isExact ? 1e-5 : 1e-3), "\(type) \(level) \(text): \(cosine)")
        #expect(zip(try encoder.encode(text), together.sentence).allSatisfy { abs($0 - $1) < 1e-5 })
      }
    }
  }

  @Test func longTextsAreCutBeforeTheirEnd() throws {
    let path = try Self.file(NaiveBERT.random(Self.shape, seed: 5))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let encoder = try BERTEncoder(path: path)
    let tokens = encoder.tokens(Self.text(4..<40))
    #expect(tokens.count == 24 && tokens.first == 2 && tokens.last == 3)
    #expect(tokens[1..<23].elementsEqual(4..<26))
    // What looks like a control token is text.
    #expect(encoder.tokens("[SEP]") == [2, 1, 1, 1, 3])
  }

  @Test func filesWithoutTokenTypesAndWithLongerTablesRun() throws {
    var naive = NaiveBERT.random(Self.shape, seed: 6)
    naive.tensors["embeddings.token_type_embeddings.weight"] = [Float](repeating: 0, count: 128)
    let path = try Self.file(naive) { metadata, tensors in
      tensors.removeAll { $0.name == "token_types.weight" }
      metadata["bert.context_length"] = .uint32(20)
    }
    defer { try? FileManager.default.removeItem(atPath: path) }
    let encoder = try BERTEncoder(path: path, level: .portable)
    #expect(encoder.longest == 20)
    let text = Self.text(4..<12)
    let cosine = zip(try encoder.encode(text), naive.forward(encoder.tokens(text))[1]).reduce(0.0) { $0 + Double($1.0) * $1.1 }
    #expect(cosine > 1 - 1e-5)
  }

  /// The model that Hugging Face's folder holds, through the importer and the quantiser, beside the encoder that reads the folder.
  @Test func theImportedMiniLMGivesTheSameVectors() throws {
    let (path, small) = (temporaryPath(".gguf"), temporaryPath("-q8.gguf"))
    defer { for path in [path, small] { try? FileManager.default.removeItem(atPath: path) } }
    try HuggingFaceImport(folder: encoderFolder.path).write(to: path)
    _ = try ModelQuantizer(source: path, type: .q8_0).write(to: small)
    let texts = Reference.all.map(\.text)
    let own = try MiniLM(folder: encoderFolder).analyse(texts)
    for (path, tolerance) in [(path, Float(1e-5)), (small, 3e-3)] {
      let encoder = try BERTEncoder(path: path)
      #expect(encoder.pooling == .mean && encoder.dimension == 384 && encoder.longest == 256)
      var worst: Float = 1
      for (expected, found) in zip(own, try encoder.analyse(texts)) {
        worst = min(worst, zip(expected.sentence, found.sentence).reduce(0) { $0 + $1.0 * $1.1 })
      }
      #expect(worst > 1 - tolerance, "\(path): \(worst)")
    }
  }

  private typealias Tensors = [(name: String, shape: [Int], values: [Float])]

  @Test func wrongFilesAreRefusedWithTheMend() throws {
    let naive = NaiveBERT.random(Self.shape, seed: 7)
    func refusal(_ change: (inout GGUFMetadata, inout Tensors) -> Void) throws -> String {
      let path = try Self.file(naive, change: change)
      defer { try? FileManager.default.removeItem(atPath: path) }
      do {
        _ = try BERTEncoder(path: path)
        return "no refusal"
      } catch { return "\(error)".replacing(path, with: "FILE") }
    }
    let cases: [(expected: String, change: (inout GGUFMetadata, inout Tensors) -> Void)] = [
      ("general.architecture is \"llama\"", { metadata, _ in metadata["general.architecture"] = .string("llama") }),
      ("bert.pooling_type is 3", { metadata, _ in metadata["bert.pooling_type"] = .uint32(3) }),
      ("bert.attention.head_count is 0", { metadata, _ in metadata["bert.attention.head_count"] = .uint32(0) }),
      ("not multiples of 32", { metadata, _ in metadata["bert.attention.head_count"] = .uint32(4) }),
      ("has no metadata key bert.block_count", { metadata, _ in metadata["bert.block_count"] = nil }),
      ("has no tensor blk.2.attn_q.weight", { metadata, _ in metadata["bert.block_count"] = .uint32(1_000_000) }),
      ("bert.block_count is 4294967295", { metadata, _ in metadata["bert.block_count"] = .uint32(.max) }),
      ("layer_norm_epsilon is nan", { metadata, _ in metadata["bert.attention.layer_norm_epsilon"] = .float32(.nan) }),
      ("shape of tensor blk.0.ffn_up.weight", { metadata, _ in metadata["bert.feed_forward_length"] = .uint32(128) }),
      ("shape of tensor token_embd.weight", { metadata, _ in metadata["bert.embedding_length"] = .uint32(128) }),
      ("no room for text", { metadata, _ in metadata["bert.context_length"] = .uint32(2) }),
      ("the tensor cls.weight is not supported", { _, tensors in tensors.append((name: "cls.weight", shape: [4], values: [1, 2, 3, 4])) }),
      ("has no metadata key tokenizer.ggml.model", { metadata, _ in metadata["tokenizer.ggml.model"] = nil }),
      (
        "the vocabulary has 41 tokens, the model vectors for 40",
        { metadata, _ in
          let tokens = (try? metadata.strings("tokenizer.ggml.tokens")) ?? []
          metadata["tokenizer.ggml.tokens"] = .strings(tokens + ["more"])
        }
      ),
    ]
    for (expected, change) in cases {
      let found = try refusal(change)
      #expect(found.contains(expected) && found.hasPrefix("FILE: ") && found.hasSuffix("."), "\(found)")
    }
  }
}
