import Testing

@testable import LanguageModel

/// Adapters against weights merged by hand, beside each other in a batch, and what is refused.
@Suite struct LoRAAdapterTests {
  private let tokens = (0..<30).map { Int32($0 * 37 % 120) }

  private func model(_ name: String = "llama-F32") throws -> DecoderModel { try DecoderModel(path: DecoderFixture.path(name)) }

  private func attached(_ loras: LoRAAdapter..., scale: Float = 1) -> DecoderAttachments {
    DecoderAttachments(adapters: loras.map { .init($0, scale: scale) })
  }

  @Test(arguments: ["llama-F32", "qwen2-F32", "qwen3-F32"], [(1, 1.0), (8, 0.5), (19, -1.0)] as [(Int, Float)])
  func attachedIsMerged(_ name: String, _ change: (rank: Int, scale: Float)) throws {
    let model = try model(name)
    let fixture = AdapterFixture(model, seed: 5, rank: change.rank)
    let merged = try DecoderModel(fixture.merged(into: WrittenFile(model.file), scale: change.scale).open())
    for threads in [1, 2] {
      let runner = try DecoderRunner(testing: model, threads: threads)
      let plain = try runner.allLogits(tokens)
      let found = try runner.allLogits(tokens, with: attached(fixture.load(), scale: change.scale))
      let expected = try DecoderRunner(testing: merged, threads: threads).allLogits(tokens)
      #expect(relativeError(Array(found.joined()), Array(expected.joined())) < 1e-4)
      #expect(relativeError(Array(found.joined()), Array(plain.joined())) > 0.05)
      // What is attached to one text leaves nothing behind.
      #expect(try runner.allLogits(tokens) == plain)
    }
  }

  @Test(arguments: SIMDLevel.available) func levelsAgree(_ level: SIMDLevel) throws {
    let model = try model()
    let fixture = AdapterFixture(model, seed: 6, rank: 8)
    let merged = try DecoderModel(fixture.merged(into: WrittenFile(model.file)).open())
    let found = try DecoderRunner(testing: model, level: level).allLogits(tokens, with: attached(fixture.load()))
    let expected = try DecoderRunner(testing: merged).allLogits(tokens)
    #expect(relativeError(Array(found.joined()), Array(expected.joined())) < 1e-4)
  }

  @Test func adaptersAddUp() throws {
    let model = try model()
    let (one, two) = (AdapterFixture(model, seed: 1, rank: 4), AdapterFixture(model, seed: 2, rank: 20, only: ["blk.1.ffn_down.weight"]))
    let merged = try DecoderModel(two.merged(into: one.merged(into: WrittenFile(model.file))).open())
    let found = try DecoderRunner(testing: model).allLogits(tokens, with: attached(one.load(), two.load()))
    let expected = try DecoderRunner(testing: merged).allLogits(tokens)
    #expect(relativeError(Array(found.joined()), Array(expected.joined())) < 1e-4)
  }

  /// Texts with different adapters, and one without, prompts and single tokens, of which not all logits are wanted.
  @Test func textsOfABatchKeepTheirOwn() throws {
    let model = try model()
    let adapters = try (1...2).map { try AdapterFixture(model, seed: UInt64($0), rank: 6 * $0).load() }
    let all = [attached(adapters[0]), .none, attached(adapters[1]), attached(adapters[0], scale: 0.3)]
    let alone = try all.map { try DecoderRunner(testing: model).allLogits(tokens, with: $0) }
    let runner = try DecoderRunner(testing: model, threads: 2)
    let sequences = all.map { runner.cache.open([], with: $0) }
    try runner.forward(sequences.prefix(2).map { DecoderStep($0, tokens[..<10], logits: .none) })
    let rows = try runner.forward([
      DecoderStep(sequences[2], tokens[..<3], logits: .none), DecoderStep(sequences[0], tokens[10..<11]),
      DecoderStep(sequences[1], tokens[10..<14]), DecoderStep(sequences[3], tokens[..<5], logits: .all),
    ])
    #expect(rows == 7)
    let expected = [alone[0][10], alone[1][13]] + alone[3][..<5]
    for row in 0..<rows { #expect(relativeError(runner.row(row), expected[row]) < 1e-5) }
  }

  @Test(arguments: [TensorType.f16, .bf16, .q8_0]) func otherFormatsAreRead(_ type: TensorType) throws {
    let model = try model("qwen3-Q8_0")
    let fixture = AdapterFixture(model, seed: 3, rank: 32, type: type)
    var floats = fixture.file
    floats.tensors = try fixture.file.open().orderedTensors.map { tensor in
      (tensor.name, .f32, tensor.shape, try fixture.file.open().floats(tensor.name))
    }
    let runner = try DecoderRunner(testing: model)
    let expected = try runner.allLogits(tokens, with: attached(LoRAAdapter(floats.open(), for: model)))
    #expect(try runner.allLogits(tokens, with: attached(fixture.load())) == expected)
  }

  @Test func prefixesAreSharedOnlyWithTheSameAdapters() throws {
    let model = try model()
    let runner = try DecoderRunner(testing: model)
    let (one, two) = (try AdapterFixture(model, seed: 1, rank: 4).load(), try AdapterFixture(model, seed: 2, rank: 4).load())
    let first = runner.cache.open(tokens, with: attached(one))
    try runner.prefill(first, tokens)
    for other in [.none, attached(two), attached(one, two), attached(one, scale: 2)] as [DecoderAttachments] {
      #expect(runner.cache.open(tokens, with: other).length == 0)
    }
    let again = runner.cache.open(tokens, with: attached(one))
    #expect(again.length == 16)
    // A fork goes on with what it forked from, and what a plain text leaves is not found with an adapter.
    let fork = runner.cache.fork(first)
    try runner.forward([DecoderStep(fork, [7])])
    let forked = runner.row(0)
    #expect(try relativeError(forked, DecoderRunner(testing: model).allLogits(tokens + [7], with: attached(one))[30]) < 1e-5)
    let other = (0..<30).map { Int32($0 * 11 % 150) }
    try runner.prefill(runner.cache.open(other), other)
    #expect(runner.cache.open(other, with: attached(one)).length == 0)
    #expect(runner.cache.open(other).length == 16)
  }

  @Test func requestsCarryTheirAdapters() async throws {
    let model = try model()
    let lora = try AdapterFixture(model, seed: 4, rank: 8).load()
    let generator = try Generator(model, threads: 2, cacheMemory: 8 << 20, precision: .float32)
    func text(_ attachments: DecoderAttachments) async throws -> [Int32] {
      var tokens: [Int32] = []
      let request = GenerationRequest(prompt: self.tokens, sampling: .greedy, maximumTokens: 20, attachments: attachments)
      for try await case .token(let token) in generator.generate(request) { tokens.append(token) }
      return tokens
    }
    let plain = try await text(.none)
    async let adapted = text(attached(lora))
    async let again = text(.none)
    let merged = try DecoderModel(AdapterFixture(model, seed: 4, rank: 8).merged(into: WrittenFile(model.file)).open())
    #expect(try await again == plain)
    #expect(try await adapted == DecoderRunner(testing: merged).greedy(tokens, count: 20))
    #expect(try await adapted != plain)
    await #expect(throws: DecoderError.adapter(.invalidScale(.infinity))) { try await text(attached(lora, scale: .infinity)) }
  }

  // MARK: What is refused

  private func refusal(_ change: (inout WrittenFile) -> Void) throws -> AdapterError? {
    let model = try model()
    var file = AdapterFixture(model, seed: 1, rank: 4).file
    change(&file)
    let opened = try file.open("a")
    do {
      _ = try LoRAAdapter(opened, for: model)
    } catch {
      guard case .adapter(let refused) = error else { throw error }
      #expect("\(refused)".hasPrefix("a: "))
      return refused
    }
    return nil
  }

  @Test func wrongFilesAreRefused() throws {
    #expect(try refusal { _ in } == nil)
    #expect(
      try refusal { $0.metadata["general.type"] = .string("model") }
        == .wrongKind(file: "a", key: "general.type", found: "model", expected: "adapter"))
    #expect(
      try refusal { $0.metadata["adapter.type"] = .string("loha") }
        == .wrongKind(file: "a", key: "adapter.type", found: "loha", expected: "lora"))
    #expect(
      try refusal { $0.metadata["general.architecture"] = .string("qwen3") }
        == .architectureMismatch(file: "a", adapter: "qwen3", model: "llama"))
    #expect(
      try refusal { $0.metadata["adapter.lora.alpha"] = .float32(.nan) }
        == .invalidNumber(file: "a", field: "metadata key adapter.lora.alpha"))
    #expect(try refusal { $0.tensors[3].values[5] = .infinity } == .invalidNumber(file: "a", field: "tensor blk.0.attn_k.weight.lora_b"))
    #expect(try refusal { $0.tensors.removeAll() } == .empty(file: "a"))
    #expect(
      try refusal { $0.tensors.remove(at: 0) }
        == .unpaired(file: "a", tensor: "blk.0.attn_q.weight.lora_b", missing: "blk.0.attn_q.weight.lora_a"))
    for name in ["blk.9.attn_q.weight.lora_a", "blk.0.attn_norm.weight", "token_embd.weight.lora_a"] {
      #expect(try refusal { $0.tensors.append((name, .f32, [1], [0])) } == .unknownTensor(file: "a", tensor: name))
    }
    if case .unsupported? = try refusal({ $0.metadata["adapter.alora.invocation_tokens"] = .uint32(1) }) {
    } else {
      Issue.record("aLoRA is not refused")
    }
  }

  @Test func wrongShapesAreRefused() throws {
    // Another rank in B, transposed factors, another width, and no matrix at all.
    for (index, shape) in [(1, [8, 64]), (0, [4, 64]), (1, [64, 4]), (0, [32, 8]), (0, [256])] as [(Int, [Int])] {
      let error = try refusal { file in
        let count = shape.reduce(1, *)
        file.tensors[index] = (file.tensors[index].name, .f32, shape, Array(repeating: 0, count: count))
      }
      guard case .shapeMismatch("a", let tensor, let found, _)? = error else {
        Issue.record("\(shape) is not refused")
        continue
      }
      #expect(tensor.hasPrefix("blk.0.attn_q.weight.lora_"))
      #expect(index == 0 ? found == shape : true)
    }
  }

  @Test func othersModelsAreRefused() throws {
    let lora = try AdapterFixture(model(), seed: 1, rank: 4).load()
    let runner = try DecoderRunner(testing: model("qwen3-F32"))
    #expect(throws: DecoderError.adapter(.otherModel(file: "adapter.gguf"))) { try runner.allLogits([1], with: attached(lora)) }
    // Another quantisation of the same model takes it.
    let small = try DecoderRunner(testing: model("llama-Q8_0"))
    #expect(try small.allLogits(tokens, with: attached(lora)) != small.allLogits(tokens))
  }

  /// Damaged files are refused or give an adapter that runs.
  @Test func damagedFilesNeverCrash() throws {
    let model = try model()
    let whole = try AdapterFixture(model, seed: 8, rank: 2, only: ["blk.0.attn_q.weight", "blk.1.ffn_down.weight"]).file.bytes()
    let runner = try DecoderRunner(testing: model, batchLimit: 3)
    var random = RandomSource(seed: 14)
    var loaded = 0
    for _ in 0..<1000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...2, using: &random) {
        bytes[Int.random(in: 0..<600, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if Bool.random(using: &random), Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
      do {
        let lora = try LoRAAdapter(GGUFFile(bytes: bytes, name: "damaged"), for: model)
        _ = try runner.allLogits([1, 2], with: attached(lora))
        loaded += 1
      } catch {
        #expect(error is DecoderError || error is GGUFError)
      }
    }
    #expect(loaded > 20)
    #expect(loaded < 980)
  }
}
