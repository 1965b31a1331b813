import Testing

@testable import LanguageModel

/// Sharing, copying, bounds and eviction of cache blocks, each against a computation without sharing.
@Suite struct KVCacheTests {
  private let prompt = (0..<70).map { Int32($0 * 37 % 200) }

  private func model() throws -> DecoderModel { try DecoderModel(path: DecoderFixture.path("llama-F32")) }

  private func runner(_ model: DecoderModel, blocks: Int) throws -> DecoderRunner {
    let cache = try KVCache(model, memoryLimit: blocks * KVBlockShape(model.configuration, .float32).blockBytes, precision: .float32)
    return try DecoderRunner(model, cache: cache, threads: 2, batchLimit: 32)
  }

  private func logits(_ runner: DecoderRunner, _ tokens: [Int32]) throws -> [Float] {
    let sequence = runner.cache.open(tokens)
    try runner.prefill(sequence, tokens[sequence.length...])
    return runner.row(0)
  }

  @Test func promptsShareTheirBeginnings() throws {
    let runner = try runner(model(), blocks: 20)
    let plain = try logits(runner, prompt)
    #expect(runner.cache.statistics.sharedTokens == 0)
    let other = prompt[..<40] + [5, 6, 7]
    let sequence = runner.cache.open(Array(other))
    #expect(sequence.length == 32)
    #expect(Array(sequence.tokens) == Array(prompt[..<32]))
    // What is shared gives the same logits as what is computed.
    let shared = try logits(runner, prompt)
    #expect(runner.cache.statistics.sharedTokens == 32 + 64)
    #expect(relativeError(shared, plain) < 1e-5)
  }

  @Test func theLastTokenIsAlwaysComputed() throws {
    let runner = try runner(model(), blocks: 20)
    let whole = Array(prompt[..<64])
    let first = try logits(runner, whole)
    #expect(runner.cache.open(whole).length == 48)
    #expect(try relativeError(logits(runner, whole), first) < 1e-5)
  }

  @Test func forksCopyBeforeTheyWrite() throws {
    let runner = try runner(model(), blocks: 20)
    let sequence = runner.cache.open(prompt)
    try runner.prefill(sequence, prompt)
    let fork = runner.cache.fork(sequence)
    // Both go on differently from within the same block, in one batch.
    let rows = try runner.forward([DecoderStep(sequence, [1]), DecoderStep(fork, [2])])
    #expect(rows == 2)
    #expect(runner.cache.statistics.copiedBlocks == 1)
    let (one, two) = (runner.row(0), runner.row(1))
    let fresh = try self.runner(model(), blocks: 20)
    #expect(try relativeError(one, logits(fresh, prompt + [1])) < 1e-5)
    #expect(try relativeError(two, logits(fresh, prompt + [2])) < 1e-5)
  }

  @Test func truncatedSequencesGoOnElsewhere() throws {
    let runner = try runner(model(), blocks: 20)
    let sequence = runner.cache.open(prompt)
    try runner.prefill(sequence, prompt)
    sequence.truncate(to: 20)
    try runner.forward([DecoderStep(sequence, [3, 4])])
    let found = runner.row(0)
    let fresh = try self.runner(model(), blocks: 20)
    #expect(try relativeError(found, logits(fresh, prompt[..<20] + [3, 4])) < 1e-5)
    // The block that it left half is still what it was for others.
    #expect(try relativeError(logits(runner, prompt), logits(fresh, prompt)) < 1e-5)
  }

  @Test func aFullCacheRefusesAndLosesNothing() throws {
    let runner = try runner(model(), blocks: 5)
    let sequence = runner.cache.open(prompt)
    try runner.prefill(sequence, prompt)
    #expect(runner.cache.freeBlocks == 0)
    let second = runner.cache.open([9])
    #expect(throws: DecoderError.cacheFull(neededBlocks: 1, freeBlocks: 0)) { try runner.forward([DecoderStep(second, [9])]) }
    #expect(second.length == 0)
    #expect(throws: DecoderError.contextFull(needed: 81, limit: 80)) {
      try runner.forward([DecoderStep(sequence, (0..<11).map { Int32($0) })])
    }
    try runner.forward([DecoderStep(sequence, [1])])
    let found = runner.row(0)
    #expect(try relativeError(found, logits(self.runner(model(), blocks: 9), prompt + [1])) < 1e-5)
  }

  @Test func endedSequencesMakeRoom() throws {
    let runner = try runner(model(), blocks: 6)
    for start in 0..<8 { _ = try logits(runner, (0..<50).map { Int32((start * 13 + $0) % 200) }) }
    #expect(runner.cache.freeBlocks == 6)
    #expect(runner.cache.statistics.evictedBlocks > 0)
    let fresh = try self.runner(model(), blocks: 9)
    #expect(try relativeError(logits(runner, prompt), logits(fresh, prompt)) < 1e-5)
  }

  /// Random opens, steps, forks, truncations and ends: every sequence's logits stay what they are alone.
  @Test func randomUse() throws {
    var random = RandomSource(seed: 21)
    let model = try model()
    let runner = try runner(model, blocks: 24)
    let alone = try DecoderRunner(testing: model)
    var sequences: [KVSequence] = []
    for _ in 0..<120 {
      switch Int.random(in: 0..<5, using: &random) {
      case 0 where sequences.count < 4:
        let prompt = Array(prompt[..<Int.random(in: 1..<40, using: &random)])
        let sequence = runner.cache.open(prompt)
        try runner.prefill(sequence, prompt[sequence.length...])
        sequences.append(sequence)
      case 1 where sequences.count > 1: sequences.remove(at: Int.random(in: 0..<sequences.count, using: &random))
      case 2 where !sequences.isEmpty && sequences.count < 4: sequences.append(runner.cache.fork(sequences[0]))
      case 3 where !sequences.isEmpty:
        let sequence = sequences[Int.random(in: 0..<sequences.count, using: &random)]
        sequence.truncate(to: Int.random(in: 0...sequence.length, using: &random))
      default:
        guard !sequences.isEmpty, sequences.allSatisfy({ $0.length < 60 }) else { continue }
        let steps = sequences.map { DecoderStep($0, [Int32.random(in: 0..<200, using: &random)]) }
        try runner.forward(steps)
        let chosen = Int.random(in: 0..<steps.count, using: &random)
        let found = runner.row(chosen)
        let sequence = alone.cache.open([])
        try alone.prefill(sequence, sequences[chosen].tokens)
        #expect(relativeError(found, alone.row(0)) < 1e-5)
      }
    }
    sequences = []
    #expect(runner.cache.freeBlocks == 24)
  }
}
