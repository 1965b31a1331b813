import ArgumentParser
import Foundation
import Frames
import LanguageModel

struct ModelImport: AsyncParsableCommand {
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case f32, f16, bf16
    case q8 = "q8_0"

    var type: TensorType {
      switch self {
      case .f32: .f32
      case .f16: .f16
      case .bf16: .bf16
      case .q8: .q8_0
      }
    }
  }

  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Turn a Hugging Face folder into a GGUF file.",
    discussion: """
      Architectures: Llama, Qwen2, Qwen3, BERT. The folder holds config.json, tokenizer.json, tokenizer_config.json and weights as \
      safetensors.
      """)
  @OptionGroup var options: GlobalOptions
  @Option(name: [.short, .customLong("output")], help: "File to write (else the folder's name with .gguf, here).") var output: String?
  @Option(help: "Format of the matrices (else as they are stored).") var type: Format?
  @Flag(help: "Replace a file that is there.") var force = false
  @Argument(help: "The folder.", completion: .directory) var folder: String

  func run() async throws {
    let output = NewModelFile(path: output ?? URL(fileURLWithPath: folder).lastPathComponent + ".gguf", replaces: force)
    let (folder, type) = (folder, type?.type)
    try await output.write(options) { progress in
      try HuggingFaceImport(folder: folder, type: type).write(to: output.path, progress: progress)
    }
  }
}

struct ModelQuantize: AsyncParsableCommand {
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case q8 = "q8_0"
    case q4 = "q4_0"

    var type: TensorType { self == .q8 ? .q8_0 : .q4_0 }
  }

  static let configuration = CommandConfiguration(commandName: "quantize", abstract: "Write a smaller file of a model.")
  @OptionGroup var options: GlobalOptions
  @Option(help: "Format of the matrices.") var type: Format
  @Flag(help: "Replace a file that is there.") var force = false
  @Argument(help: "A GGUF file in F32, F16 or BF16.", completion: .file(extensions: ["gguf"])) var source: String
  @Argument(help: "File to write.", completion: .file(extensions: ["gguf"])) var output: String

  func run() async throws {
    let output = NewModelFile(path: output, replaces: force)
    let (source, type) = (source, type.type)
    try await output.write(options) { progress in
      _ = try ModelQuantizer(source: source, type: type).write(to: output.path, progress: progress)
    }
  }
}

/// A model file to be written: never over another one unasked, with its progress on the terminal, gone if it is interrupted.
private struct NewModelFile: Sendable {
  let path: String
  let replaces: Bool

  func write(_ options: GlobalOptions, _ body: @escaping @Sendable (_ progress: @escaping (Double) -> Void) throws -> Void) async throws {
    guard replaces || !FileManager.default.fileExists(atPath: path) else {
      throw FileFault(file: path, problem: "exists already", mend: "Give --force to replace it, or write another file.")
    }
    let start = ContinuousClock.now
    try await Interruption.handle {
      let progress = ProgressLine()
      defer { progress.end() }
      try body { progress.show($0) }
    }
    let summary = try ModelSummary(try GGUFFile(path: path))
    Terminal.note("Written in \(rate((ContinuousClock.now - start).seconds)) s.")
    try options.show(.encoding(summary)) { "\(path)\n\(summary.lines.joined(separator: "\n"))" }
  }
}

/// A percentage on standard error that is written over as it grows; nothing where that is no terminal.
private final class ProgressLine {
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var shown = -1

  func show(_ fraction: Double) {
    let percent = Int(fraction * 100)
    guard isTerminal, percent != shown else { return }
    shown = percent
    FileHandle.standardError.write(Data("\r\(percent) %".utf8))
  }

  func end() {
    if shown >= 0 { FileHandle.standardError.write(Data("\r     \r".utf8)) }
  }
}
