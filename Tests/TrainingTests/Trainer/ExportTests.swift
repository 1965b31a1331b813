import Foundation
import Testing

@testable import LanguageModel
@testable import Training

/// What was trained gives the same numbers where it is used.
@Suite struct ExportTests {
  private static let text: [Int32] = [4, 11, 0, 7, 7, 19, 2, 5, 13]

  /// The engine's logits for the text, one row a token.
  private func logits(_ path: String, with attachments: (DecoderModel) throws -> DecoderAttachments = { _ in .none }) throws -> [[Float]] {
    let model = try DecoderModel(path: path)
    let cache = try KVCache(model, memoryLimit: 16 << 20, precision: .float32)
    let runner = try DecoderRunner(model, cache: cache, threads: 1, batchLimit: 64)
    let attachments = try attachments(model)
    let sequence = cache.open([], with: attachments)
    let rows = try runner.forward([DecoderStep(sequence, attachments.tokens(before: Self.text), logits: .all)])
    return (0..<rows).map { runner.withLogits($0) { Array($0) } }
  }

  /// The trainer's logits for it.
  private func trained(_ inspected: Inspected, prefix: Int = 0) throws -> [[Float]] {
    var corpus = TokenizedCorpus(vocabularySize: 20)
    try corpus.append(Self.text + [0])
    let all = try inspected.pass.logits(corpus.batch(prefix: prefix))
    return stride(from: 0, to: all.count, by: 20).map { Array(all[$0..<$0 + 20]) }
  }

  private func largestDifference(_ a: [[Float]], _ b: [[Float]]) -> Float {
    zip(a.joined(), b.joined()).reduce(a.count == b.count ? 0 : .infinity) { max($0, abs($1.0 - $1.1)) }
  }

  @Test(arguments: [true, false]) func modelRuns(ties: Bool) throws {
    let folder = try TemporaryFolder()
    let model = try TrainableDecoder.strong(ties: ties)
    let expected = try trained(Inspected(model))
    #expect(expected.joined().contains { abs($0) > 0.3 })
    let size = expected.joined().reduce(0) { max($0, abs($1)) }
    for (type, error) in [(TensorType.f32, Float(1e-4)), (.f16, 0.01), (.q8_0, 0.05 * size), (.q4_0, 0.5 * size)] {
      let path = folder.file("\(type).gguf")
      try model.export(to: path, name: "tiny", type: type)
      let difference = largestDifference(try logits(path), expected)
      #expect(difference < error, "\(type)")
      #expect(try GGUFFile(path: path).metadata.string("general.name") == "tiny")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 4, "nothing else is left")
  }

  @Test(arguments: [true, false]) func modelComesBack(ties: Bool) throws {
    let folder = try TemporaryFolder()
    let model = try TrainableDecoder.strong(ties: ties)
    let path = folder.file("model.gguf")
    try model.export(to: path, name: "tiny", type: .f32)
    let again = try TrainableDecoder(path: path)
    #expect(again.shape == model.shape)
    #expect(Array(again.weights.values) == Array(model.weights.values))
    #expect(again.frequencies == model.frequencies)
  }

  @Test(arguments: [TensorType.f32, .f16]) func adapterRuns(type: TensorType) throws {
    let folder = try TemporaryFolder()
    let (base, adapter) = (folder.file("base.gguf"), folder.file("adapter.gguf"))
    let inspected = try Inspected(.strong(), .lora(rank: 3, alpha: 6, matrices: [.query, .value, .attentionOutput, .gate, .down]))
    var random = NormalSource(seed: 4)
    random.fill(inspected.trained.values.values, deviation: 0.2)
    try inspected.model.export(to: base, name: "base")
    try inspected.export(to: adapter, name: "adapter", type: type)
    let expected = try trained(inspected)
    let found = try logits(base) { DecoderAttachments(adapters: [.init(try LoRAAdapter(path: adapter, for: $0))]) }
    #expect(largestDifference(found, expected) < (type == .f32 ? 1e-4 : 0.01))
    #expect(largestDifference(try logits(base), expected) > 0.05, "the adapter changes something")
  }

  @Test func newAdapterChangesNothing() throws {
    let model = try TrainableDecoder.strong()
    #expect(try trained(Inspected(model, .lora(rank: 3, alpha: 6))) == trained(Inspected(model)))
  }

  @Test func softPromptRuns() throws {
    let folder = try TemporaryFolder()
    let (base, prompt) = (folder.file("base.gguf"), folder.file("prompt.gguf"))
    let inspected = try Inspected(.strong(), .softPrompt(count: 5))
    try inspected.model.export(to: base, name: "base")
    try inspected.export(to: prompt, name: "prompt", type: .f32)
    let found = try logits(base) { DecoderAttachments(softPrompt: try SoftPrompt(path: prompt, for: $0)) }
    #expect(largestDifference(found, try trained(inspected, prefix: 5)) < 1e-4)
  }

  @Test func refusesTypesAndModels() throws {
    let folder = try TemporaryFolder()
    let model = try TrainableDecoder.strong()
    #expect(throws: TrainingError.self) { try model.export(to: folder.file("x"), name: "x", type: .q6_K) }
    #expect(throws: TrainingError.self) {
      try Inspected(model, .softPrompt(count: 2)).export(to: folder.file("x"), name: "x", type: .q8_0)
    }
    model.weights.base[0] = .infinity
    #expect(throws: GGUFError.self) { try model.export(to: folder.file("x"), name: "x", type: .f16) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    #expect(throws: TrainingError.self) { try TrainableDecoder(path: folder.file("absent")) }
  }
}
