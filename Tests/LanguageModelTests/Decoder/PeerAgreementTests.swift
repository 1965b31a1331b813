import Testing

@testable import LanguageModel

/// The engine against llama.cpp on the same files.
@Suite struct PeerAgreementTests {
  @Test func fixturesAreThere() { #expect(DecoderFixture.all.count == 15) }

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

  /// Of 500 tokens a model. A number that falls on the other side of a rounding when it is quantised moves the logits of its token and of
  /// all that follow by about a hundredth, so that the tokens of one text are no independent samples: the share that agrees is held to the
  /// bar over a format's architectures together, and each that differs must have been a near tie.
  @Test(arguments: ["F32", "F16", "Q8_0", "Q4_0", "Q4_K_M"], SIMDLevel.available)
  func likeliestTokensAgree(_ format: String, _ level: SIMDLevel) throws {
    var (agreeing, count) = (0, 0)
    for fixture in DecoderFixture.all where fixture.model.hasSuffix("-\(format).gguf") {
      let runner = try DecoderRunner(testing: fixture.load(), threads: 2, level: level)
      let differing = try runner.differing(from: fixture.top, after: fixture.text)
      count += fixture.text.count
      agreeing += fixture.text.count - differing.count
      // The peer quantises the inputs of K formats by 256, which differs more.
      #expect(
        Double(differing.count) <= (fixture.isMixed ? 0.07 : 0.02) * Double(fixture.text.count), "\(fixture.model): \(differing.count)")
      #expect(differing.allSatisfy { $0 < (fixture.isMixed ? 0.5 : 0.1) }, "\(fixture.model): margins \(differing)")
    }
    let agreement = Double(agreeing) / Double(count)
    #expect(agreement >= (format == "F32" ? 1 : format == "Q4_K_M" ? 0.95 : 0.99), "\(agreement)")
  }

  @Test func halfPrecisionCacheStaysClose() throws {
    for fixture in DecoderFixture.all where fixture.isFloat {
      let runner = try DecoderRunner(testing: fixture.load(), precision: .float16)
      try runner.prefill(runner.cache.open([]), fixture.prompt)
      #expect(relativeError(runner.row(0), fixture.logits[fixture.logits.count - 1]) < 2e-3)
    }
  }
}
