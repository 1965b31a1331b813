import Foundation

/// What the terminal can do, and text laid out for it.
struct Terminal: Sendable {
  let isTerminal: Bool
  let usesColour: Bool

  init() {
    isTerminal = isatty(STDOUT_FILENO) == 1
    let environment = ProcessInfo.processInfo.environment
    usesColour = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }

  /// Columns; 80 where nobody says.
  var columns: Int {
    var size = winsize()
    guard isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
    return Int(size.ws_col)
  }

  func bold(_ text: String) -> String { usesColour ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
  func dim(_ text: String) -> String { usesColour ? "\u{1B}[2m\(text)\u{1B}[0m" : text }

  static func out(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
  static func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}

/// Columns that text takes on a terminal: East Asian wide and full-width characters take two (Unicode UAX 11).
enum DisplayWidth {
  static func of(_ text: some StringProtocol) -> Int { text.reduce(0) { $0 + of($1) } }

  static func of(_ character: Character) -> Int {
    guard let value = character.unicodeScalars.first?.value else { return 0 }
    if value < 0x20 || (0x7F..<0xA0).contains(value) || (0x300...0x36F).contains(value) { return 0 }
    let wide =
      (0x1100...0x115F).contains(value) || (0x2E80...0x303E).contains(value) || (0x3041...0xA4CF).contains(value)
      || (0xAC00...0xD7A3).contains(value) || (0xF900...0xFAFF).contains(value) || (0xFE30...0xFE6F).contains(value)
      || (0xFF00...0xFF60).contains(value) || (0xFFE0...0xFFE6).contains(value) || (0x1F300...0x1FAFF).contains(value)
      || (0x20000...0x3FFFD).contains(value)
    return wide ? 2 : 1
  }

  static func padded(_ text: String, to width: Int) -> String {
    var shown = ""
    var used = 0
    for character in text {
      let next = of(character)
      if used + next > width { break }
      shown.append(character)
      used += next
    }
    return shown + String(repeating: " ", count: width - used)
  }
}

/// Two columns stay free for marks that may not begin a line. Breaks lines at the terminal's width: between words, and between any two Japanese characters but before closing marks.
struct LineWrapper {
  let columns: Int
  private static let neverFirst: Set<Character> = [
    "。", "、", "）", "」", "』", "！", "？", "ー", "々", "ゃ", "ゅ", "ょ", "っ", "・", ",", ".", ")", "!", "?", ":", ";",
  ]

  func wrap(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line(String($0)) }.joined(separator: "\n")
  }

  private func line(_ text: String) -> String {
    guard DisplayWidth.of(text) > columns - 2 else { return text }
    // What continues hangs under where the words of the line began.
    let lead = text.prefix { $0 == " " || $0.isNumber || $0 == "." || $0 == "•" || $0 == "→" || $0 == "·" || $0 == "↓" }
    let indent = String(repeating: " ", count: min(DisplayWidth.of(lead), 6))
    var lines: [String] = []
    var current = ""
    var width = 0
    for piece in pieces(text) {
      let size = DisplayWidth.of(piece)
      let first = piece.first ?? " "
      if width + size > columns - 2, !current.isEmpty, !Self.neverFirst.contains(first) {
        lines.append(current)
        current = indent + piece.drop { $0 == " " }
        width = DisplayWidth.of(current)
      } else {
        current += piece
        width += size
      }
    }
    lines.append(current)
    return lines.joined(separator: "\n")
  }

  /// Latin words with their spaces before them; single wide characters.
  private func pieces(_ text: String) -> [String] {
    var result: [String] = []
    var word = ""
    for character in text {
      if DisplayWidth.of(character) == 2 {
        if !word.isEmpty { result.append(word) }
        result.append(String(character))
        word = ""
      } else if character == " " {
        if !word.isEmpty { result.append(word) }
        word = " "
      } else {
        word.append(character)
      }
    }
    if !word.isEmpty { result.append(word) }
    return result
  }
}
