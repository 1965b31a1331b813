import ArgumentParser
import Dialogue
import Evaluation
import Foundation
import Frames
import Knowledge
import LanguageModel
import OsusumeClient
import Retrieval
import Wire

struct PackCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack", abstract: "Domain packs: make, check, build, serve, measure.",
    subcommands: [
      PackNew.self, PackCheck.self, PackBuild.self, PackList.self, PackInfo.self, PackLoad.self, PackUnload.self, PackEval.self,
    ], defaultSubcommand: PackList.self)
}

/// A pack named by its folder, or by its id among the known folders.
func packFolder(_ name: String, _ places: Places) throws -> URL {
  let direct = URL(fileURLWithPath: name)
  if FileManager.default.fileExists(atPath: direct.appendingPathComponent("pack.yaml").path) { return direct }
  for parent in Installation.domains(places) {
    let found = parent.appendingPathComponent(name)
    if FileManager.default.fileExists(atPath: found.appendingPathComponent("pack.yaml").path) { return found }
  }
  throw ValidationError("There is no pack \"\(name)\": name a folder with a pack.yaml, or one of the installed packs.")
}

private func makeRuntime(_ url: URL, _ places: Places, weights: [String: FusionWeights]? = nil) throws -> PackRuntime {
  let encoder = try Installation.encoder(places).map { CachedEncoder(try MiniLM(folder: $0)) }
  if encoder == nil { Terminal.note("No sentence encoder: dense retrieval is off. `make setup` gets it.") }
  return try PackRuntime(pack: try PackReader.read(url), encoder: encoder, cache: places.cache, weights: weights)
}

struct PackNew: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "new", abstract: "Make a pack, from a CSV or an example.")
  @OptionGroup var options: GlobalOptions
  @Option(help: "CSV of the items: a header with `name`, one item a line.") var csv: String?
  @Option(help: "Language of the texts.") var language = "en"
  @Argument(help: "Folder to make; its name is the pack's id.") var path: String

  func run() async throws {
    let url = URL(fileURLWithPath: path)
    let text = try csv.map { try String(contentsOf: URL(fileURLWithPath: $0), encoding: .utf8) }
    try PackTemplate.write(id: url.lastPathComponent, csv: text, language: language, to: url)
    try options.show(.object(["path": .string(url.path)])) { "Made \(url.path). Next: osusume pack check \(path)" }
  }
}

struct PackCheck: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Name every fault of a pack with file, line, field and mend.")
  @OptionGroup var options: GlobalOptions
  @Argument(help: "The pack's folder or id.") var path: String

  func run() async throws {
    let url = (try? packFolder(path, options.places)) ?? URL(fileURLWithPath: path)
    let (pack, faults) = PackReader.check(url)
    let errors = faults.filter { $0.severity == .error }.count
    try options.show(.object(["faults": .encoding(faults), "errors": .number(Double(errors))])) {
      var lines = faults.map(\.description)
      if let pack, errors == 0 {
        lines.append(
          "\(pack.manifest.id): \(pack.items.count) items, \(pack.graph.facts.count) facts, \(pack.utterances.count) utterances, "
            + "\(pack.replies.count) reply examples: good")
      } else {
        lines.append("\(errors) error\(errors == 1 ? "" : "s")")
      }
      return lines.joined(separator: "\n")
    }
    if errors > 0 { throw ExitCode(1) }
  }
}

struct PackBuild: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build", abstract: "Train the heads and encode the catalogue ahead of the first start.")
  @OptionGroup var options: GlobalOptions
  @Argument(help: "The pack's folder or id.") var path: String

  func run() async throws {
    let start = ContinuousClock.now
    let runtime = try makeRuntime(try packFolder(path, options.places), options.places)
    let seconds = Double((ContinuousClock.now - start).components.seconds)
    try options.show(.object(["pack": .string(runtime.pack.manifest.id), "seconds": .number(seconds)])) {
      "Built \(runtime.pack.manifest.id) in \(Int(seconds)) s, into \(options.places.cache.path)"
    }
  }
}

struct PackList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List packs, loaded and available.")
  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let result = try await options.connect().call("pack.list")
    try options.show(result) {
      (result["packs"]?.array ?? []).map {
        "\(DisplayWidth.padded($0["id"]?.string ?? "", to: 20)) \($0["loaded"]?.bool == true ? "loaded   " : "available")  \($0["path"]?.string ?? "")"
      }.joined(separator: "\n")
    }
  }
}

struct PackInfo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "info", abstract: "Print what a pack holds; loads it if need be.")
  @OptionGroup var options: GlobalOptions
  @Argument(help: "Id of the pack.") var id: String

  func run() async throws {
    let result = try await options.connect().call("pack.info", ["pack": .string(id)])
    try options.show(result) {
      (result.object ?? [:]).sorted { $0.key < $1.key }.map { key, value in
        let text = (try? value.line()) ?? ""
        return "\(DisplayWidth.padded(key, to: 14)) \(value.string ?? text)"
      }.joined(separator: "\n")
    }
  }
}

struct PackLoad: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "load", abstract: "Load or replace a pack while the daemon serves.")
  @OptionGroup var options: GlobalOptions
  @Argument(help: "The pack's folder or id.") var path: String

  func run() async throws {
    let url = try packFolder(path, options.places)
    let result = try await options.connect().call("pack.load", ["path": .string(url.path)])
    try options.show(result) { "loaded \(result["id"]?.string ?? "") \(result["version"]?.string ?? "")" }
  }
}

struct PackUnload: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "unload", abstract: "Unload a pack while the daemon serves.")
  @OptionGroup var options: GlobalOptions
  @Argument(help: "Id of the pack.") var id: String

  func run() async throws {
    let result = try await options.connect().call("pack.unload", ["pack": .string(id)])
    try options.show(result) { "unloaded \(id)" }
  }
}

struct PackEval: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "eval", abstract: "Run the pack's benchmark, on its test half.")
  @OptionGroup var options: GlobalOptions
  @Option(help: "dev or test.") var half = "test"
  @Flag(help: "First choose the fusion weights on the development half and write them into the pack.") var tune = false
  @Option(
    help: "A language model of Osusume's own, whose Frames and replies are measured instead.", completion: .file(extensions: ["gguf"]))
  var model: String?
  @Option(help: "A LoRA adapter for it.", completion: .file(extensions: ["gguf"])) var lora: String?
  @Option(help: "How many of its replies to print in each language.") var samples = 0
  @Flag(help: "Print the utterances that were mistaken (development half only, so that the test half stays unseen).") var mistakes = false
  @Argument(help: "The pack's folder or id.") var path: String

  func run() async throws {
    guard ["dev", "test"].contains(half) else { throw ValidationError("--half is dev or test.") }
    let url = try packFolder(path, options.places)
    var runtime = try makeRuntime(url, options.places)
    if tune {
      let weights = try FusionTuner(runtime: runtime).tuned()
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
      let models = url.appendingPathComponent("models")
      try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
      try (try encoder.encode(weights) + Data("\n".utf8)).write(to: models.appendingPathComponent("fusion.json"))
      runtime.retriever.weights = weights
    }
    let benchmark = PackBenchmark(runtime: runtime)
    if mistakes {
      for line in try benchmark.mistakes(half: "dev") { Terminal.out(line + "\n") }
      return
    }
    if let model {
      let reports = try await measure(model, runtime)
      try options.show(.encoding(reports)) { ModelTable.text(reports) }
      return
    }
    let reports = try benchmark.report(half: half)
    try options.show(.encoding(reports)) { BenchmarkTable.text(reports) }
  }

  private func measure(_ path: String, _ runtime: PackRuntime) async throws -> [ModelReport] {
    let model = try LoadedModel(path: path, cacheFolder: options.places.packedModels.path)
    var attachments = DecoderAttachments()
    if let lora { attachments.adapters = [.init(try LoRAAdapter(path: lora, for: model.decoder))] }
    let generator = try Generator(
      model.decoder, threads: ProcessInfo.processInfo.activeProcessorCount, cacheMemory: 64 << 20)
    let benchmark = ModelBenchmark(runtime: runtime, generator: try model.textGenerator(generator, attachments: attachments))
    var reports: [ModelReport] = []
    for language in runtime.pack.manifest.languages {
      var left = samples
      let report = try await benchmark.report(language: language, half: half) { text, reply in
        guard left > 0 else { return }
        left -= 1
        Terminal.note("> \(text)\n\(reply)\n")
      }
      reports.append(report)
    }
    return reports
  }
}
