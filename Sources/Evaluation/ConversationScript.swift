import Foundation
import Frames

/// A replayable conversation: JSON lines of what the user says and what must hold of Frame, items and reply.
///
/// The first line is a header `{"conversation": name, "pack": id}`; each other one is a step. A file may hold several
/// conversations, each with its header.
public struct ConversationScript: Sendable {
  public var name: String
  public var pack: String
  public var steps: [Step]

  /// What is said and what must hold; what is left out may be anything.
  public struct Step: Codable, Sendable {
    public var say: String
    public var context: [String: String]?
    public var frame: FrameExpectation?
    public var items: ItemExpectation?
    public var reply: ReplyExpectation?
  }

  public struct FrameExpectation: Codable, Sendable {
    public var act: Act?
    public var goal: Goal?
    public var indirect: Bool?
    public var language: String?
    public var sentiment: Sentiment?
    /// Ids that must be among the entities.
    public var entities: [String]?
    /// Constraints that must be among those found, as `slot=value`, `slot!=value`, `slot<=value`.
    public var constraints: [String]?
    public var references: [String]?
  }

  public struct ItemExpectation: Codable, Sendable {
    public var least: Int?
    public var most: Int?
    /// Conditions that every item meets, as `slot=value`.
    public var all: [String]?
    /// Conditions that at least one item meets.
    public var some: [String]?
    /// Ids of which at least one is shown.
    public var any: [String]?
    /// Ids of which none is shown.
    public var none: [String]?
    /// True when nothing shown earlier in the conversation comes back.
    public var fresh: Bool?
    /// Exactly these, in this order: for exported conversations.
    public var ids: [String]?
  }

  public struct ReplyExpectation: Codable, Sendable {
    public var contains: [String]?
    public var lacks: [String]?
  }

  public init(name: String, pack: String, steps: [Step]) {
    self.name = name
    self.pack = pack
    self.steps = steps
  }

  /// From the answer of `chat.history`: what was understood and shown is what must hold.
  public init(stored: JSONValue, name: String) throws {
    self.init(name: name, pack: stored["pack"]?.string ?? "", steps: [])
    for turn in stored["turns"]?.array ?? [] {
      let frame = try turn["frame"]?.decode(Frame.self)
      let items = try turn["items"]?.decode([RecommendedItem].self) ?? []
      steps.append(
        Step(
          say: turn["text"]?.string ?? "",
          frame: frame.map {
            FrameExpectation(goal: $0.goal, indirect: $0.indirect, language: $0.language, sentiment: $0.sentiment)
          }, items: ItemExpectation(ids: items.map(\.id))))
    }
  }

  /// Where a script cannot be read.
  public struct Failure: Error, Sendable, CustomStringConvertible {
    public var line: Int
    public var problem: String
    public var description: String { "line \(line): \(problem)" }
  }

  private struct Header: Codable {
    var conversation: String
    var pack: String
  }

  public static func parse(_ text: String) throws -> [ConversationScript] {
    var scripts: [ConversationScript] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() where !line.isEmpty {
      let data = Data(line.utf8)
      if let header = try? JSONDecoder().decode(Header.self, from: data) {
        scripts.append(ConversationScript(name: header.conversation, pack: header.pack, steps: []))
        continue
      }
      guard !scripts.isEmpty else { throw Failure(line: index + 1, problem: "a step before any header {\"conversation\", \"pack\"}") }
      do {
        scripts[scripts.count - 1].steps.append(try JSONDecoder().decode(Step.self, from: data))
      } catch {
        throw Failure(line: index + 1, problem: "not a step: \(error)")
      }
    }
    return scripts
  }

  public func lines() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var text = String(decoding: try encoder.encode(Header(conversation: name, pack: pack)), as: UTF8.self) + "\n"
    for step in steps { text += String(decoding: try encoder.encode(step), as: UTF8.self) + "\n" }
    return text
  }
}
