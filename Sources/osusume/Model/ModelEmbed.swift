import ArgumentParser
import Foundation
import Frames
import LanguageModel

struct ModelEmbed: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed", abstract: "Print the vectors of texts, one a line, each of length 1.",
    discussion: "Texts are the arguments, or the lines of standard input. With --json, each line is an object.")
  @OptionGroup var options: GlobalOptions
  @Argument(help: "A GGUF file of a BERT encoder.", completion: .file(extensions: ["gguf"])) var file: String
  @Argument(help: "The texts.") var texts: [String] = []

  /// Texts that are encoded at a time.
  private static let batch = 256

  func run() async throws {
    if texts.isEmpty, isatty(STDIN_FILENO) == 1 { throw ValidationError("Missing TEXT: give texts as words, or lines on standard input.") }
    let encoder = try BERTEncoder(path: file)
    var waiting = texts
    if texts.isEmpty {
      while let line = readLine() {
        waiting.append(line)
        guard waiting.count == Self.batch else { continue }
        try show(waiting, encoder)
        waiting = []
      }
    }
    for start in stride(from: 0, to: waiting.count, by: Self.batch) {
      try show(Array(waiting[start..<min(start + Self.batch, waiting.count)]), encoder)
    }
  }

  private func show(_ texts: [String], _ encoder: BERTEncoder) throws {
    for (text, vectors) in zip(texts, try encoder.analyse(texts)) {
      // A float's shortest form, not the digits that it gains as a double.
      let numbers = vectors.sentence.map { "\($0)" }
      try options.show(
        .object(["text": .string(text), "vector": .array(numbers.map { .number(Double($0) ?? 0) })])
      ) { numbers.joined(separator: " ") }
    }
  }
}
