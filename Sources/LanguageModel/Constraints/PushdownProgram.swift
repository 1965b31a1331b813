/// A context-free language over bytes as flat code: rules, their alternatives, and instructions that end with `.end`.
///
/// The parser of grammars and the composition of patterns both write it; `PushdownAutomaton` runs it.
struct PushdownProgram: Sendable {
  enum Instruction: Hashable, Sendable {
    /// The alternative is complete.
    case end
    /// One byte of a set (index into `byteSets`).
    case bytes(Int32)
    case rule(Int32)
    /// A rule inside a repetition, here never matched by the empty string: the repetition itself covers that case.
    case repeatedRule(Int32)
    /// A name that the grammar leaves open (index into `externals`).
    case external(Int32)
    /// One of a set of strings (index into `tries`).
    case strings(Int32)
  }

  private(set) var code: [Instruction] = []
  /// Where in `code` each alternative begins.
  private(set) var alternatives: [Int32] = []
  /// The alternatives of each rule, as a range of `alternatives`.
  private(set) var rules: [Range<Int32>] = []
  private(set) var byteSets: [ByteSet] = []
  private(set) var tries: [StringTrie] = []
  private(set) var externals: [String] = []
  private var setIndex: [ByteSet: Int32] = [:]
  private var externalIndex: [String: Int32] = [:]

  /// More code than this is refused: it bounds memory and the work of a step.
  static let codeLimit = 500_000

  var isTooLarge: Bool { code.count > Self.codeLimit || rules.count > Self.codeLimit }

  /// Makes room for a rule that is defined later.
  mutating func reserveRule() -> Int32 {
    rules.append(0..<0)
    return Int32(rules.count - 1)
  }

  mutating func define(_ rule: Int32, _ bodies: [[Instruction]]) {
    let first = Int32(alternatives.count)
    for body in bodies {
      alternatives.append(Int32(code.count))
      code.append(contentsOf: body)
      code.append(.end)
    }
    rules[Int(rule)] = first..<Int32(alternatives.count)
  }

  mutating func addRule(_ bodies: [[Instruction]]) -> Int32 {
    let rule = reserveRule()
    define(rule, bodies)
    return rule
  }

  mutating func bytes(_ set: ByteSet) -> Instruction {
    if let known = setIndex[set] { return .bytes(known) }
    let index = Int32(byteSets.count)
    byteSets.append(set)
    setIndex[set] = index
    return .bytes(index)
  }

  mutating func literal(_ bytes: some Sequence<UInt8>) -> [Instruction] {
    bytes.map { self.bytes(ByteSet($0...$0)) }
  }

  mutating func strings(_ trie: StringTrie) -> Instruction {
    tries.append(trie)
    return .strings(Int32(tries.count - 1))
  }

  mutating func external(_ name: String) -> Instruction {
    if let known = externalIndex[name] { return .external(known) }
    let index = Int32(externals.count)
    externals.append(name)
    externalIndex[name] = index
    return .external(index)
  }

  /// Copies another program in, with its open names standing for the given rules of this one.
  /// - Returns: how far the copied rules' numbers moved.
  mutating func append(_ other: PushdownProgram, externalRules: [Int32]) -> Int32 {
    let ruleOffset = Int32(rules.count)
    let codeOffset = Int32(code.count)
    let alternativeOffset = Int32(alternatives.count)
    let trieOffset = Int32(tries.count)
    tries += other.tries
    for instruction in other.code {
      switch instruction {
      case .end: code.append(.end)
      case .bytes(let set): code.append(bytes(other.byteSets[Int(set)]))
      case .rule(let rule): code.append(.rule(rule + ruleOffset))
      case .repeatedRule(let rule): code.append(.repeatedRule(rule + ruleOffset))
      case .external(let name): code.append(.rule(externalRules[Int(name)]))
      case .strings(let trie): code.append(.strings(trie + trieOffset))
      }
    }
    alternatives += other.alternatives.map { $0 + codeOffset }
    rules += other.rules.map { $0.lowerBound + alternativeOffset..<$0.upperBound + alternativeOffset }
    return ruleOffset
  }
}
