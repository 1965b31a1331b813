import Composition
import Foundation

/// Reports of a language model as a table: a row a figure, a column a language.
public enum ModelTable {
  public static func text(_ reports: [ModelReport]) -> String {
    func row(_ name: String, _ value: (ModelReport) -> String) -> String {
      "| \(name) | " + reports.map(value).joined(separator: " | ") + " |"
    }
    func share(_ value: Double) -> String { String(format: "%.3f", value) }
    func time(_ value: Double) -> String { String(format: "%.1f ms", value) }
    return [
      "| | " + reports.map { "\($0.language), \($0.half)" }.joined(separator: " | ") + " |",
      "|---|" + reports.map { _ in "---|" }.joined(),
      row("utterances") { "\($0.utterances)" }, row("goal accuracy") { share($0.goalAccuracy) },
      row("Frames exactly as labelled") { share($0.exactFrames) }, row("indirect requests, F1") { share($0.indirect.f1) },
      row("constraints, F1") { share($0.constraints.f1) }, row("lines that are no Frame") { "\($0.unreadable)" },
      row("understanding p50 / p99") { "\(time($0.understandP50)) / \(time($0.understandP99))" },
      row("replies: asked for, whole, partly, plain") {
        "\($0.replies.requested), \($0.replies.written), \($0.replies.partly), \($0.replies.plain)"
      },
      row("sentences refused") { "\($0.replies.refusedSentences)" },
      row("replies sent with a statement outside the pack") { "\($0.unsupportedReplies)" },
      row("turn p50 / p99") { "\(time($0.turnP50)) / \(time($0.turnP99))" }, row("first words p50") { time($0.firstWordsP50) },
    ].joined(separator: "\n")
  }
}
