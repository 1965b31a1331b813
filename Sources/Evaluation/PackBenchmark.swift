import Dialogue
import Foundation
import Frames
import Knowledge
import Retrieval
import Understanding

/// The figures of one language on one half of a pack's eval set.
public struct LanguageReport: Codable, Sendable {
  public var language: String
  public var half: String
  public var utterances = 0
  public var goalAccuracy = 0.0
  public var calibrationError = 0.0
  public var indirect = Detection()
  public var constraints = Detection()
  public var entities = Detection()
  public var sentimentAccuracy = 0.0
  public var requests = 0
  /// retriever → figure; `fused` is all of them.
  public var recallAt5: [String: Double] = [:]
  public var ndcgAt10: [String: Double] = [:]
  public var replies = 0
  /// Replies as sent that hold a name or number without evidence.
  public var unsupportedReplies = 0
  /// First writings that the claim check turned down.
  public var refusedWritings = 0
  public var confusions: [String: Int] = [:]
}

/// Runs a pack's own benchmark.
public struct PackBenchmark: Sendable {
  private let runtime: PackRuntime
  private var pack: Pack { runtime.pack }

  public init(runtime: PackRuntime) { self.runtime = runtime }

  public func report(half: String) throws -> [LanguageReport] {
    try pack.manifest.languages.map { language in
      var report = LanguageReport(language: language, half: half)
      try understanding(&report)
      try retrieval(&report)
      try replies(&report)
      return report
    }
  }

  /// What was mistaken, one line each, for whoever wants to know why.
  public func mistakes(half: String) throws -> [String] {
    try pack.evalUtterances.filter { $0.half == half }.flatMap { utterance -> [String] in
      let frame = try runtime.understander.understand(utterance.text)
      var lines: [String] = []
      func note(_ what: String, _ wanted: some Collection<String>, _ got: some Collection<String>) {
        guard Set(wanted) != Set(got) else { return }
        lines.append("\(utterance.language)\t\(what)\t\(utterance.text)\t\(wanted.sorted())\t\(got.sorted())")
      }
      note("goal", ["\(utterance.goal.rawValue)/\(utterance.indirect)"], ["\(frame.goal.rawValue)/\(frame.indirect)"])
      if [.recommend, .refine, .plan].contains(utterance.goal) {
        note("constraints", Self.pairs(utterance.constraints), Self.pairs(frame.constraints))
      }
      note("entities", utterance.entities, frame.entities.map(\.id))
      return lines
    }
  }

  private func understanding(_ report: inout LanguageReport) throws {
    var confidences: [(confidence: Double, right: Bool)] = []
    var sentiments = (right: 0, all: 0)
    for utterance in pack.evalUtterances where utterance.language == report.language && utterance.half == report.half {
      let frame = try runtime.understander.understand(utterance.text)
      let right = frame.goal == utterance.goal
      confidences.append((frame.confidence, right))
      if !right { report.confusions["\(utterance.goal.rawValue)→\(frame.goal.rawValue)", default: 0] += 1 }
      report.indirect.note(expected: utterance.indirect ? [1] : [], found: frame.indirect ? [1] : [])
      if [.recommend, .refine, .plan].contains(utterance.goal) {
        report.constraints.note(expected: Self.pairs(utterance.constraints), found: Self.pairs(frame.constraints))
      }
      report.entities.note(expected: Set(utterance.entities), found: Set(frame.entities.map(\.id)))
      if let sentiment = utterance.sentiment, right {
        sentiments.all += 1
        if frame.sentiment == sentiment { sentiments.right += 1 }
      }
    }
    report.utterances = confidences.count
    report.goalAccuracy = confidences.isEmpty ? 0 : Double(confidences.filter(\.right).count) / Double(confidences.count)
    report.calibrationError = Metrics.calibrationError(confidences)
    report.sentimentAccuracy = sentiments.all == 0 ? 0 : Double(sentiments.right) / Double(sentiments.all)
  }

  /// Slot, value and polarity; a bound and the value itself ("cheap", "at most cheap") say the same.
  static func pairs(_ constraints: [Constraint]) -> Set<String> {
    Set(constraints.flatMap { constraint in constraint.value.map { "\(constraint.slot)\(constraint.polarity.rawValue)\($0)" } })
  }

  private func retrieval(_ report: inout LanguageReport) throws {
    let requests = pack.evalRequests.filter { $0.language == report.language && $0.half == report.half }
    report.requests = requests.count
    guard !requests.isEmpty else { return }
    for request in requests {
      let lists = try FusionTuner(runtime: runtime).candidates(request)
      for name in HybridRetriever.names + ["fused"] {
        let ranked =
          name == "fused"
          ? lists.map { pack.items[$0.item].id }
          : lists.filter { $0.parts[name] ?? 0 > 0 }
            .sorted { ($0.parts[name] ?? 0, $1.item) > ($1.parts[name] ?? 0, $0.item) }.map { pack.items[$0.item].id }
        report.recallAt5[name, default: 0] += Metrics.recall(ranked, gains: request.relevant, at: 5) / Double(requests.count)
        report.ndcgAt10[name, default: 0] += Metrics.ndcg(ranked, gains: request.relevant, at: 10) / Double(requests.count)
      }
    }
  }

  private func replies(_ report: inout LanguageReport) throws {
    let engine = TurnEngine(runtime: runtime)
    let texts =
      pack.evalUtterances.filter { $0.language == report.language && $0.half == report.half }.map(\.text)
      + pack.evalRequests.filter { $0.language == report.language && $0.half == report.half }.map(\.text)
    var state = ConversationState()
    for (index, text) in texts.enumerated() {
      // Conversations of eight turns, so that refinements and references have something to refer to.
      if index % 8 == 0 { state = ConversationState() }
      let outcome = try engine.turn(TurnInput(text: text), state: state)
      state = outcome.state
      report.replies += 1
      if !outcome.refusedClaims.isEmpty { report.refusedWritings += 1 }
      if !outcome.unsupportedClaims.isEmpty { report.unsupportedReplies += 1 }
    }
  }
}
