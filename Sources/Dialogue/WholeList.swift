import Frames

/// Tells whether a question is about the whole list on screen: "which of these is free?", 「この中でどれが一番近い？」.
enum WholeList {
  private static let english = [
    "which of", "which one", "which ones", "any of", "are any", "is any", "do any", "does any", "all of them", "are they all",
    "are these all",
    "among these", "among them", "which are", "which is",
  ]
  private static let japanese = ["この中", "その中", "どれが", "どれか", "このうち", "どこが", "全部", "どれも"]

  /// "The shortest", 「いちばん近い」: one of them is asked for, not all that are short.
  static func isSuperlative(_ text: String, language: String) -> Bool {
    if language == "ja" { return ["一番", "いちばん", "最も", "もっとも", "最短", "最安"].contains { text.contains($0) } }
    return text.lowercased().split { !$0.isLetter }.contains { $0 == "most" || $0 == "least" || ($0.hasSuffix("est") && $0.count > 4) }
  }

  static func asked(_ text: String, _ frame: Frame, shown: [String]) -> Bool {
    guard shown.count > 1, [.inform, .compare].contains(frame.goal), frame.entities.isEmpty, frame.references.isEmpty else { return false }
    let question = text.lowercased()
    // Of two things, it is the two that were talked of.
    if question.contains("two") || question.contains("二つ") { return false }
    return (frame.language == "ja" ? japanese : english).contains { question.contains($0) }
  }
}
