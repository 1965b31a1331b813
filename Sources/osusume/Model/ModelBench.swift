import ArgumentParser
import Foundation
import Frames
import LanguageModel
import Wire

struct ModelBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure how fast a model reads a prompt and writes a text on this machine.",
    discussion: "The text is sampled and streamed. Beside the bytes of weights that writing reads stand those that memory gives.")
  @OptionGroup var options: GlobalOptions
  @Option(name: [.customShort("p"), .customLong("prompt-tokens")], help: "Tokens of the prompt.") var promptTokens = 128
  @Option(name: [.customShort("n"), .customLong("text-tokens")], help: "Tokens of the text.") var textTokens = 128
  @Option(help: "Numbers of threads, separated by commas (else one for each core).") var threads: String?
  @Option(help: "Rounds, of which the median is printed.") var rounds = 3
  @Argument(help: "A GGUF file.", completion: .file(extensions: ["gguf"])) var file: String

  func validate() throws {
    for count in [promptTokens, textTokens] where !(1...1 << 20).contains(count) { throw ValidationError("-p and -n are 1 or more.") }
    guard (1...1000).contains(rounds) else { throw ValidationError("--rounds is from 1 to 1000.") }
    guard !threadCounts.isEmpty else { throw ValidationError("--threads is numbers from 1 to 256, separated by commas.") }
  }

  /// Empty if one of them is none.
  private var threadCounts: [Int] {
    guard let threads else { return [ProcessInfo.processInfo.activeProcessorCount] }
    let counts = threads.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    return counts.allSatisfy { (1...256).contains($0) } ? counts : []
  }

  func run() async throws {
    let start = ContinuousClock.now
    let model = try DecoderModel(path: file, cacheFolder: options.places.packedModels.path)
    let load = (ContinuousClock.now - start).seconds
    var bench = DecoderBench(model)
    (bench.promptTokens, bench.decodedTokens) = (promptTokens, textTokens)
    var lines: [String] = []
    var results: [JSONValue] = []
    for threads in threadCounts {
      var found: [DecoderBench.Result] = []
      for _ in 0..<rounds { found.append(try await bench.run(threads: threads)) }
      func median(_ value: (DecoderBench.Result) -> Double) -> Double { found.map(value).sorted()[found.count / 2] }
      let (prefill, decode) = (median(\.prefill), median(\.decode))
      let (weights, memory) = (median(\.decodeBandwidth) / 1e9, median(\.memoryBandwidth) / 1e9)
      lines.append(
        "\(threads) thread\(threads == 1 ? "" : "s"): prompt \(rate(prefill)) tokens/s, text \(rate(decode)) tokens/s, "
          + "\(rate(weights)) GB/s of weights where memory gives \(rate(memory)) GB/s")
      results.append(
        .object([
          "threads": .number(Double(threads)), "promptTokensPerSecond": .number(prefill), "textTokensPerSecond": .number(decode),
          "weightsGBPerSecond": .number(weights), "memoryGBPerSecond": .number(memory),
        ]))
    }
    try options.show(
      .object([
        "file": .string(file), "promptTokens": .number(Double(promptTokens)), "textTokens": .number(Double(textTokens)),
        "rounds": .number(Double(rounds)), "loadSeconds": .number(load), "results": .array(results),
      ])
    ) { lines.joined(separator: "\n") }
  }
}
