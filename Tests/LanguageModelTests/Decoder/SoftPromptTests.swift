import Testing

@testable import LanguageModel

/// Soft prompts made of real tokens against those tokens, and what is refused.
@Suite struct SoftPromptTests {
  private let tokens = (0..<30).map { Int32($0 * 37 % 120) }

  private func model(_ name: String = "llama-F32") throws -> DecoderModel { try DecoderModel(path: DecoderFixture.path(name)) }

  /// A soft prompt of the embeddings of real tokens.
  private func written(_ model: DecoderModel, _ tokens: some Collection<Int32>, type: TensorType = .f32) -> WrittenFile {
    let (table, width) = (model.file.floats(of: model.weights.embedding), model.configuration.width)
    var file = WrittenFile()
    file.metadata["general.type"] = .string("soft-prompt")
    file.metadata["general.architecture"] = .string(model.configuration.architecture.rawValue)
    file.tensors = [("prompt.embeddings", type, [width, tokens.count], tokens.flatMap { table[Int($0) * width..<(Int($0) + 1) * width] })]
    return file
  }

  private func attached(_ model: DecoderModel, _ tokens: some Collection<Int32>, type: TensorType = .f32) throws -> DecoderAttachments {
    DecoderAttachments(softPrompt: try SoftPrompt(written(model, tokens, type: type).open("soft.gguf"), for: model))
  }

  @Test(arguments: [("llama-F32", .f32), ("qwen3-Q8_0", .f32), ("qwen2-Q4_0", .f32), ("llama-F16", .f16)] as [(String, TensorType)])
  func realEmbeddingsAreTheirTokens(_ name: String, _ type: TensorType) throws {
    let model = try model(name)
    let runner = try DecoderRunner(testing: model, threads: 2)
    let plain = try runner.allLogits(tokens)
    let soft = try attached(model, tokens[..<21], type: type)
    #expect(try runner.allLogits(soft.tokens(before: Array(tokens[21...])), with: soft) == plain)
    #expect(try runner.allLogits(tokens) == plain)
  }

  @Test func itGoesWithAdapters() throws {
    let model = try model()
    let lora = try AdapterFixture(model, seed: 1, rank: 4).load()
    var both = try attached(model, tokens[..<9])
    both.adapters = [.init(lora)]
    let runner = try DecoderRunner(testing: model)
    let found = try runner.allLogits(both.tokens(before: Array(tokens[9...])), with: both)
    #expect(try found == runner.allLogits(tokens, with: DecoderAttachments(adapters: [.init(lora)])))
  }

  @Test func prefixesAreSharedOnlyWithTheSameSoftPrompt() throws {
    let model = try model()
    let runner = try DecoderRunner(testing: model)
    let (one, two) = (try attached(model, tokens[..<20]), try attached(model, tokens[1..<21]))
    let prompt = one.tokens(before: tokens)
    try runner.prefill(runner.cache.open(prompt, with: one), prompt)
    #expect(runner.cache.open(prompt, with: one).length == 48)
    #expect(runner.cache.open(prompt, with: two).length == 0)
    #expect(runner.cache.open(tokens).length == 0)
    // Shared vectors give what computed ones do.
    let again = runner.cache.open(prompt, with: one)
    try runner.prefill(again, prompt[again.length...])
    let shared = runner.row(0)
    #expect(try relativeError(shared, DecoderRunner(testing: model).allLogits(tokens[..<20] + tokens)[49]) < 1e-5)
  }

  @Test func requestsCarryTheirSoftPrompt() async throws {
    let model = try model()
    let soft = try attached(model, tokens[..<21])
    let generator = try Generator(model, threads: 2, cacheMemory: 8 << 20, precision: .float32, limits: .init(promptTokensPerStep: 7))
    func text(_ prompt: [Int32], _ attachments: DecoderAttachments) async throws -> [Int32] {
      var tokens: [Int32] = []
      let request = GenerationRequest(prompt: prompt, sampling: .greedy, maximumTokens: 20, attachments: attachments)
      for try await case .token(let token) in generator.generate(request) { tokens.append(token) }
      return tokens
    }
    async let found = text(Array(tokens[21...]), soft)
    #expect(try await text(tokens, .none) == found)
    // Placeholders are nobody's to write, and its positions count.
    await #expect(throws: DecoderError.invalidToken(-1, vocabulary: 200)) { try await text([-1], soft) }
    let small = try Generator(model, threads: 1, cacheMemory: 2 * KVBlockShape(model.configuration, .float16).blockBytes)
    await #expect(throws: DecoderError.contextFull(needed: 41, limit: 32)) {
      for try await _ in small.generate(GenerationRequest(prompt: Array(tokens[..<20]), maximumTokens: 1, attachments: soft)) {}
    }
  }

  @Test func placeholdersNeedTheirSoftPrompt() throws {
    let model = try model()
    let runner = try DecoderRunner(testing: model)
    let soft = try attached(model, tokens[..<3])
    #expect(throws: DecoderError.invalidToken(-4, vocabulary: 200)) { try runner.allLogits([-4], with: soft) }
    #expect(throws: DecoderError.invalidToken(-1, vocabulary: 200)) { try runner.allLogits([-1]) }
    #expect(throws: DecoderError.adapter(.otherModel(file: "soft.gguf"))) {
      try DecoderRunner(testing: self.model("qwen3-F32")).allLogits([-1], with: soft)
    }
  }

  @Test func wrongFilesAreRefused() throws {
    let model = try model()
    func refusal(_ change: (inout WrittenFile) -> Void) throws -> DecoderError? {
      var file = written(model, tokens[..<4])
      change(&file)
      let opened = try file.open("s")
      do throws(DecoderError) { _ = try SoftPrompt(opened, for: model) } catch { return error }
      return nil
    }
    #expect(try refusal { _ in } == nil)
    #expect(
      try refusal { $0.metadata["general.type"] = .string("adapter") }
        == .adapter(.wrongKind(file: "s", key: "general.type", found: "adapter", expected: "soft-prompt")))
    #expect(
      try refusal { $0.metadata["general.architecture"] = .string("qwen2") }
        == .adapter(.architectureMismatch(file: "s", adapter: "qwen2", model: "llama")))
    #expect(try refusal { $0.tensors[0].name = "embeddings" } == .file(.missing(file: "s", field: "tensor prompt.embeddings")))
    #expect(
      try refusal { $0.tensors.append(("more", .f32, [1], [0])) } == .adapter(.unknownTensor(file: "s", tensor: "more")))
    #expect(
      try refusal { $0.tensors[0].type = .q8_0 }
        == .adapter(.unsupportedType(file: "s", tensor: "prompt.embeddings", type: .q8_0)))
    #expect(
      try refusal { $0.tensors[0].values[7] = .nan } == .adapter(.invalidNumber(file: "s", field: "tensor prompt.embeddings")))
    for shape in [[256], [32, 8], [4, 64], [64, 2048]] {
      let error = try refusal { $0.tensors[0] = ("prompt.embeddings", .f32, shape, Array(repeating: 0, count: shape.reduce(1, *))) }
      #expect(
        error
          == .adapter(.shapeMismatch(file: "s", tensor: "prompt.embeddings", found: shape, expected: "[64, 2047 at most]")))
    }
  }
}
