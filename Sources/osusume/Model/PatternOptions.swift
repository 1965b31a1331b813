import ArgumentParser
import Foundation
import LanguageModel

/// What may be written.
struct PatternOptions: ParsableArguments {
  @Option(help: "A file with a GBNF grammar that the text keeps to.", completion: .file()) var grammar: String?
  @Option(
    help: "A file of names, one a line: the text is one of them, or they are what the grammar leaves open as @name.", completion: .file())
  var names: String?

  /// What a file says is wrong, with the file.
  private struct FileError: Error, CustomStringConvertible {
    let file: String
    let error: any Error
    var description: String { "\(file): \(error)" }
  }

  /// - Throws: what is wrong with a file, or `TextPattern.CompositionError`.
  func pattern() throws -> TextPattern? {
    let trie = try names.map { file in
      try read(file) { text in
        try StringTrie(text.split(whereSeparator: \.isNewline).map(String.init))
      }
    }
    guard let grammar else { return trie.map(TextPattern.strings) }
    let parsed = try read(grammar) { try Grammar($0) }
    guard let trie, let names else { return .grammar(parsed) }
    guard !parsed.openNames.isEmpty else {
      throw FileFault(file: grammar, problem: "leaves no place for the names of \(names)", mend: "Write @name where a name may stand.")
    }
    return .grammar(parsed, bound: Dictionary(uniqueKeysWithValues: parsed.openNames.map { ($0, .strings(trie)) }))
  }

  private func read<Result>(_ file: String, _ parse: (String) throws -> Result) throws -> Result {
    let text: String
    do {
      text = try String(contentsOfFile: file, encoding: .utf8)
    } catch {
      throw FileFault(file: file, problem: "cannot be read as UTF-8 text", mend: "Check the path and its permissions.")
    }
    do { return try parse(text) } catch { throw FileError(file: file, error: error) }
  }
}
