import Foundation
import Testing

@testable import LanguageModel

@Suite struct ModelQuantizerTests {
  /// A model with each kind of tensor; `tied` leaves `output.weight` out.
  private func model(_ type: TensorType, tied: Bool, bad: Float? = nil) throws -> String {
    var random = SplitMix(5)
    var metadata = GGUFMetadata()
    metadata["general.architecture"] = .string("llama")
    metadata["general.file_type"] = .uint32(ModelQuantizer.fileType(type))
    metadata["tokenizer.ggml.tokens"] = .strings(["a", "b"])
    var shapes: [(String, [Int])] = [
      ("token_embd.weight", [64, 40]), ("blk.0.attn_norm.weight", [64]), ("blk.0.attn_q.weight", [64, 64]),
      ("blk.0.attn_q.bias", [64]), ("blk.0.ffn_down.weight", [48, 64]), ("position_embd.weight", [64, 16]),
    ]
    if !tied { shapes.append(("output.weight", [64, 40])) }
    let path = temporaryPath(".gguf")
    let writer = try GGUFWriter(
      path: path, metadata: metadata,
      tensors: shapes.map { GGUFWriter.Description(name: $0.0, type: $0.1.count > 1 ? type : .f32, shape: $0.1) })
    for (index, tensor) in writer.tensors.enumerated() {
      var values = (0..<tensor.shape.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &random) }
      if let bad, index == 2 { values[1000] = bad }
      if tensor.type == .bf16 {
        try writer.write(values.flatMap { [UInt8(truncatingIfNeeded: $0.bitPattern >> 16), UInt8($0.bitPattern >> 24)] })
      } else {
        try writer.write(values)
      }
    }
    try writer.finish()
    return path
  }

  private func quantized(_ source: String, _ type: TensorType) throws -> (GGUFFile, ModelQuantizer.Report) {
    let path = temporaryPath(".gguf")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let report = try ModelQuantizer(source: source, type: type).write(to: path)
    return (try GGUFFile(path: path), report)
  }

  @Test(arguments: [TensorType.f32, .bf16], [true, false]) func matricesAreQuantised(from: TensorType, tied: Bool) throws {
    let source = try model(from, tied: tied)
    defer { try? FileManager.default.removeItem(atPath: source) }
    let before = try GGUFFile(path: source)
    for type in ModelQuantizer.types {
      let (after, report) = try quantized(source, type)
      #expect(after.orderedTensors.map(\.name) == before.orderedTensors.map(\.name))
      #expect(after.tensors["blk.0.attn_q.weight"]?.type == type)
      #expect(after.tensors["blk.0.attn_norm.weight"]?.type == .f32)
      #expect(after.tensors["blk.0.attn_q.bias"]?.type == .f32)
      #expect(after.tensors["position_embd.weight"]?.type == from)
      // Rows of 48 are no whole number of blocks.
      #expect(after.tensors["blk.0.ffn_down.weight"]?.type == (from == .f32 ? .f16 : from))
      #expect(after.tensors["token_embd.weight"]?.type == (tied ? .q8_0 : type))
      #expect(after.tensors["output.weight"]?.type == (tied ? nil : .q8_0))
      #expect(try after.metadata.integer("general.file_type") == (type == .q8_0 ? 7 : 2))
      #expect(try after.metadata.integer("general.quantization_version") == 2)
      #expect(try after.metadata.strings("tokenizer.ggml.tokens") == ["a", "b"])
      #expect(report.bytes == after.byteCount && report.sourceBytes == before.byteCount)
      #expect(report.tensors.values.reduce(0, +) == before.orderedTensors.count)
      for tensor in before.orderedTensors {
        let step: Float = after.tensors[tensor.name]?.type == .q4_0 ? 1.0 / 8 : 1.0 / 127
        let pairs = zip(before.floats(of: tensor), try after.floats(tensor.name, shape: tensor.shape))
        #expect(pairs.allSatisfy { abs($0 - $1) <= step * 1.01 }, "\(tensor.name)")
      }
    }
  }

  @Test func logitsAreKeptFiner() throws {
    let small = try GGUFFile(path: try model(.f32, tied: true))
    defer { try? FileManager.default.removeItem(atPath: small.path) }
    func type(_ name: String, columns: Int, _ target: TensorType) throws -> TensorType {
      try ModelQuantizer(source: small.path, type: target)
        .newType(GGUFTensor(name: name, type: .f32, shape: [columns, 8], offset: 0, byteCount: 32 * columns))
    }
    #expect(try type("token_embd.weight", columns: 512, .q4_0) == .q6_K)
    #expect(try type("token_embd.weight", columns: 288, .q4_0) == .q8_0)
    #expect(try type("token_embd.weight", columns: 512, .q8_0) == .q8_0)
    #expect(try type("output.weight", columns: 512, .q4_0) == .q6_K)
    #expect(try type("blk.0.ffn_up.weight", columns: 512, .q4_0) == .q4_0)
  }

  /// Several pieces, the last one shorter, give the blocks that one piece gives.
  @Test func largeMatricesAreDoneInPieces() throws {
    var metadata = GGUFMetadata()
    metadata["general.architecture"] = .string("llama")
    let source = temporaryPath(".gguf")
    defer { try? FileManager.default.removeItem(atPath: source) }
    let rows = 5_001
    let writer = try GGUFWriter(
      path: source, metadata: metadata, tensors: [.init(name: "blk.0.ffn_up.weight", type: .f32, shape: [512, rows])])
    let values = (0..<512 * rows).map { Float(($0 &* 7919) % 1013) - 500 }
    try writer.write(values)
    try writer.finish()
    let (after, _) = try quantized(source, .q8_0)
    let expected = values.withUnsafeBufferPointer { TensorType.q8_0.encode($0) }
    #expect(after.withBytes(of: try after.tensor("blk.0.ffn_up.weight")) { Array($0) } == expected)
  }

  @Test func whatCannotBeQuantisedIsRefused() throws {
    let source = try model(.f32, tied: true, bad: .nan)
    defer { try? FileManager.default.removeItem(atPath: source) }
    let path = temporaryPath(".gguf")
    #expect(throws: GGUFError.unusableNumbers(file: source, tensor: "blk.0.attn_q.weight", type: .q8_0)) {
      try ModelQuantizer(source: source, type: .q8_0).write(to: path)
    }
    #expect(!FileManager.default.fileExists(atPath: path))
    let small = temporaryPath(".gguf")
    defer { try? FileManager.default.removeItem(atPath: small) }
    try SmallGGUF.write(to: small)
    #expect(throws: GGUFError.quantizedAlready(file: small, tensor: "two", type: .q8_0)) {
      try ModelQuantizer(source: small, type: .q4_0)
    }
  }
}
