import Testing

@testable import LanguageModel

/// The engine against llama.cpp on the same files.
@Suite struct PeerAgreementTests {
  @Test func fixturesAreThere() { #expect(DecoderFixture.all.count == 13) }

  @Test(arguments: DecoderFixture.all) func logits(_ fixture: DecoderFixture) throws {
    // The peer quantises inputs by 32 like this engine, but for the K formats by 256, and halves those of F16.
    let bound: Float = fixture.isFloat ? 1e-4 : fixture.isMixed ? 0.05 : 0.02
    for level in SIMDLevel.available {
      for threads in [1, 2] {
        let runner = try DecoderRunner(testing: fixture.load(), threads: threads, level: level)
        let sequence = runner.cache.open([])
        try runner.forward([DecoderStep(sequence, fixture.prompt, logits: .all)])
        for (row, expected) in fixture.logits.enumerated() {
          let found = runner.row(fixture.prompt.count - fixture.logits.count + row)
          let error = relativeError(found, expected)
          #expect(error < bound, "\(level), \(threads) threads, row \(row): \(error)")
        }
      }
    }
  }

  @Test(arguments: DecoderFixture.all.filter(\.isFloat)) func greedyTextIsIdentical(_ fixture: DecoderFixture) throws {
    for level in SIMDLevel.available {
      let runner = try DecoderRunner(testing: fixture.load(), threads: 2, level: level)
      #expect(try runner.greedy(fixture.prompt, count: fixture.greedy.count) == fixture.greedy, "\(level)")
    }
  }

  @Test(arguments: DecoderFixture.all) func likeliestTokensAgree(_ fixture: DecoderFixture) throws {
    let runner = try DecoderRunner(testing: fixture.load(), threads: 2)
    let found = try runner.likeliest(fixture.text)
    let agreement = Double(zip(found, fixture.top).filter { $0 == $1 }.count) / Double(found.count)
    let wanted = fixture.isFloat ? 1 : fixture.isMixed ? 0.93 : 0.99
    #expect(agreement >= wanted, "\(agreement)")
  }

  @Test func halfPrecisionCacheStaysClose() throws {
    for fixture in DecoderFixture.all where fixture.isFloat {
      let runner = try DecoderRunner(testing: fixture.load(), precision: .float16)
      try runner.prefill(runner.cache.open([]), fixture.prompt)
      #expect(relativeError(runner.row(0), fixture.logits[fixture.logits.count - 1]) < 2e-3)
    }
  }
}
