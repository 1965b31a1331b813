import ArgumentParser
import Foundation
import Frames
import Knowledge
import LanguageModel
import PackTraining
import Training

struct ModelTrain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a language model on packs, or adapt one to them.",
    discussion: """
      Learns to understand, to rewrite and to reply from the packs' labelled utterances, reply examples and facts. Beside the model it \
      writes a card and a drawing of the learning curve. A run that was ended goes on where it was when the same command is given again.
      """)

  enum Rung: String, CaseIterable, ExpressibleByArgument {
    case full, lora
    case softPrompt = "soft-prompt"
  }

  @OptionGroup var options: GlobalOptions
  @Option(name: [.short, .customLong("output")], help: "GGUF file to write.") var output: String
  @Option(help: "A model to go on from (else a new one).", completion: .file(extensions: ["gguf"])) var base: String?
  @Option(help: "What is trained: the whole model, or with --base a LoRA adapter or a soft prompt beside it.") var rung = Rung.full
  @Option(help: "Rank of the adapter.") var rank = 8
  @Option(help: "Vectors of the soft prompt.") var vectors = 16
  @Option(help: "How often each example is seen.") var epochs = LanguageModelPlan().epochs
  @Option(help: "Highest learning rate (else 0.002; 0.003 beside a model, 0.03 for a soft prompt).") var learningRate: Float?
  @Option(help: "Tokens of a new model's vocabulary.") var vocabulary = LanguageModelPlan().vocabularySize
  @Option(help: "Layers of a new model.") var layers = LanguageModelPlan().layers
  @Option(help: "Width of a new model, a multiple of 64.") var width = LanguageModelPlan().width
  @Option(help: "The same seed, packs and settings give the same model.") var seed: UInt64 = 1
  @Option(help: "Format of the model's matrices: \(Self.types.map { "\($0)".lowercased() }.joined(separator: ", ")).") var type = "q8_0"
  @OptionGroup var threads: ThreadOptions
  @Argument(help: "Packs, each a folder or an id.", completion: .directory) var packs: [String]

  private static let types: [TensorType] = [.f32, .f16, .q8_0, .q4_0]
  private var tensorType: TensorType? { Self.types.first { "\($0)".lowercased() == type.lowercased() } }

  func validate() throws {
    guard !packs.isEmpty else { throw ValidationError("Name one pack or more.") }
    guard rung == .full || base != nil else { throw ValidationError("--rung \(rung.rawValue) goes beside a model: give --base.") }
    guard tensorType != nil else {
      throw ValidationError("--type is one of \(Self.types.map { "\($0)".lowercased() }.joined(separator: ", ")).")
    }
    guard epochs > 0, epochs <= 1000 else { throw ValidationError("--epochs is above 0.") }
    guard width > 0, width % 64 == 0 else { throw ValidationError("--width is a multiple of 64.") }
  }

  private var plan: LanguageModelPlan {
    var plan = LanguageModelPlan()
    (plan.vocabularySize, plan.layers, plan.width, plan.epochs, plan.seed) = (vocabulary, layers, width, epochs, seed)
    (plan.heads, plan.keyValueHeads, plan.hiddenWidth) = (width / 32, width / 64, width * 3)
    plan.learningRate = learningRate ?? (rung == .full ? plan.learningRate : rung == .lora ? 3e-3 : 3e-2)
    return plan
  }

  func run() async throws {
    let read = try packs.map { try PackReader.read(packFolder($0, options.places)) }
    let report = try await Interruption.handle { try train(read) }
    try options.show(
      .object([
        "file": .string(output), "steps": .number(Double(report.steps)), "loss": .number(Double(report.loss)),
        "heldOutLoss": report.heldOutLoss.map { .number(Double($0)) } ?? .null, "tokensPerSecond": .number(report.tokensPerSecond),
        "seconds": .number(report.seconds),
      ])
    ) { "\(output): loss \(Self.short(report.loss)), held out \(report.heldOutLoss.map(Self.short) ?? "none"), \(Int(report.seconds)) s" }
  }

  private func train(_ read: [Pack]) throws -> TrainingReport {
    let builder = LanguageModelBuilder(read, plan: plan)
    let (model, corpora) = try prepare(builder)
    Terminal.note(
      "\(model.parameterCount) weights; \(corpora.training.count) examples, \(corpora.training.tokenCount) tokens, "
        + "\(corpora.training.learnedCount) of them learned; \(corpora.tooLong) too long")
    let checkpoint = output + ".checkpoint"
    let trainer = try builder.trainer(
      model, corpora, adaptation: adaptation, options: TrainingOptions(threads: threads.count, checkpoint: checkpoint))
    let report = try trainer.run { progress in
      if progress.step == 1 || progress.step.isMultiple(of: 20) || progress.step == progress.steps { Self.show(progress) }
    }
    let name = URL(fileURLWithPath: output).deletingPathExtension().lastPathComponent
    try trainer.export(to: output, name: name, type: rung == .full ? tensorType ?? .q8_0 : .f16)
    try writeCard(report, name, read, corpora)
    try? FileManager.default.removeItem(atPath: checkpoint)
    return report
  }

  private func prepare(_ builder: LanguageModelBuilder) throws -> (TrainableDecoder, LanguageModelBuilder.Corpora) {
    if let base {
      let file = try GGUFFile(path: base)
      return (try TrainableDecoder(file), try builder.corpora(try Tokenizers.make(file.metadata)))
    }
    let vocabulary = try builder.vocabulary()
    return (try builder.freshModel(vocabulary), try builder.corpora(try vocabulary.tokenizer()))
  }

  private var adaptation: Adaptation {
    switch rung {
    case .full: .full
    case .lora: .lora(rank: rank, alpha: Float(2 * rank))
    case .softPrompt: .softPrompt(count: vectors)
    }
  }

  private func writeCard(_ report: TrainingReport, _ name: String, _ packs: [Pack], _ corpora: LanguageModelBuilder.Corpora) throws {
    let folder = URL(fileURLWithPath: output).deletingLastPathComponent()
    let curve = "\(name).svg"
    try report.curve.svg(title: name).write(to: folder.appendingPathComponent(curve), atomically: true, encoding: .utf8)
    let named = packs.map { "\($0.manifest.id) \($0.manifest.version)" }.joined(separator: ", ")
    let tasks = corpora.counts.sorted { $0.key < $1.key }.map { "\($0.value) of \($0.key)" }.joined(separator: ", ")
    let card = ModelCard(
      title: name,
      introduction: "A language model of Osusume's own for \(named): it understands requests, rewrites them and words replies "
        + "from facts that it is given. What it writes is checked claim by claim before it is sent; outside that it knows nothing.",
      licence: packs.map(\.manifest.licence).uniqued.joined(separator: ", "),
      languages: packs.flatMap(\.manifest.languages).uniqued,
      data: "Labelled utterances and reply examples that people wrote, filled with the catalogues' names and facts (\(tasks)). Four in a "
        + "hundred wordings and items are held out.",
      command: "osusume model train " + CommandLine.arguments.dropFirst(3).joined(separator: " "), curve: curve)
    try card.markdown(report).write(to: folder.appendingPathComponent("\(name).md"), atomically: true, encoding: .utf8)
  }

  private static func short(_ value: Float) -> String { String(format: "%.3f", value) }

  private static func show(_ progress: TrainingProgress) {
    let heldOut = progress.heldOutLoss.map { ", held out \(short($0))" } ?? ""
    Terminal.note(
      "step \(progress.step) of \(progress.steps): loss \(short(progress.loss))\(heldOut), \(Int(progress.tokensPerSecond)) tokens/s, "
        + "\(Int(progress.secondsLeft / 60)) min left")
  }
}

extension Sequence where Element: Hashable {
  /// Each element once, in order.
  fileprivate var uniqued: [Element] {
    var seen = Set<Element>()
    return filter { seen.insert($0).inserted }
  }
}
