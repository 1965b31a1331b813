import Foundation
import Testing

@testable import LanguageModel

@Suite struct ModelSummaryTests {
  @Test func decodersAreSummed() throws {
    let folder = try ModelFolder.decoder("LlamaForCausalLM")
    try folder.write(.bf16)
    let path = temporaryPath(".gguf")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try HuggingFaceImport(folder: folder.path).write(to: path)
    let file = try GGUFFile(path: path)
    let summary = try ModelSummary(file)
    let count = folder.weights.values.reduce(0) { $0 + $1.values.count }
    #expect(summary.architecture == "llama" && summary.parameters == count && summary.bytes == file.byteCount)
    #expect(summary.layers == 2 && summary.width == 16 && summary.heads == 4 && summary.keyHeads == 2 && summary.context == 64)
    #expect(summary.storage.map(\.type) == ["BF16", "F32"] && summary.storage.map(\.tensors) == [16, 5])
    #expect(summary.storage.reduce(0) { $0 + $1.parameters } == count)
    #expect(summary.storage[1].bytes == 4 * summary.storage[1].parameters)
    #expect(summary.tokenizer == "gpt2" && summary.preTokenizer == "llama-bpe" && summary.vocabulary == 10 && summary.hasChatTemplate)
    #expect(summary.lines.dropFirst().first == "2 layers, 16 wide, 4 heads (2 for keys), context 64 tokens")
    #expect(summary.lines.last == "tokeniser gpt2 (llama-bpe), 10 tokens, with chat template")
    #expect(try JSONDecoder().decode(ModelSummary.self, from: JSONEncoder().encode(summary)) == summary)
  }

  @Test func encodersAreSummed() throws {
    guard FileManager.default.fileExists(atPath: encoderFolder.path + "/model.safetensors") else { return }
    let path = temporaryPath(".gguf")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try HuggingFaceImport(folder: encoderFolder.path).write(to: path)
    let lines = try ModelSummary(GGUFFile(path: path)).lines
    #expect(lines[0].hasPrefix("all-MiniLM-L6-v2: bert, 22.5M parameters, 8"))
    #expect(lines[1] == "6 layers, 384 wide, 12 heads, context 512 tokens, pooling mean")
    #expect(lines[3] == "tokeniser bert, 30522 tokens, no chat template")
  }

  @Test func filesThatAreNoModelAreRefused() throws {
    let path = temporaryPath(".gguf")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try GGUFWriter(path: path, metadata: GGUFMetadata(), tensors: []).finish()
    #expect(throws: GGUFError.missing(file: path, field: "metadata key general.architecture")) { try ModelSummary(GGUFFile(path: path)) }
    #expect(try ModelSummary(GGUFFile(bytes: SmallGGUF.bytes, name: "small.gguf")).lines.last == "no tokeniser")
  }
}
