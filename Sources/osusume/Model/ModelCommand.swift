import ArgumentParser
import Foundation
import Frames
import LanguageModel

struct ModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Language models in GGUF files: show, convert, run, measure. Needs no daemon.",
    subcommands: [
      ModelInfo.self, ModelImport.self, ModelQuantize.self, ModelGenerate.self, ModelEmbed.self, ModelBench.self, ModelTrain.self,
    ])
}

struct ModelInfo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "info", abstract: "Print what a model file holds.")
  @OptionGroup var options: GlobalOptions
  @Argument(help: "A GGUF file.", completion: .file(extensions: ["gguf"])) var file: String

  func run() async throws {
    let summary = try ModelSummary(try GGUFFile(path: file))
    try options.show(.encoding(summary)) { summary.lines.joined(separator: "\n") }
  }
}

/// How many threads a model computes on.
struct ThreadOptions: ParsableArguments {
  @Option(help: "Threads that compute (else one for each core).") var threads: Int?

  var count: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }

  func validate() throws {
    guard (1...256).contains(count) else { throw ValidationError("--threads is from 1 to 256.") }
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

/// With one digit behind the point, or none where that would pretend too much.
func rate(_ value: Double) -> String { String(format: value < 100 ? "%.1f" : "%.0f", value) }
