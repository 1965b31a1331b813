import Foundation
import Retrieval

/// The report as a person reads it.
public enum BenchmarkTable {
  public static func text(_ reports: [LanguageReport]) -> String {
    reports.map { report in
      func three(_ value: Double) -> String { String(format: "%.3f", value) }
      var lines = ["[\(report.language), \(report.half) half]"]
      lines.append("utterances            \(report.utterances)")
      lines.append("goal accuracy         \(three(report.goalAccuracy))   calibration error \(three(report.calibrationError))")
      lines.append(
        "indirect              P \(three(report.indirect.precision))  R \(three(report.indirect.recall))  F1 \(three(report.indirect.f1))")
      lines.append(
        "constraints           P \(three(report.constraints.precision))  R \(three(report.constraints.recall))  F1 \(three(report.constraints.f1))"
      )
      lines.append(
        "entities              P \(three(report.entities.precision))  R \(three(report.entities.recall))  F1 \(three(report.entities.f1))")
      lines.append("sentiment accuracy    \(three(report.sentimentAccuracy))")
      lines.append("requests              \(report.requests)")
      for name in HybridRetriever.names + ["fused"] {
        guard let recall = report.recallAt5[name], let ndcg = report.ndcgAt10[name] else { continue }
        lines.append("  \(name.padding(toLength: 10, withPad: " ", startingAt: 0))  recall@5 \(three(recall))  nDCG@10 \(three(ndcg))")
      }
      lines.append(
        "replies               \(report.replies), unsupported \(report.unsupportedReplies), first writings refused \(report.refusedWritings)"
      )
      let worst = report.confusions.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(6).map { "\($0.key) \($0.value)" }
      if !worst.isEmpty { lines.append("confusions            \(worst.joined(separator: ", "))") }
      return lines.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }
}
