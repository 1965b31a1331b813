/// Reads a grammar's text in one pass and writes the program; groups and repetitions become rules of their own.
struct GrammarParser {
  static let textLimit = 1 << 20
  static let repetitionLimit = 10_000
  static let depthLimit = 200

  typealias Instruction = PushdownProgram.Instruction

  private(set) var program = PushdownProgram()
  var scanner: GrammarScanner
  private var names: [String: Int32] = [:]
  /// For each rule its name (of the rule it belongs to, for groups), where it began, and whether it is defined.
  private var rules: [(name: String, start: Int, isDefined: Bool)] = []
  private var current = ""
  private var classes: [ScalarSet: [Instruction]] = [:]

  init(_ text: String) throws(GrammarError) {
    guard text.utf8.count <= Self.textLimit else { throw .tooLarge(what: "the bytes of the text", limit: Self.textLimit) }
    scanner = GrammarScanner(text)
  }

  func name(of rule: Int32) -> String { rules[Int(rule)].name }

  func position(of rule: Int32) -> GrammarPosition { scanner.position(rules[Int(rule)].start) }

  func rule(named name: String) throws(GrammarError) -> Int32 {
    guard let rule = names[name] else { throw .missingRoot(name) }
    return rule
  }

  mutating func parse() throws(GrammarError) {
    scanner.skipBlank(lines: true)
    while !scanner.isAtEnd { try parseRule() }
    if let missing = rules.first(where: { !$0.isDefined }) {
      throw .undefinedRule(missing.name, at: scanner.position(missing.start))
    }
  }

  private mutating func parseRule() throws(GrammarError) {
    let start = scanner.index
    let name = scanner.word()
    guard !name.isEmpty else { throw scanner.unexpected("a rule name (letters, digits, - and _)") }
    let rule = reference(name, at: start)
    guard !rules[Int(rule)].isDefined else {
      throw .duplicateRule(name, at: scanner.position(start), first: position(of: rule))
    }
    rules[Int(rule)] = (name, start, true)
    current = name
    scanner.skipBlank(lines: false)
    guard scanner.take("::=") else { throw scanner.unexpected("::=") }
    let bodies = try alternatives(depth: 0)
    program.define(rule, bodies)
    try checkSize()
    guard scanner.isAtEnd || scanner.peek == "\n" else {
      throw scanner.unexpected("a literal, class, group, rule name, | or the end of the line")
    }
    scanner.skipBlank(lines: true)
  }

  private mutating func alternatives(depth: Int) throws(GrammarError) -> [[Instruction]] {
    var bodies: [[Instruction]] = []
    repeat {
      scanner.skipBlank(lines: true)
      bodies.append(try sequence(depth: depth))
      if depth == 0 { scanner.skipLinesBefore("|") }
    } while scanner.take("|")
    return bodies
  }

  private mutating func sequence(depth: Int) throws(GrammarError) -> [Instruction] {
    let start = scanner.index
    var body: [Instruction] = []
    var isEmpty = true
    while let unit = try unit(depth: depth) {
      isEmpty = false
      body += try repeated(unit)
      if depth == 0 && body.count > PushdownProgram.codeLimit { try checkSize(adding: body.count) }
      scanner.skipBlank(lines: depth > 0)
    }
    guard isEmpty else { return body }
    switch scanner.peek {
    case "|", ")", "\n", "\0": throw .emptyAlternative(at: scanner.position(start))
    default: throw scanner.unexpected("a literal, class, group or rule name")
    }
  }

  /// One literal, class, group, open name or rule name; nil at anything else.
  private mutating func unit(depth: Int) throws(GrammarError) -> [Instruction]? {
    let start = scanner.index
    switch scanner.peek {
    case "\"": return program.literal(try scanner.literal())
    case "[": return scalars(try scanner.characterClass())
    case ".":
      scanner.index += 1
      return scalars(.all)
    case "@":
      scanner.index += 1
      let name = scanner.word()
      guard !name.isEmpty else { throw scanner.unexpected("the name of what is bound here") }
      return [program.external(name)]
    case "(":
      guard depth < Self.depthLimit else { throw .tooDeep(limit: Self.depthLimit, at: scanner.position(start)) }
      scanner.index += 1
      let bodies = try alternatives(depth: depth + 1)
      guard scanner.peek == ")" else {
        if scanner.isAtEnd || scanner.peek == ":" { throw .unclosedGroup(at: scanner.position(start)) }
        throw scanner.unexpected("a literal, class, group, rule name, | or )")
      }
      scanner.index += 1
      return bodies.count == 1 ? bodies[0] : [.rule(try newRule(bodies, at: start))]
    default:
      let name = scanner.word()
      return name.isEmpty ? nil : [.rule(reference(name, at: start))]
    }
  }

  private mutating func scalars(_ set: ScalarSet) -> [Instruction] {
    if let known = classes[set] { return known }
    let bodies = set.byteSequences.map { sequence in sequence.map { program.bytes($0) } }
    var unit = bodies[0]
    if bodies.count > 1 {
      rules.append((current, scanner.index, true))
      unit = [.rule(program.addRule(bodies))]
    }
    classes[set] = unit
    return unit
  }

  // MARK: - Repetition

  /// Expands a repetition that follows the unit: m rules that must match, then n − m that may, or one that repeats itself.
  private mutating func repeated(_ unit: [Instruction]) throws(GrammarError) -> [Instruction] {
    let start = scanner.index
    guard let bounds = try scanner.repetition() else { return unit }
    if try scanner.repetition() != nil { throw .badRepetition(scanner.text(from: start), at: scanner.position(start)) }
    if unit.isEmpty || bounds.most == 0 { return [] }
    let element: Instruction
    switch unit.count == 1 ? unit[0] : .end {
    case .bytes, .external: element = unit[0]
    case .rule(let rule): element = .repeatedRule(rule)
    default: element = .repeatedRule(try newRule([unit], at: start))
    }
    var tail: [Instruction] = []
    if let most = bounds.most {
      for _ in bounds.least..<most { tail = [.rule(try newRule([[element] + tail, []], at: start))] }
    } else {
      let star = program.reserveRule()
      rules.append((current, start, true))
      program.define(star, [[element, .rule(star)], []])
      tail = [.rule(star)]
    }
    for _ in 0..<bounds.least { tail = [.rule(try newRule([[element] + tail], at: start))] }
    return tail
  }

  // MARK: - Rules

  private mutating func newRule(_ bodies: [[Instruction]], at start: Int) throws(GrammarError) -> Int32 {
    rules.append((current, start, true))
    let rule = program.addRule(bodies)
    try checkSize()
    return rule
  }

  private mutating func reference(_ name: String, at start: Int) -> Int32 {
    if let known = names[name] { return known }
    let rule = program.reserveRule()
    rules.append((name, start, false))
    names[name] = rule
    return rule
  }

  private func checkSize(adding extra: Int = 0) throws(GrammarError) {
    if program.isTooLarge || program.code.count + extra > PushdownProgram.codeLimit {
      throw .tooLarge(what: "the grammar's steps once repetitions are written out", limit: PushdownProgram.codeLimit)
    }
  }
}
