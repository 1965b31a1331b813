import CReadline
import Foundation
import Synchronization

/// Reads lines with GNU readline: editing, a history that is kept, completion of commands and of names on screen.
struct LineReader {
  private let historyFile: String
  static let longestHistory: Int32 = 1000
  /// What can be completed now; readline's callback has no context of its own.
  private static let candidates = Mutex<[String]>([])

  init(historyFile: URL) {
    self.historyFile = historyFile.path
    osu_readline_setup("osusume")
    using_history()
    read_history(self.historyFile)
    osu_history_limit(Self.longestHistory)
    osu_set_completion { word, start, _ in
      osu_no_filename_completion()
      let line = String(cString: osu_line_buffer())
      let typed = word.map { String(cString: $0) } ?? ""
      let matches = LineReader.completions(of: line, word: typed, wordStart: Int(start), among: LineReader.candidates.withLock { $0 })
      guard let common = LineReader.commonPrefix(matches) else { return nil }
      // Readline's form: the common prefix first, then the choices, then nil; it frees all of them.
      let list = matches.count == 1 ? [common] : [common] + matches
      let block = malloc((list.count + 1) * MemoryLayout<UnsafeMutablePointer<CChar>?>.stride)!
        .bindMemory(to: UnsafeMutablePointer<CChar>?.self, capacity: list.count + 1)
      for (index, text) in list.enumerated() { block[index] = osu_copy(text) }
      block[list.count] = nil
      return block
    }
  }

  /// - Parameter completing: slash commands and names on screen.
  /// - Returns: nil at the end of input (Ctrl-D).
  func read(_ prompt: String, completing: [String]) -> String? {
    Self.candidates.withLock { $0 = completing }
    guard let raw = readline(prompt) else { return nil }
    defer { free(raw) }
    let line = String(cString: raw)
    if !line.trimmingCharacters(in: .whitespaces).isEmpty { add_history(raw) }
    return line
  }

  func keep() {
    write_history(historyFile)
    chmod(historyFile, 0o600)
  }

  static func forget(_ file: URL) {
    clear_history()
    try? FileManager.default.removeItem(at: file)
  }

  /// Ctrl-C since the last call?
  static func interrupted() -> Bool { osu_take_interrupt() != 0 }

  /// The ends of candidates that continue what is typed: names have spaces, readline completes one word.
  static func completions(of line: String, word: String, wordStart: Int, among candidates: [String]) -> [String] {
    let before = String(decoding: Array(line.utf8).prefix(wordStart), as: UTF8.self)
    var found: [String] = []
    for candidate in candidates {
      if candidate.hasPrefix("/") {
        if before.isEmpty, candidate.hasPrefix(word) { found.append(candidate) }
        continue
      }
      // The longest tail of the line that begins the name.
      let words = before.split(separator: " ", omittingEmptySubsequences: false)
      for taken in stride(from: min(words.count, 6), through: 0, by: -1) {
        let head = words.suffix(taken).joined(separator: " ")
        let typed = head + word
        if typed.isEmpty || (taken > 0 && head.isEmpty) { continue }
        if candidate.lowercased().hasPrefix(typed.lowercased()) {
          found.append(String(candidate.dropFirst(head.count)))
          break
        }
      }
    }
    return Array(Set(found)).sorted()
  }

  static func commonPrefix(_ texts: [String]) -> String? {
    guard var prefix = texts.first else { return nil }
    for text in texts.dropFirst() { prefix = prefix.commonPrefix(with: text) }
    return prefix
  }
}
