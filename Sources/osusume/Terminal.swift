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

/// Breaks lines at the terminal's width as text comes in: between words, and between any two Japanese characters but before closing
/// marks, for which two columns stay free.
struct LineWrapper {
  let columns: Int
  /// Columns already used on the current line.
  private var width = 0
  /// What continues hangs under where the words of the line began.
  private var indent = ""
  private static let neverFirst: Set<Character> = [
    "。", "、", "）", "」", "』", "！", "？", "ー", "々", "ゃ", "ゅ", "ょ", "っ", "・", ",", ".", ")", "!", "?", ":", ";",
  ]

  init(columns: Int) { self.columns = columns }

  /// The next part of a text, broken where the line that it goes on with is full.
  mutating func wrap(_ part: String) -> String {
    var lines: [String] = []
    for (index, line) in part.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if index > 0 { width = 0 }
      lines.append(rest(of: String(line)))
    }
    return lines.joined(separator: "\n")
  }

  private mutating func rest(of line: String) -> String {
    if width == 0 {
      let lead = line.prefix { $0 == " " || $0.isNumber || $0 == "." || $0 == "•" || $0 == "→" || $0 == "·" || $0 == "↓" }
      indent = String(repeating: " ", count: lead.contains(" ") ? min(DisplayWidth.of(lead), 6) : 0)
    }
    var text = ""
    for piece in pieces(line) {
      let size = DisplayWidth.of(piece)
      if width + size > columns - 2, width > indent.count, !Self.neverFirst.contains(piece.first ?? " ") {
        let word = piece.drop { $0 == " " }
        text += "\n" + indent + word
        width = indent.count + DisplayWidth.of(word)
      } else {
        text += piece
        width += size
      }
    }
    return text
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
