import Testing

@testable import LanguageModel

@Suite struct SamplingTests {
  /// Probabilities .5, .25, .125 … of eight tokens.
  private let halves = (0..<8).map { Float($0) * -0.693_147_2 }

  private func draws(_ sampling: Sampling, _ count: Int = 4000, logits: [Float]? = nil, mask: TokenMask? = nil) throws -> [Int] {
    var sampler = Sampler(sampling)
    var counts = [Int](repeating: 0, count: 8)
    for _ in 0..<count {
      var logits = logits ?? halves
      let token = try logits.withUnsafeMutableBufferPointer { logits throws(DecoderError) in try sampler.next(logits, mask: mask) }
      counts[Int(token)] += 1
    }
    return counts
  }

  @Test func greedyTakesTheLikeliest() throws { #expect(try draws(.greedy, 10)[0] == 10) }

  @Test func frequenciesFollowProbabilities() throws {
    let counts = try draws(Sampling(temperature: 1, topK: 0, topP: 1, seed: 3))
    for token in 0..<4 { #expect(abs(Double(counts[token]) / 4000 - 0.5 / Double(1 << token)) < 0.03) }
  }

  @Test func temperatureSharpensAndFlattens() throws {
    let sharp = try draws(Sampling(temperature: 0.5, topK: 0, topP: 1, seed: 3))
    let flat = try draws(Sampling(temperature: 4, topK: 0, topP: 1, seed: 3))
    // Squares of the halves: 3/4 for the first.
    #expect(abs(Double(sharp[0]) / 4000 - 0.75) < 0.03)
    #expect(flat[0] < 1200 && flat[7] > 100)
  }

  @Test func theCutsKeepWhatTheySay() throws {
    func kept(_ sampling: Sampling) throws -> [Int] { try draws(sampling).indices.filter { (try? draws(sampling)[$0]) ?? 0 > 0 } }
    #expect(try kept(Sampling(temperature: 1, topK: 3, topP: 1)) == [0, 1, 2])
    #expect(try kept(Sampling(temperature: 1, topK: 0, topP: 0.74)) == [0, 1])
    #expect(try kept(Sampling(temperature: 1, topK: 0, topP: 0)) == [0])
    #expect(try kept(Sampling(temperature: 1, topK: 0, topP: 1, minP: 0.2)) == [0, 1, 2])
    #expect(try kept(Sampling(temperature: 1, topK: 1, topP: 1)) == [0])
  }

  @Test func theMaskGoesBeforeAll() throws {
    var mask = TokenMask(count: 8)
    for token in [3, 6] { mask.insert(Int32(token)) }
    let counts = try draws(Sampling(temperature: 1, topK: 2, topP: 1, seed: 1), mask: mask)
    #expect(counts[3] + counts[6] == 4000 && counts[6] > 0)
    #expect(try draws(.greedy, 5, mask: mask)[3] == 5)
    #expect(throws: DecoderError.nothingAllowed) { try draws(.greedy, 1, mask: TokenMask(count: 8)) }
    // A mask of a smaller vocabulary allows nothing beyond it.
    var short = TokenMask(count: 2)
    short.insert(1)
    #expect(try draws(.greedy, 1, logits: [0, 0, 9, 9, 9, 9, 9, 9], mask: short)[1] == 1)
  }

  @Test func oddSettingsStillChoose() throws {
    var mask = TokenMask(count: 8)
    for token in [3, 6] { mask.insert(Int32(token)) }
    let hot = try draws(Sampling(temperature: .infinity, topK: 0, topP: 1, seed: 2), mask: mask)
    #expect(hot[3] + hot[6] == 4000 && abs(hot[3] - hot[6]) < 400)
    #expect(try draws(Sampling(temperature: 1, minP: 7), 10)[0] == 10)
    #expect(try draws(Sampling(temperature: .nan, topK: -3, topP: .nan), 10)[0] == 10)
  }

  @Test func repetitionIsPenalised() throws {
    var sampler = Sampler(Sampling(temperature: 0, repetitionPenalty: 2, penaltyWindow: 2), prompt: [1, 1, 0])
    var text: [Int32] = []
    for _ in 0..<6 {
      var logits: [Float] = [4, 3, 2.5, -1]
      text.append(try logits.withUnsafeMutableBufferPointer { logits throws(DecoderError) in try sampler.next(logits) })
    }
    // 4 and 3 count half while they are among the last two.
    #expect(text == [2, 1, 0, 2, 1, 0])
  }

  @Test func numbersThatAreNoneAreNeverChosen() throws {
    #expect(try draws(.greedy, 3, logits: [.nan, 1, .nan, 2, -.infinity, 0, 0, .nan])[3] == 3)
    #expect(throws: DecoderError.nothingAllowed) { try draws(.greedy, 1, logits: [Float](repeating: .nan, count: 8)) }
  }

  @Test func seedsDecide() throws {
    func text(_ seed: UInt64, _ level: SIMDLevel) throws -> [Int32] {
      var sampler = Sampler(Sampling(temperature: 1, topK: 50, seed: seed), level: level)
      var random = RandomSource(seed: 77)
      return try (0..<50).map { _ in
        var logits = (0..<5000).map { _ in Float.random(in: -3...3, using: &random) }
        return try logits.withUnsafeMutableBufferPointer { logits throws(DecoderError) in try sampler.next(logits) }
      }
    }
    let once = try text(5, .portable)
    for level in SIMDLevel.available { #expect(try text(5, level) == once) }
    #expect(try text(6, .portable) != once)
  }
}
