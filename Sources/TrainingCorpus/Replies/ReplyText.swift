import Knowledge
import LanguageModel

/// Writes a template's text with its placeholders filled.
enum ReplyText {
  /// - Parameter capitalised: whether what begins a sentence gets a capital; a user's own small letters stay.
  static func write(_ template: ReplyTemplate, page: inout FactPage, capitalised: Bool, _ random: inout RandomSource) -> String {
    var result = ""
    for part in template.parts {
      switch part {
      case .text(let text):
        let own = page.language == "en" && endsInOne(result) && isMinutes(text) ? " minute" + text.dropFirst(8) : text[...]
        result += endsSentence(result) && isFullStop(own) ? own.dropFirst() : own
      case .placeholder(let placeholder):
        let text = page.text(for: placeholder, &random)
        let begins = capitalised && page.language == "en" && placeholder.content != .name && beginsSentence(result)
        result += begins ? text.prefix(1).uppercased() + text.dropFirst() : text
      }
    }
    return result
  }

  private static func beginsSentence(_ text: String) -> Bool {
    guard let last = text.last(where: { !$0.isWhitespace && $0 != "\"" }) else { return true }
    return ".!?".contains(last)
  }

  /// A name may end as a sentence does: "Your Name.", 「君の名は。」, "Safety Last!".
  private static func endsSentence(_ text: String) -> Bool { text.last.map { ".!?。！？".contains($0) } ?? false }

  private static func isFullStop(_ text: Substring) -> Bool {
    (text.first == "." || text.first == "。") && !(text.dropFirst().first?.isLetter ?? false)
  }

  /// "{1.walkMinutes} minutes" of 1.
  private static func endsInOne(_ text: String) -> Bool { text == "1" || text.hasSuffix(" 1") || text.hasSuffix("(1") }

  private static func isMinutes(_ text: String) -> Bool {
    guard text.hasPrefix(" minutes") else { return false }
    let next = text.dropFirst(8).first
    return next == nil || next != "'" && next != "’" && !(next?.isLetter ?? false)
  }
}
