/// One fact: subject, predicate, object. The object is a node id or, for literals, the bare text.
public struct Fact: Sendable, Hashable {
  public var subject: String
  public var predicate: String
  public var object: String
  public var isLiteral: Bool

  public init(subject: String, predicate: String, object: String, isLiteral: Bool) {
    self.subject = subject
    self.predicate = predicate
    self.object = object
    self.isLiteral = isLiteral
  }
}

/// The knowledge graph of a pack: facts indexed by subject and by object, labels and aliases of nodes.
///
/// Node ids are `type:slug`; items are bare slugs. `label@xx` and `alias@xx` rows become `labels` and `aliases`
/// and are not facts.
public struct KnowledgeGraph: Sendable {
  public private(set) var facts: [Fact] = []
  public private(set) var bySubject: [String: [Int]] = [:]
  public private(set) var byObject: [String: [Int]] = [:]
  /// node id → language → label
  public private(set) var labels: [String: LocalizedText] = [:]
  /// node id → language → other names
  public private(set) var aliases: [String: [String: [String]]] = [:]

  public init() {}

  /// Adds a fact once; a repeated fact is ignored.
  public mutating func add(_ fact: Fact) {
    if let known = bySubject[fact.subject], known.contains(where: { facts[$0] == fact }) { return }
    let index = facts.count
    facts.append(fact)
    bySubject[fact.subject, default: []].append(index)
    if !fact.isLiteral { byObject[fact.object, default: []].append(index) }
  }

  public mutating func setLabel(_ text: String, node: String, language: String) { labels[node, default: [:]][language] = text }

  public mutating func addAlias(_ text: String, node: String, language: String) {
    if aliases[node]?[language]?.contains(text) == true { return }
    aliases[node, default: [:]][language, default: []].append(text)
  }

  public func facts(about subject: String) -> [Fact] { (bySubject[subject] ?? []).map { facts[$0] } }
  public func facts(to object: String) -> [Fact] { (byObject[object] ?? []).map { facts[$0] } }
  public func objects(of subject: String, _ predicate: String) -> [Fact] {
    facts(about: subject).filter { $0.predicate == predicate }
  }

  /// The node's label in `language`, else in English, else the slug with spaces.
  public func label(_ node: String, in language: String) -> String {
    if let label = labels[node]?[language] ?? labels[node]?["en"] { return label }
    let slug = node.split(separator: ":", maxSplits: 1).last.map(String.init) ?? node
    return slug.replacing("-", with: " ")
  }

  public static func type(of node: String) -> String? {
    node.firstIndex(of: ":").map { String(node[..<$0]) }
  }
}
