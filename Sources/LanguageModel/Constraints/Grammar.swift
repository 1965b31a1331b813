/// A context-free grammar in a subset of GBNF, the notation of llama.cpp's `grammars/README.md`.
///
/// ```
/// # A reply that names items of the catalogue.
/// root   ::= "I would go to " @items (", " @items){0,2} " and " @items "."
/// ```
///
/// | form | matches |
/// |---|---|
/// | `name ::= a b \| c` | sequences and alternatives; a rule ends with its line unless the next one begins with `\|`, or within ( ) |
/// | `"text"` | that text, with the escapes `\n \t \r \\ \" \xNN \uNNNN \UNNNNNNNN`; the numbers are Unicode scalar values |
/// | `[a-zぁ-ん]` `[^"\\]` `.` | one character of a class, of none, any; classes also know `\] \[ \^ \-` |
/// | `x* x+ x? x{m} x{m,} x{,n} x{m,n}` | repetition |
/// | `( … )` | a group |
/// | `@name` | what `name` is bound to when the grammar becomes part of a `TextPattern` |
/// | `# …` | a comment up to the end of the line |
///
/// Recursion is free except at the left edge, which is refused, as is all that could never match.
public struct Grammar: Sendable {
  let program: PushdownProgram
  let root: Int32
  /// Whether the empty string belongs to the language.
  let isNullable: Bool

  /// Names that have to be bound, without the `@`, in order of appearance.
  public var openNames: [String] { program.externals }

  /// - Parameters:
  ///   - text: the rules, at most 1 MiB.
  ///   - root: the rule where matching begins.
  /// - Throws: the first fault found.
  public init(_ text: String, root: String = "root") throws(GrammarError) {
    var parser = try GrammarParser(text)
    try parser.parse()
    self.root = try parser.rule(named: root)
    program = parser.program
    let analysis = ProgramAnalysis(program)
    isNullable = analysis.nullable[Int(self.root)]
    switch analysis.fault {
    case nil: break
    case .endless(let rule): throw .endlessRule(parser.name(of: rule), at: parser.position(of: rule))
    case .leftRecursion(let rules):
      var names: [String] = []
      for name in rules.map(parser.name) where names.last != name { names.append(name) }
      if names.count > 1, names.first == names.last { names.removeLast() }
      throw .leftRecursion(names, at: parser.position(of: rules[0]))
    }
  }
}
