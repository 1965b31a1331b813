import Composition
import Dialogue
import Foundation
import Frames
import Instructions
import Knowledge
import LanguageModel
import Retrieval
import Understanding

/// How well a language model reads and writes for a pack, in one language on one half of its eval set.
public struct ModelReport: Codable, Sendable {
  public var language: String
  public var half: String
  public var utterances = 0
  public var goalAccuracy = 0.0
  /// Share of Frames whose goal, directness, sentiment and constraints are all as labelled.
  public var exactFrames = 0.0
  public var indirect = Detection()
  public var constraints = Detection()
  /// Lines that are no Frame.
  public var unreadable = 0
  /// Milliseconds.
  public var understandP50 = 0.0
  public var understandP99 = 0.0
  public var replies = CompositionCounts()
  /// Replies as sent that hold a name or number without evidence.
  public var unsupportedReplies = 0
  /// Milliseconds that a turn takes with the model, and until its first words.
  public var turnP50 = 0.0
  public var turnP99 = 0.0
  public var firstWordsP50 = 0.0
}

/// Runs a pack's eval set through a language model.
public struct ModelBenchmark: Sendable {
  private let runtime: PackRuntime
  private let generator: any TextGenerator
  private var pack: Pack { runtime.pack }
  /// Tokens of a Frame's line at most.
  private static let longestLine = 96

  public init(runtime: PackRuntime, generator: any TextGenerator) {
    self.runtime = runtime
    self.generator = generator
  }

  /// - Parameter sample: gets each text with what was replied.
  public func report(language: String, half: String, sample: (String, String) -> Void = { _, _ in }) async throws -> ModelReport {
    var report = ModelReport(language: language, half: half)
    try await understanding(&report)
    try await replies(&report, sample)
    return report
  }

  private func understanding(_ report: inout ModelReport) async throws {
    let line = FrameLine(pack: pack)
    let prompt = InstructionPrompt(line: line)
    let grammar = line.grammar
    let utterances = pack.evalUtterances.filter { $0.language == report.language && $0.half == report.half }
    var times: [Double] = []
    var (right, exact) = (0, 0)
    for utterance in utterances {
      let start = ContinuousClock.now
      let text = try await written(
        TextRequest(
          prompt.reading(.understand, utterance.text, language: report.language), sampling: .greedy, maximumTokens: Self.longestLine,
          grammar: grammar))
      times.append(Self.milliseconds(since: start))
      let shown = (1...9).map { "shown-\($0)" }
      guard let frame = try? line.read(text, language: report.language, shown: shown) else {
        report.unreadable += 1
        continue
      }
      let wanted = PackBenchmark.pairs(utterance.constraints)
      let found = PackBenchmark.pairs(frame.constraints)
      if frame.goal == utterance.goal { right += 1 }
      report.indirect.note(expected: utterance.indirect ? [1] : [], found: frame.indirect ? [1] : [])
      if [.recommend, .refine, .plan].contains(utterance.goal) { report.constraints.note(expected: wanted, found: found) }
      if frame.goal == utterance.goal, frame.indirect == utterance.indirect, frame.sentiment == utterance.sentiment, wanted == found {
        exact += 1
      }
    }
    report.utterances = utterances.count
    report.goalAccuracy = Double(right) / Double(max(1, utterances.count))
    report.exactFrames = Double(exact) / Double(max(1, utterances.count))
    (report.understandP50, report.understandP99) = (Metrics.quantile(times, 0.5), Metrics.quantile(times, 0.99))
  }

  private func written(_ request: TextRequest) async throws -> String {
    var text = ""
    for try await event in generator.generate(request) { if case .text(let more) = event { text += more } }
    return text
  }

  private func replies(_ report: inout ModelReport, _ sample: (String, String) -> Void) async throws {
    let tally = CompositionTally()
    let composer = ReplyComposer(
      generator, kind: .instructed, pack: pack, understander: runtime.understander, matcher: runtime.retriever.matcher, tally: tally)
    let engine = TurnEngine(runtime: runtime)
    let texts =
      pack.evalUtterances.filter { $0.language == report.language && $0.half == report.half }.map(\.text)
      + pack.evalRequests.filter { $0.language == report.language && $0.half == report.half }.map(\.text)
    var state = ConversationState()
    var (times, firsts): ([Double], [Double]) = ([], [])
    for (index, text) in texts.enumerated() {
      if index % 8 == 0 { state = ConversationState() }
      let before = tally.counts.requested
      let start = ContinuousClock.now
      let first = FirstMoment()
      let outcome = try await engine.turn(TurnInput(text: text), state: state, composer: composer, transcript: []) { _ in first.note() }
      state = outcome.state
      if !outcome.unsupportedClaims.isEmpty { report.unsupportedReplies += 1 }
      guard tally.counts.requested > before else { continue }
      times.append(Self.milliseconds(since: start))
      if let moment = first.moment { firsts.append(Self.milliseconds(from: start, to: moment)) }
      sample(text, outcome.reply)
    }
    report.replies = tally.counts
    (report.turnP50, report.turnP99) = (Metrics.quantile(times, 0.5), Metrics.quantile(times, 0.99))
    report.firstWordsP50 = Metrics.quantile(firsts, 0.5)
  }

  private static func milliseconds(since start: ContinuousClock.Instant) -> Double { milliseconds(from: start, to: .now) }

  private static func milliseconds(from start: ContinuousClock.Instant, to end: ContinuousClock.Instant) -> Double {
    let (seconds, attoseconds) = (end - start).components
    return Double(seconds) * 1000 + Double(attoseconds) / 1e15
  }
}

/// When the first part of a reply came; for one turn at a time.
private final class FirstMoment {
  private(set) var moment: ContinuousClock.Instant?
  func note() { moment = moment ?? .now }
}
