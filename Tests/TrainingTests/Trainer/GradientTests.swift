import LanguageModel
import Testing

@testable import Training

@Suite struct GradientTests {
  /// The slope along a random direction of each tensor, against the loss a little to either side.
  private func check(_ inspected: Inspected, _ batch: PackedBatch) throws {
    let gradient = try inspected.gradient(batch)
    var random = NormalSource(seed: 17)
    let values = inspected.trained.values
    for entry in inspected.trained.layout.entries {
      let before = Array(values[entry.range])
      let direction = before.map { _ in Float(random.next()) }
      let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let expected = zip(direction, entry.range).reduce(0.0) { $0 + Double($1.0 / length) * Double(gradient[$1.1]) }
      func loss(_ step: Float) throws -> Double {
        for (index, place) in entry.range.enumerated() { values.base[place] = before[index] + step * direction[index] / length }
        return try inspected.loss(batch)
      }
      let step: Float = 0.02
      // Richardson's extrapolation takes the error of the second order away.
      let (wide, narrow) = ((try loss(step) - loss(-step)) / Double(2 * step), (try loss(step / 2) - loss(-step / 2)) / Double(step))
      let found = (4 * narrow - wide) / 3
      _ = try loss(0)
      #expect(abs(found - expected) < 1e-3 * max(0.1, abs(expected)) + 1e-4, "\(entry.name): \(found), expected \(expected)")
    }
  }

  @Test(arguments: [true, false], SIMDLevel.available) func ofAllWeights(ties: Bool, level: SIMDLevel) throws {
    try check(Inspected(.strong(ties: ties), level: level), TokenizedCorpus.random(8, seed: 2).batch())
  }

  @Test func ofLowRankFactors() throws {
    let inspected = try Inspected(.strong(), .lora(rank: 3, alpha: 6))
    var random = NormalSource(seed: 4)
    random.fill(inspected.trained.values.values, deviation: 0.2)
    try check(inspected, TokenizedCorpus.random(8, seed: 2).batch())
  }

  @Test func ofSomeLowRankFactors() throws {
    let inspected = try Inspected(.strong(), .lora(rank: 4, alpha: 4, matrices: [.value, .query, .down]))
    var random = NormalSource(seed: 4)
    random.fill(inspected.trained.values.values, deviation: 0.2)
    #expect(inspected.trained.layout.entries.count == 12)
    try check(inspected, TokenizedCorpus.random(8, seed: 2).batch())
  }

  @Test func ofASoftPrompt() throws {
    let inspected = try Inspected(.strong(), .softPrompt(count: 3))
    var random = NormalSource(seed: 4)
    random.fill(inspected.trained.values.values, deviation: 0.5)
    try check(inspected, TokenizedCorpus.random(8, seed: 2).batch(prefix: 3))
  }

  /// Products of bf16 numbers are those of floats but for rounding.
  @Test func ofRoundedProducts() throws {
    let batch = try TokenizedCorpus.random(8, seed: 2).batch()
    let exact = try Inspected(.tiny()).gradient(batch)
    let rounded = try Inspected(.tiny(), precision: .bfloat16).gradient(batch)
    let difference = zip(exact, rounded).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let size = exact.reduce(Float(0)) { $0 + $1 * $1 }
    #expect(difference > 0)
    #expect((difference / size).squareRoot() < 0.02)
  }

  /// A document's slopes do not depend on what else is in the batch, nor on the number of threads.
  @Test func packedIsAlone() throws {
    let corpus = try TokenizedCorpus.random(6, seed: 5)
    let whole = corpus.batch()
    let model = try TrainableDecoder.tiny()
    var sum = [Double](repeating: 0, count: model.layout.count)
    var loss = 0.0
    let inspected = try Inspected(model)
    for document in 0..<corpus.count {
      var alone = PackedBatch()
      alone.append(corpus.range(of: document).dropLast(), of: corpus, prefix: 0)
      let share = Double(alone.learnedCount) / Double(whole.learnedCount)
      for (index, slope) in try inspected.gradient(alone).enumerated() { sum[index] += share * Double(slope) }
      loss += share * (try inspected.loss(alone))
    }
    let packed = try inspected.gradient(whole)
    #expect(zip(packed, sum).allSatisfy { abs(Double($0) - $1) < 1e-5 })
    #expect(abs(try inspected.loss(whole) - loss) < 1e-5)
    #expect(try Inspected(model, threads: 1).gradient(whole) == packed)
  }
}
