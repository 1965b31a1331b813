import Foundation
import Testing

@testable import LanguageModel

/// A small file with a value of every kind and three tensors.
enum SmallGGUF {
  static let metadata: GGUFMetadata = {
    var metadata = GGUFMetadata()
    metadata["general.architecture"] = .string("llama")
    metadata["a.uint8"] = .uint8(200)
    metadata["a.int8"] = .int8(-3)
    metadata["a.uint16"] = .uint16(60000)
    metadata["a.int16"] = .int16(-30000)
    metadata["a.uint32"] = .uint32(4_000_000_000)
    metadata["a.int32"] = .int32(-2_000_000_000)
    metadata["a.uint64"] = .uint64(.max)
    metadata["a.int64"] = .int64(.min)
    metadata["a.float32"] = .float32(0.1)
    metadata["a.float64"] = .float64(0.25)
    metadata["a.bool"] = .bool(true)
    metadata["tokenizer.ggml.tokens"] = .strings(["a", "", "お勧め", "Ġthe"])
    metadata["tokenizer.ggml.token_type"] = .integers([1, -1, 3, 6])
    metadata["tokenizer.ggml.scores"] = .floats([0, -1.5, .infinity, 2])
    return metadata
  }()
  static let tensors = [
    GGUFWriter.Description(name: "one", type: .f32, shape: [3, 2]),
    GGUFWriter.Description(name: "two", type: .q8_0, shape: [32, 2]),
    GGUFWriter.Description(name: "three", type: .bf16, shape: [5]),
  ]

  static func write(to path: String) throws {
    let writer = try GGUFWriter(path: path, metadata: metadata, tensors: tensors)
    try writer.write([1, 2, 3, 4, 5, 6] as [Float])
    for row in 0..<2 { try writer.write([UInt8](repeating: UInt8(row + 7), count: 34)) }
    try writer.write([UInt8](0..<10))
    try writer.finish()
  }

  static let bytes: [UInt8] = {
    let path = temporaryPath(".gguf")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try! write(to: path)
    return [UInt8](FileManager.default.contents(atPath: path)!)
  }()
}

@Suite struct GGUFFileTests {
  @Test func whatIsWrittenIsRead() throws {
    let path = temporaryPath(".gguf")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try SmallGGUF.write(to: path)
    let file = try GGUFFile(path: path)
    let metadata = file.metadata
    #expect(metadata.keys == SmallGGUF.metadata.keys)
    #expect(try metadata.string("general.architecture") == "llama")
    #expect(try metadata.integer("a.uint8") == 200)
    #expect(try metadata.integer("a.int8") == -3)
    #expect(try metadata.integer("a.uint16") == 60000)
    #expect(try metadata.integer("a.int16") == -30000)
    #expect(try metadata.integer("a.uint32") == 4_000_000_000)
    #expect(try metadata.integer("a.int32") == -2_000_000_000)
    #expect(try metadata.integer("a.int64") == .min)
    #expect(throws: GGUFError.self) { try metadata.integer("a.uint64") }
    #expect(try metadata.float("a.float32") == 0.1)
    #expect(try metadata.float("a.float64") == 0.25)
    #expect(try metadata.bool("a.bool"))
    #expect(try metadata.strings("tokenizer.ggml.tokens") == ["a", "", "お勧め", "Ġthe"])
    #expect(try metadata.integers("tokenizer.ggml.token_type") == [1, -1, 3, 6])
    #expect(try metadata.floats("tokenizer.ggml.scores") == [0, -1.5, .infinity, 2])
    #expect(file.orderedTensors.map(\.name) == ["one", "two", "three"])
    let one = try file.tensor("one", shape: [3, 2])
    #expect(file.withBytes(of: one) { Array($0.bindMemory(to: Float.self)) } == [1, 2, 3, 4, 5, 6])
    let two = try file.tensor("two")
    #expect(two.byteCount == 68 && two.rowCount == 2 && two.elementCount == 64)
    #expect(file.withBytes(of: two) { Set($0) } == [7, 8])
    #expect(file.withBytes(of: try file.tensor("three")) { Array($0) } == Array(0..<10))
    #expect(file.orderedTensors.allSatisfy { $0.offset % 32 == 0 })
  }

  @Test func absentAndWrongValuesAreNamed() throws {
    let file = try GGUFFile(bytes: SmallGGUF.bytes, name: "small.gguf")
    #expect(try file.metadata.string(ifPresent: "nothing") == nil)
    #expect(throws: GGUFError.missing(file: "small.gguf", field: "metadata key nothing")) { try file.metadata.string("nothing") }
    #expect(
      throws: GGUFError.mismatch(file: "small.gguf", field: "metadata key a.bool", found: "bool true", expected: "an integer")
    ) { try file.metadata.integer("a.bool") }
    #expect(throws: GGUFError.missing(file: "small.gguf", field: "tensor four")) { try file.tensor("four") }
    #expect(throws: GGUFError.self) { try file.tensor("one", shape: [2, 3]) }
  }

  @Test func missingFilesAndFoldersAreRefused() {
    #expect(throws: GGUFError.unreadable(file: "/nowhere/a.gguf", reason: "No such file or directory")) {
      try GGUFFile(path: "/nowhere/a.gguf")
    }
    #expect(throws: GGUFError.unreadable(file: "/tmp", reason: "not a regular file")) { try GGUFFile(path: "/tmp") }
    #expect(throws: GGUFError.unreadable(file: "/dev/zero", reason: "not a regular file")) { try GGUFFile(path: "/dev/zero") }
  }

  @Test func largeVocabulariesAreRead() throws {
    var metadata = GGUFMetadata()
    let tokens = (0..<150_000).map { "token-\($0)-お" }
    metadata["tokenizer.ggml.tokens"] = .strings(tokens)
    let path = temporaryPath(".gguf")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try GGUFWriter(path: path, metadata: metadata, tensors: []).finish()
    #expect(try GGUFFile(path: path).metadata.strings("tokenizer.ggml.tokens") == tokens)
  }

  @Test func anUnfinishedFileNeverAppears() throws {
    let folder = temporaryPath("")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/a.gguf"
    try Data("old".utf8).write(to: URL(fileURLWithPath: path))
    do {
      let writer = try GGUFWriter(path: path, metadata: SmallGGUF.metadata, tensors: SmallGGUF.tensors)
      try writer.write([1, 2] as [Float])
      #expect(throws: GGUFError.self) { try writer.finish() }
      #expect(throws: GGUFError.self) { try writer.write([UInt8](repeating: 0, count: 17)) }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.gguf"])
    #expect(FileManager.default.contents(atPath: path) == Data("old".utf8))
  }

  @Test func impossibleTensorsAreNotWritten() {
    let path = temporaryPath(".gguf")
    for tensors in [
      [GGUFWriter.Description(name: "a", type: .q8_0, shape: [33])],
      [GGUFWriter.Description(name: "a", type: .f32, shape: [])],
      [GGUFWriter.Description(name: "a", type: .f32, shape: [1, 1, 1, 1, 1])],
      [GGUFWriter.Description(name: "", type: .f32, shape: [1])],
      [GGUFWriter.Description(name: "a", type: .f32, shape: [1]), GGUFWriter.Description(name: "a", type: .f32, shape: [1])],
    ] {
      #expect(throws: GGUFError.self) { try GGUFWriter(path: path, metadata: GGUFMetadata(), tensors: tensors) }
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
