import Frames
import Knowledge

/// A Frame as one line of semantic tokens, which the pack's model writes and reads.
///
/// ```
/// line       = "goal=" goal " act=" act [" indirect"] [" feel=" sentiment] { " " constraint } { " #" position }
/// constraint = slot ("+" | "!") values ["?" | "*"]
/// values     = value { "|" value } | "~" value | ("<" | "<=" | ">" | ">=") value | value ".." value
///
/// goal=recommend act=question indirect area+shibuya
/// goal=refine act=statement price+<=cheap mood!lively? #2
/// goal=feedback act=statement feel=chosen #1
/// ```
/// `+` is wanted and `!` is not; `~` is near; `?` marks a wish on a slot whose constraints are conditions, `*` a condition on one whose are
/// wishes; `#2` is the second item on screen.
///
/// What can be looked up is not written and so cannot be got wrong: names in the text are linked (`entities`, and the items among
/// `references`), the language is detected, `rewrite` has a task of its own. `confidence` comes from the probability of the tokens.
public struct FrameLine: Sendable {
  /// More constraints or pointed items than these no utterance has.
  static let mostConstraints = 8
  static let mostReferences = 4
  static let mostValues = 16

  let pack: Pack
  /// Node type → ids that have a label, sorted.
  let nodes: [String: [String]]
  private let nodeSets: [String: Set<String>]

  public init(pack: Pack) {
    self.pack = pack
    let types = Set(pack.manifest.slots.compactMap(\.nodeType))
    var nodes: [String: [String]] = [:]
    for node in pack.graph.labels.keys {
      guard let type = KnowledgeGraph.type(of: node), types.contains(type) else { continue }
      nodes[type, default: []].append(String(node.dropFirst(type.utf8.count + 1)))
    }
    self.nodes = nodes.mapValues { $0.sorted() }
    nodeSets = nodes.mapValues(Set.init)
  }

  // MARK: - Writing

  /// - Parameter shown: ids of the items on screen, in order.
  /// - Throws: what in the Frame the pack has no token for.
  public func write(_ frame: Frame, shown: [String] = []) throws(FrameLineError) -> String {
    guard frame.constraints.count <= Self.mostConstraints else { throw .tooMany("constraints", limit: Self.mostConstraints) }
    var constraints: [String] = []
    for constraint in frame.constraints { constraints.append(try write(constraint)) }
    let pointed = pointed(frame)
    guard pointed.count <= Self.mostReferences else { throw .tooMany("references", limit: Self.mostReferences) }
    for id in pointed {
      guard let place = shown.firstIndex(of: id), place < 9 else { throw .notShown(id) }
    }
    return join(frame, constraints, places: pointed.compactMap { shown.firstIndex(of: $0) })
  }

  /// The line of a Frame whose constraints and references are known to have words; any that have none are left out.
  package func writeKnown(_ frame: Frame, shown: [String]) -> String {
    let constraints = frame.constraints.compactMap { try? write($0) }
    let places = pointed(frame).compactMap { shown.firstIndex(of: $0) }.filter { $0 < 9 }
    return join(frame, Array(constraints.prefix(Self.mostConstraints)), places: Array(places.prefix(Self.mostReferences)))
  }

  /// References that no name in the text makes.
  private func pointed(_ frame: Frame) -> [String] {
    let named = Set(frame.entities.map(\.id))
    return frame.references.filter { !named.contains($0) }
  }

  private func join(_ frame: Frame, _ constraints: [String], places: [Int]) -> String {
    var words = ["goal=\(frame.goal.rawValue)", "act=\(frame.act.rawValue)"]
    if frame.indirect { words.append("indirect") }
    if let sentiment = frame.sentiment { words.append("feel=\(sentiment.rawValue)") }
    return (words + constraints + places.map { "#\($0 + 1)" }).joined(separator: " ")
  }

  public func write(_ constraint: Constraint) throws(FrameLineError) -> String {
    guard let slot = pack.manifest.slot(constraint.slot) else { throw .unknownSlot(constraint.slot) }
    for value in constraint.value where !knows(value, slot) { throw .unknownValue(value, slot: slot.name) }
    let first = constraint.value.first ?? ""
    let values: String
    switch constraint.op {
    case .is, .in:
      guard (1...Self.mostValues).contains(constraint.value.count) else { throw .tooMany("values of \(slot.name)", limit: Self.mostValues) }
      values = constraint.value.joined(separator: "|")
    case .between:
      guard slot.type.isOrdered, constraint.value.count == 2 else { throw .badOperator(constraint.op, slot: slot.name) }
      values = constraint.value.joined(separator: "..")
    case .near:
      guard slot.type == .node, constraint.value.count == 1 else { throw .badOperator(constraint.op, slot: slot.name) }
      values = "~" + first
    case .lt, .le, .gt, .ge:
      guard slot.type.isOrdered, constraint.value.count == 1, let sign = Self.bounds.first(where: { $0.op == constraint.op })?.sign else {
        throw .badOperator(constraint.op, slot: slot.name)
      }
      values = sign + first
    }
    let usual: Strength = slot.hard ? .must : .prefer
    let mark = constraint.strength == usual ? "" : slot.hard ? "?" : "*"
    return slot.name + (constraint.polarity == .positive ? "+" : "!") + values + mark
  }

  /// Constraints as they stand in a prompt; what has no token is left out.
  public func write(_ constraints: [Constraint]) -> String {
    constraints.compactMap { try? write($0) }.joined(separator: " ")
  }

  // MARK: - Reading

  /// - Parameters:
  ///   - shown: ids of the items on screen, in order, as when the line was written.
  ///   - entities: the names linked in the text; items among them are references.
  public func read(
    _ line: String, language: String, shown: [String] = [], entities: [EntityMention] = []
  ) throws(FrameLineError) -> Frame {
    var words = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)[...]
    guard let goal = words.popFirst().flatMap({ Self.value($0, of: "goal") }).flatMap(Goal.init) else { throw .notALine(line) }
    guard let act = words.popFirst().flatMap({ Self.value($0, of: "act") }).flatMap(Act.init) else { throw .notALine(line) }
    var frame = Frame(act: act, goal: goal, entities: entities, language: language)
    if words.first == "indirect" {
      frame.indirect = true
      words.removeFirst()
    }
    if let name = words.first.flatMap({ Self.value($0, of: "feel") }) {
      guard let sentiment = Sentiment(rawValue: name) else { throw .notALine(line) }
      frame.sentiment = sentiment
      words.removeFirst()
    }
    for entity in entities where pack.itemIndex[entity.id] != nil && !frame.references.contains(entity.id) {
      frame.references.append(entity.id)
    }
    for word in words {
      if word.hasPrefix("#") {
        // A position that is not on screen points at nothing.
        guard let place = Int(word.dropFirst()), shown.indices.contains(place - 1) else { throw .notShown(word) }
        if !frame.references.contains(shown[place - 1]) { frame.references.append(shown[place - 1]) }
      } else {
        frame.constraints.append(try constraint(word))
      }
    }
    return frame
  }

  private static func value(_ word: String, of key: String) -> String? {
    word.hasPrefix(key + "=") ? String(word.dropFirst(key.count + 1)) : nil
  }

  func constraint(_ word: String) throws(FrameLineError) -> Constraint {
    guard let sign = word.firstIndex(where: { $0 == "+" || $0 == "!" }) else { throw .notAConstraint(word) }
    guard let slot = pack.manifest.slot(String(word[..<sign])) else { throw .unknownSlot(String(word[..<sign])) }
    var rest = word[word.index(after: sign)...]
    var constraint = Constraint(slot: slot.name, value: [], strength: slot.hard ? .must : .prefer)
    constraint.polarity = word[sign] == "+" ? .positive : .negative
    if let mark = rest.last, mark == "?" || mark == "*" {
      constraint.strength = mark == "?" ? .prefer : .must
      rest.removeLast()
    }
    if rest.first == "~" {
      constraint.op = .near
      constraint.value = [String(rest.dropFirst())]
    } else if let bound = Self.bounds.first(where: { rest.hasPrefix($0.sign) }) {
      constraint.op = bound.op
      constraint.value = [String(rest.dropFirst(bound.sign.count))]
    } else if let dots = rest.firstRange(of: "..") {
      constraint.op = .between
      constraint.value = [String(rest[..<dots.lowerBound]), String(rest[dots.upperBound...])]
    } else {
      constraint.value = rest.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
      if constraint.value.count > 1 { constraint.op = .in }
    }
    for value in constraint.value where !knows(value, slot) { throw .unknownValue(value, slot: slot.name) }
    return constraint
  }

  /// The longer sign first, so that `<=` is not read as `<`.
  static let bounds: [(sign: String, op: ConstraintOperator)] = [("<=", .le), (">=", .ge), ("<", .lt), (">", .gt)]

  private func knows(_ value: String, _ slot: Slot) -> Bool {
    switch slot.type {
    case .enum, .ordered: slot.values.contains { $0.id == value }
    case .node: nodeSets[slot.nodeType ?? ""]?.contains(value) == true
    case .number: Self.isNumber(value)
    }
  }

  /// `-?[0-9]{1,6}(.[0-9]{1,3})?`: what the grammar lets a model write.
  static func isNumber(_ text: String) -> Bool {
    let parts = (text.hasPrefix("-") ? text.dropFirst() : text[...]).split(separator: ".", omittingEmptySubsequences: false)
    return (1...2).contains(parts.count) && (1...6).contains(parts[0].utf8.count) && parts.allSatisfy { (1...6).contains($0.utf8.count) }
      && parts.dropFirst().allSatisfy { $0.utf8.count <= 3 } && parts.allSatisfy { $0.utf8.allSatisfy { (48...57).contains($0) } }
  }
}

extension SlotType {
  /// Whether its values have an order, so that a bound on them means something.
  var isOrdered: Bool { self == .ordered || self == .number }
}
