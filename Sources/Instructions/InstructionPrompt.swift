import Frames
import Knowledge
import LanguageModel

/// The four things that a pack's model does.
public enum InstructionTask: String, Sendable, Codable, CaseIterable {
  /// Conversation → Frame as semantic tokens (`FrameLine`).
  case understand
  /// A hint → the same request said directly.
  case rewrite
  /// Items with their facts and what was said → the reply.
  case reply
  /// What is wanted → semantic ids of items.
  case choose
}

/// How the model is asked, in training as in a turn.
///
/// The system message is `task pack language`. The user's message holds lines of `key: …`; the last is `text:`, which nothing follows, so
/// that what a user says is never taken for another line. Lines with nothing to say are left out.
///
/// ```
/// understand tokyo en                              reply tokyo en
/// now: area+ueno price+<=cheap                     goal: recommend
/// shown: 1 Ameyoko; 2 Ueno Zoo                     1 Ueno Zoo
/// text: something quieter                          kind: zoo
///                                                  company: families, children
/// goal=refine act=request mood+quiet               about: Japan's oldest zoo, …
///                                                  fact: Ueno Zoo opened in 1882.
///                                                  text: the kids are bored
///
///                                                  Bored children and Ueno Zoo go well together. …
/// ```
/// `now` is the standing request in the tokens of `FrameLine`, `shown` are the items on screen. `rewrite` is asked like `understand`,
/// `choose` with `now` and `text` alone; its answer is the ids' texts parted by spaces, the best first. In `reply` an item is a line of its
/// number and name; below it stand its facts, each under the name of its slot, with labels in the language of the reply: the reply states
/// nothing else.
public struct InstructionPrompt: Sendable {
  /// An item and what may be said of it.
  public struct Subject: Sendable, Hashable {
    public var name: String
    public var facts: [Fact]

    public init(name: String, facts: [Fact]) { (self.name, self.facts) = (name, facts) }
  }
  /// A slot's name, `about` or `fact`, and what it says.
  public struct Fact: Sendable, Hashable {
    public var key: String
    public var text: String

    public init(key: String, text: String) { (self.key, self.text) = (key, text) }
  }

  /// Items on screen beyond these are not named.
  public static let mostShown = 5

  private let pack: Pack
  private let line: FrameLine

  public init(line: FrameLine) { (self.pack, self.line) = (line.pack, line) }

  /// - Parameters:
  ///   - task: `understand` or `rewrite`.
  ///   - standing: the request as it stands before this text.
  ///   - shown: ids of the items on screen, in order.
  public func reading(
    _ task: InstructionTask, _ text: String, language: String, standing: [Constraint] = [], shown: [String] = []
  ) -> [ChatMessage] {
    var lines: [String] = []
    let now = line.write(standing)
    if !now.isEmpty { lines.append("now: " + now) }
    let names = shown.prefix(Self.mostShown).enumerated().map { "\($0 + 1) \(pack.graph.label($1, in: language))" }
    if !names.isEmpty { lines.append("shown: " + names.joined(separator: "; ")) }
    return messages(task, language, lines, text)
  }

  public func reply(_ text: String, language: String, goal: Goal, subjects: [Subject]) -> [ChatMessage] {
    var lines = ["goal: \(goal.rawValue)"]
    for (place, subject) in subjects.enumerated() {
      lines.append("\(place + 1) \(subject.name)")
      lines += subject.facts.map { "\($0.key): \($0.text)" }
    }
    return messages(.reply, language, lines, text)
  }

  /// - Parameter standing: the request with this text's own wishes in it.
  public func choose(_ text: String, language: String, standing: [Constraint] = []) -> [ChatMessage] {
    let now = line.write(standing)
    return messages(.choose, language, now.isEmpty ? [] : ["now: " + now], text)
  }

  private func messages(_ task: InstructionTask, _ language: String, _ lines: [String], _ text: String) -> [ChatMessage] {
    let said = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    return [
      ChatMessage(.system, "\(task.rawValue) \(pack.manifest.id) \(language)"),
      ChatMessage(.user, (lines + ["text: " + said]).joined(separator: "\n")),
    ]
  }
}
