import Foundation
import LanguageModel
import Testing

@testable import Training

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct ReportTests {
  @Test func learningRateRisesAndFalls() {
    let settings = TrainingSettings(steps: 100, learningRate: 2, warmUpSteps: 10, finalRate: 0.1)
    let rates = (0..<100).map(settings.rate)
    #expect(rates[0] == 0.2 && rates[9] == 2 && rates[10] == 2)
    #expect(zip(rates[10...], rates[11...]).allSatisfy { $0 > $1 })
    #expect(abs(rates[99] - 0.2) < 1e-6)
    #expect(abs(rates[54] - (2 + 0.2) / 2) < 0.05)
    let none = TrainingSettings(steps: 1, learningRate: 3, warmUpSteps: 0)
    #expect(none.rate(0) == 3)
  }

  @Test func randomWeightsAreNormal() {
    var random = NormalSource(seed: 1)
    let numbers = (0..<20_000).map { _ in random.next() }
    let mean = numbers.reduce(0, +) / 20_000
    let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    #expect(abs(mean) < 0.03 && abs(variance - 1) < 0.04)
    #expect(numbers.count { abs($0) > 1.96 } > 800 && numbers.count { abs($0) > 1.96 } < 1200)
  }

  @Test func curveIsDrawn() throws {
    var curve = LearningCurve()
    curve.training = (0..<1000).map { .init(step: $0, loss: 5 / Float($0 + 1)) }
    curve.heldOut = [.init(step: 500, loss: 1), .init(step: 1000, loss: .nan), .init(step: 1000, loss: 0.5)]
    let svg = curve.svg(title: "a < b & c")
    #expect(XMLParser(data: Data(svg.utf8)).parse())
    #expect(svg.contains("a &lt; b &amp; c") && svg.contains("held out") && !svg.contains("nan"))
    #expect(LearningCurve.thinned(curve.training, to: 300).count == 250)
    #expect(XMLParser(data: Data(LearningCurve().svg(title: "").utf8)).parse())
  }

  @Test func ticksAreRound() {
    #expect(LearningCurvePlot.ticks(to: 10) == [0, 2, 4, 6, 8, 10])
    #expect(LearningCurvePlot.ticks(to: 3.2) == [0, 0.5, 1, 1.5, 2, 2.5, 3])
    #expect(LearningCurvePlot.ticks(to: 700) == [0, 100, 200, 300, 400, 500, 600, 700])
  }

  @Test func cardSaysAll() throws {
    let trainer = try DecoderTrainer(
      .tiny(), adaptation: .lora(rank: 2, alpha: 4, matrices: [.query]), corpus: .copies(8, seed: 1), heldOut: .copies(3, seed: 2),
      settings: TrainingSettings(steps: 3, batchPositions: 64, passPositions: 64))
    let report = try trainer.run()
    let card = ModelCard(
      title: "Films", introduction: "Writes about films.", licence: "MIT", languages: ["en", "ja"], data: "By hand.",
      command: "osusume pack build domains/films", curve: "films.svg")
    let text = card.markdown(report)
    for part in [
      "# Films", "Writes about films.", "| Licence | MIT |", "en, ja", "LoRA of rank 2, alpha 4.0, on attn_q", "3 steps", "8 examples",
      report.corpus.digest, "seed 1", "held-out", "![Learning curve](films.svg)", "osusume pack build domains/films",
    ] { #expect(text.contains(part), "\(part)") }
    #expect(ModelCard.duration(59.6) == "60 s" && ModelCard.duration(600.4) == "10 min 0 s")
    #expect(try JSONDecoder().decode(TrainingReport.self, from: JSONEncoder().encode(report)) == report)
  }

  @Test func errorsSayTheMend() {
    let errors: [TrainingError] = [
      .invalid(setting: "steps", value: "0", expected: "1 or more"), .emptyCorpus("the corpus"), .document(index: 3, problem: "x"),
      .unsupportedModel(file: "f", what: "w"), .checkpoint(file: "f", .foreign("w")), .checkpoint(file: "f", .corrupt("w")),
      .checkpoint(file: "f", .other("model")), .diverged(step: 4),
    ]
    #expect(errors.allSatisfy { "\($0)".hasSuffix(".") && "\($0)".contains(". ") })
  }
}
