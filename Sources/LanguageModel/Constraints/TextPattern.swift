/// A set of texts that a generation may be held to: grammars, sets of strings, and what is put together from them.
///
/// Composition happens below the tokens, over bytes, so that one token may reach across the seam of two parts.
public indirect enum TextPattern: Sendable {
  /// A grammar, with a pattern for each of its open names (`@name`).
  case grammar(Grammar, bound: [String: TextPattern] = [:])
  /// One of the strings.
  case strings(StringTrie)
  case literal(String)
  /// One after the other.
  case sequence([TextPattern])
  /// Any one of them.
  case union([TextPattern])

  /// Why patterns do not fit together.
  public enum CompositionError: Error, Sendable, Equatable, CustomStringConvertible {
    case unbound(name: String)
    case unknownName(String, known: [String])
    case emptyBinding(name: String)
    case emptyUnion
    case tooLarge(limit: Int)

    public var description: String {
      switch self {
      case .unbound(let name): "The grammar leaves @\(name) open and nothing is bound to it; bind a pattern to “\(name)”."
      case .unknownName(let name, let known):
        "“\(name)” is bound, but the grammar does not mention @\(name); its open names are: "
          + "\(known.isEmpty ? "none" : known.map { "@" + $0 }.joined(separator: " "))."
      case .emptyBinding(let name):
        "What is bound to @\(name) matches the empty string; bind what is not empty and write @\(name)? in the grammar."
      case .emptyUnion: "A union of no patterns matches nothing; give at least one."
      case .tooLarge(let limit): "The patterns together exceed the limit of \(limit) steps; shorten them."
      }
    }
  }

  /// Whether the empty string belongs to the set.
  var isNullable: Bool {
    switch self {
    case .grammar(let grammar, _): grammar.isNullable
    case .strings: false
    case .literal(let text): text.isEmpty
    case .sequence(let parts): parts.allSatisfy(\.isNullable)
    case .union(let parts): parts.contains(where: \.isNullable)
    }
  }

  /// Adds the pattern to `program` and returns its rule.
  func write(into program: inout PushdownProgram) throws(CompositionError) -> Int32 {
    let rule: Int32
    switch self {
    case .grammar(let grammar, let bound):
      let names = grammar.openNames
      if let unknown = bound.keys.sorted().first(where: { !names.contains($0) }) { throw .unknownName(unknown, known: names) }
      var rules: [Int32] = []
      for name in names {
        guard let pattern = bound[name] else { throw .unbound(name: name) }
        guard !pattern.isNullable else { throw .emptyBinding(name: name) }
        rules.append(try pattern.write(into: &program))
      }
      rule = program.append(grammar.program, externalRules: rules) + grammar.root
    case .strings(let trie):
      let symbol = program.strings(trie)
      rule = program.addRule([[symbol]])
    case .literal(let text):
      let symbols = program.literal(text.utf8)
      rule = program.addRule([symbols])
    case .sequence(let parts):
      var body: [PushdownProgram.Instruction] = []
      for part in parts { body.append(.rule(try part.write(into: &program))) }
      rule = program.addRule([body])
    case .union(let parts):
      guard !parts.isEmpty else { throw .emptyUnion }
      var bodies: [[PushdownProgram.Instruction]] = []
      for part in parts { bodies.append([.rule(try part.write(into: &program))]) }
      rule = program.addRule(bodies)
    }
    guard !program.isTooLarge else { throw .tooLarge(limit: PushdownProgram.codeLimit) }
    return rule
  }
}
