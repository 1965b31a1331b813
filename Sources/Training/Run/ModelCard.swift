import Foundation

/// The text beside a model that says what it is, what it was trained on and how to do it again.
public struct ModelCard: Sendable {
  public var title: String
  /// What it is for, what it must not be used for, what was seen of it.
  public var introduction: String
  public var licence: String
  public var languages: [String]
  /// Where its texts come from.
  public var data: String
  /// The command that repeats the training.
  public var command: String
  /// File name of the learning curve's drawing, if there is one.
  public var curve: String?

  public init(
    title: String, introduction: String, licence: String, languages: [String], data: String, command: String, curve: String? = nil
  ) {
    (self.title, self.introduction, self.licence, self.languages) = (title, introduction, licence, languages)
    (self.data, self.command, self.curve) = (data, command, curve)
  }

  /// The card in Markdown, with the figures of the run.
  public func markdown(_ report: TrainingReport) -> String {
    let heldOut = report.heldOutLoss.map { String(format: ", %.3f on held-out examples", $0) } ?? ""
    var rows = [
      ("Architecture", report.architecture),
      ("Weights", "\(report.parameters), of which or beside which \(report.trainedParameters) were trained (\(report.trained))"),
      ("Languages", languages.joined(separator: ", ")), ("Licence", licence),
      (
        "Corpus",
        "\(report.corpus.examples) examples, \(report.corpus.tokens) tokens, \(report.corpus.learnedTokens) of them learned; "
          + "digest \(report.corpus.digest)"
      ),
      (
        "Training",
        "\(report.steps) steps, \(report.positions) positions, \(Self.duration(report.seconds)) on \(report.threads) threads "
          + "(\(report.level)), \(Int(report.tokensPerSecond.rounded())) tokens/s"
      ),
      ("Optimiser", report.settings.summary), ("Loss", String(format: "%.3f at the end", report.loss) + heldOut),
    ]
    rows = rows.map { ($0.0, $0.1.replacingOccurrences(of: "|", with: "\\|")) }
    var text = "# \(title)\n\n\(introduction)\n\n| | |\n|---|---|\n"
    text += rows.map { "| \($0.0) | \($0.1) |\n" }.joined()
    if let curve { text += "\n![Learning curve](\(curve))\n" }
    text +=
      "\n## Data\n\n\(data)\n\n## Training again\n\nThe same seed and corpus give the same weights, whatever the number of threads.\n\n"
    return text + "```\n\(command)\n```\n"
  }

  static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    return whole < 120 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
  }
}

extension DecoderShape {
  var summary: String {
    "llama: \(layers) layers, \(width) wide, \(heads) heads (\(keyValueHeads) of keys and values), \(hiddenWidth) in the feed-forward "
      + "layers, \(vocabularySize) tokens, context \(contextLength)"
  }
}

extension Adaptation {
  var summary: String {
    switch self {
    case .full: "all of them"
    case .lora(let rank, let alpha, let matrices):
      "LoRA of rank \(rank), alpha \(alpha), on \(matrices.map(\.rawValue).joined(separator: ", "))"
    case .softPrompt(let count): "a soft prompt of \(count) vectors"
    }
  }
}

extension TrainingSettings {
  var summary: String {
    "AdamW, beta \(beta1) and \(beta2), weight decay \(weightDecay), learning rate \(learningRate) after \(warmUpSteps) steps of warm-up, "
      + "then a cosine down to \(finalRate) of it, gradient norm at most \(clipping), \(batchPositions) positions a step, "
      + "products in \(precision.rawValue), "
      + (selection == .last ? "" : "the weights of the lowest held-out loss, ") + "seed \(seed)"
  }
}
