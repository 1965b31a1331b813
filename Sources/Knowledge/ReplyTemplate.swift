/// What stands in braces in a reply example: `{1}`, `{2.area}`, `{1.a.kind}`, `{1.about}`, `{1.fact}`.
public struct ReplyPlaceholder: Sendable, Hashable {
  public enum Content: Sendable, Hashable {
    /// The item's name.
    case name
    /// The label of the item's value of a slot; with `article`, behind "a" or "an" (English).
    case slot(String, article: Bool)
    /// The item's description: whole sentences.
    case about
    /// One fact of the graph about the item, as a whole sentence.
    case fact

    /// Whether it fills in whole sentences, full stop included.
    public var isSentence: Bool { self == .about || self == .fact }
  }

  /// Place in the example's list of items, from 0.
  public var item: Int
  public var content: Content

  public init(item: Int, content: Content) { (self.item, self.content) = (item, content) }
}

/// A text with placeholders.
public struct ReplyTemplate: Sendable, Hashable {
  public enum Part: Sendable, Hashable {
    case text(String)
    case placeholder(ReplyPlaceholder)
  }
  public struct Failure: Error, Hashable {
    public var problem: String
    public var mend: String
  }

  /// As it was written.
  public let text: String
  public let parts: [Part]

  public var placeholders: [ReplyPlaceholder] {
    parts.compactMap { if case .placeholder(let placeholder) = $0 { placeholder } else { nil } }
  }

  /// What stands outside the braces.
  public var ownText: String { parts.map { if case .text(let text) = $0 { text } else { "" } }.joined(separator: " ") }

  public init(_ text: String) throws(Failure) {
    var parts: [Part] = []
    var rest = text[...]
    while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      guard rest[brace] == "{", let end = rest[brace...].firstIndex(of: "}") else {
        throw Failure(problem: "has a brace without its partner", mend: "Write placeholders as {1} or {1.kind}")
      }
      if brace > rest.startIndex { parts.append(.text(String(rest[..<brace]))) }
      parts.append(.placeholder(try Self.placeholder(rest[rest.index(after: brace)..<end])))
      rest = rest[rest.index(after: end)...]
    }
    if !rest.isEmpty { parts.append(.text(String(rest))) }
    self.text = text
    self.parts = parts
  }

  private static func placeholder(_ text: Substring) throws(Failure) -> ReplyPlaceholder {
    var path = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let mend = "Write {1}, {1.slot}, {1.a.slot}, {1.about} or {1.fact}"
    guard let number = Int(path.removeFirst()), number >= 1, number <= ReplyExample.mostItems else {
      throw Failure(problem: "\"{\(text)}\" does not begin with the number of an item", mend: mend)
    }
    let content: ReplyPlaceholder.Content
    switch path.count {
    case 0: content = .name
    case 1 where path[0] == "about": content = .about
    case 1 where path[0] == "fact": content = .fact
    case 1 where !path[0].isEmpty: content = .slot(path[0], article: false)
    case 2 where path[0] == "a" && !path[1].isEmpty: content = .slot(path[1], article: true)
    default: throw Failure(problem: "\"{\(text)}\" is no placeholder", mend: mend)
    }
    return ReplyPlaceholder(item: number - 1, content: content)
  }
}
