import Dialogue
import Evaluation
import Foundation
import Frames
import Knowledge
import Testing

/// What the figures in BENCHMARKS.md rest on.
@Suite struct EvalSetTests {
  /// Character trigrams of a text without case, spaces or marks.
  private func trigrams(_ text: String) -> Set<String> {
    let letters = Array(text.lowercased().filter { $0.isLetter || $0.isNumber })
    guard letters.count >= 3 else { return [String(letters)] }
    return Set((0...letters.count - 3).map { String(letters[$0..<$0 + 3]) })
  }

  /// No evaluation wording is a training wording, nor one with a word changed.
  @Test(arguments: Shipped.ids) func evaluationIsApartFromTraining(_ id: String) throws {
    let pack = try Shipped.pack(id)
    for language in pack.manifest.languages {
      let training = pack.utterances.filter { $0.language == language }
      let known = Set(training.map(\.text))
      let grams = training.map { (text: $0.text, grams: trigrams($0.text)) }
      var close = 0
      let eval = pack.evalUtterances.filter { $0.language == language }
      for utterance in eval {
        #expect(!known.contains(utterance.text), "\(utterance.text)")
        let own = trigrams(utterance.text)
        // Short texts share their letters by chance.
        guard own.count >= 8 else { continue }
        if grams.contains(where: { Double($0.grams.intersection(own).count) / Double($0.grams.union(own).count) > 0.7 }) { close += 1 }
      }
      #expect(Double(close) <= 0.01 * Double(eval.count), "\(close) near copies of \(eval.count) in \(language)")
    }
  }

  @Test(arguments: Shipped.ids) func packsAreGood(_ id: String) {
    let faults = PackReader.check(Shipped.root.appendingPathComponent("domains/\(id)")).faults
    #expect(faults.isEmpty, "\(faults.prefix(5).map(\.description))")
  }

  /// Nothing is said that the pack does not hold, over the whole evaluation set.
  @Test func noReplySaysWhatThePackDoesNotHold() throws {
    let reports = try PackBenchmark(runtime: try Shipped.tokyo()).report(half: "test")
    for report in reports {
      #expect(report.unsupportedReplies == 0)
      #expect(report.refusedWritings <= report.replies / 20)
    }
  }
}

@Suite struct MetricsTests {
  @Test func ndcg() {
    #expect(Metrics.ndcg(["a", "b"], gains: ["a": 2, "b": 1], at: 10) == 1)
    #expect(abs(Metrics.ndcg(["b", "a"], gains: ["a": 2, "b": 1], at: 10) - (1 + 3 / log2(3)) / (3 + 1 / log2(3))) < 1e-9)
    #expect(Metrics.ndcg(["x"], gains: ["a": 1], at: 10) == 0)
  }

  @Test func recall() {
    #expect(Metrics.recall(["a", "x", "b"], gains: ["a": 1, "b": 1, "c": 1, "d": 1], at: 5) == 0.5)
    #expect(Metrics.recall(["a"], gains: ["a": 1], at: 5) == 1)
  }

  @Test func calibration() {
    #expect(Metrics.calibrationError([(0.95, true), (0.95, true)]) < 0.051)
    #expect(abs(Metrics.calibrationError([(0.95, false)]) - 0.95) < 1e-9)
  }
}
